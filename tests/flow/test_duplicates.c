// SPDX-License-Identifier: Apache-2.0
// Story: a sender sends the same delivery again and again, and it is one event, one run
// and one answer; also when JetStream has forgotten the first copy.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/support/seen.h"
#include "tests/support/stack.h"

enum { COPIES = 50, THREADS = 50, RUN_MS = 20000, WINDOW_MS = 1000 };

#define ASKED_TS "1795926230.009600"

static const char delivery_id[] = "72d3162e-cc78-11e3-81ab-4c9367dc0958";

static struct stack stack;

static void write_github(struct exchange *exchange)
{
	char *body AUTO(free) =
		body_of_comment(&(struct comment){.repository = "acme/shop",
			.number = 7,
			.login = "ada",
			.text = "why?"});

	github_write(exchange,
		&(struct github_delivery){
			.event = "issue_comment", .id = delivery_id, .body = body});
}

static void write_slack(struct exchange *exchange)
{
	char *body AUTO(free) =
		body_of_mention(&(struct mention){.event_id = "Ev0AGAIN",
			.channel = "C0SHOP1",
			.ts = ASKED_TS,
			.text = "why?"});

	slack_write(exchange, &(struct slack_delivery){.body = body, .retry = "1"});
}

/* All copies at once; every one is a 2xx for the same event, whose id is `event_id`. */
static void send_all(void (*write)(struct exchange *), char *event_id)
{
	struct exchange copies[COPIES] = {0};

	for (size_t i = 0; i < COPIES; i++)
		write(&copies[i]);
	exchange_run_all(copies, COPIES, stack.addresses[INGRESS], THREADS);
	(void)strcpy(event_id, event_of(&copies[0]));
	cr_expect_neq(*event_id, '\0', "%s", copies[0].body);
	for (size_t i = 0; i < COPIES; i++) {
		cr_expect_eq(copies[i].status, 200, "copy %zu: %d %s", i,
			copies[i].status, copies[i].body);
		cr_expect_str_eq(event_of(&copies[i]), event_id, "copy %zu", i);
		exchange_done(&copies[i]);
	}
}

static void check_once(const char *event_id)
{
	cr_expect_str_eq(stack_run_state(&stack, event_id, RUN_MS), "completed");
	cr_expect_eq(stack_runs(&stack, event_id), 1);
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM audit.record WHERE event_id = '%s' "
			     "AND action IN ('run.claimed', 'run.completed')",
			     event_id),
		2);
}

static void check_posts(void)
{
	json_t *state AUTO(json_decref) = stack_standin(&stack);

	cr_expect_eq(seen_comments(state, "acme/shop", -1, NULL), 1);
	cr_expect_eq(seen_messages(state, "C0SHOP1", NULL, NULL), 1);
	cr_expect_eq(seen_calls(state, "look", NULL), 2);
	seen_no_refusal(state);
}

Test(duplicates, fifty_copies_at_once_are_one_event_and_one_run, .timeout = 100)
{
	char github[64], slack[64];
	long events;

	stack_start(&stack, NULL);
	events = stack_stream_count(&stack, "EVENTS");
	send_all(write_github, github);
	send_all(write_slack, slack);
	cr_expect_str_neq(github, slack);
	check_once(github);
	check_once(slack);
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), events + 2);
	cr_expect(WAIT_UNTIL(number_of(stack.database,
				     "SELECT count(*) FROM audit.record WHERE action = "
				     "'event.duplicate'") == 2L * (COPIES - 1),
			  RUN_MS),
		"%ld records of duplicates",
		number_of(stack.database,
			"SELECT count(*) FROM audit.record WHERE action = "
			"'event.duplicate'"));
	check_posts();
	stack_stop(&stack);
}

Test(duplicates, a_copy_after_the_duplicate_window_starts_no_second_run, .timeout = 100)
{
	static const char *const settings[] = {"TOCSIN_DUPLICATE_WINDOW=1s", NULL};
	char first[64], second[64], slack[64];

	stack_start(&stack, &(struct stack_options){.settings = settings});
	send_all(write_github, first);
	send_all(write_slack, slack);
	check_once(first);
	check_once(slack);
	clock_sleep_ms(2 * WINDOW_MS);
	send_all(write_github, second);
	cr_expect_str_eq(second, first);
	send_all(write_slack, second);
	cr_expect_str_eq(second, slack);
	cr_expect(WAIT_UNTIL(stack_stream_is_done(&stack, "EVENTS") &&
			stack_stream_is_done(&stack, "TASKS") &&
			stack_stream_is_done(&stack, "AUDIT"),
		RUN_MS));
	check_once(first);
	check_once(slack);
	check_posts();
	stack_stop(&stack);
}

static int push(const char *body, struct exchange *exchange)
{
	github_write(exchange,
		&(struct github_delivery){
			.event = "push", .id = delivery_id, .body = body});
	(void)exchange_run(exchange, stack.addresses[INGRESS], RUN_MS);
	return exchange->status;
}

/* The id alone decides, as docs/webhooks.md says: what is stored stays as it was. */
Test(duplicates, another_body_under_the_same_id_is_a_duplicate_of_the_first,
	.timeout = 100)
{
	struct exchange first AUTO(exchange_done) = {0};
	struct exchange other AUTO(exchange_done) = {0};

	stack_start(&stack, &(struct stack_options){.doors_only = true});
	cr_assert_eq(push("{\"ref\":\"first\"}", &first), 200);
	cr_expect_eq(push("{\"ref\":\"other\"}", &other), 200);
	cr_expect(strstr(other.body, "\"duplicate\":true"), "%s", other.body);
	cr_expect_neq(*event_of(&other), '\0');
	cr_expect(strstr(first.body, event_of(&other)), "%s", first.body);
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), 1);
	stack_stop(&stack);
}
