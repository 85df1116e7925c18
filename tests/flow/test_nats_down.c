// SPDX-License-Identifier: Apache-2.0
// Story: NATS goes away, or stops answering. Senders are told to come again, in time,
// and when they do, each of their events is there once.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/support/seen.h"
#include "tests/support/stack.h"

enum {
	DELIVERIES = 8,
	CROWD = 60,
	ANSWER_MS = 2500,
	BACK_MS = 30000,
	RUN_MS = 30000,
	GONE_MS = 40000, /* pings every 5 s, two unanswered */
	ATTEMPTS = 10,   /* looks, while one attempt to connect hangs after another */
	BETWEEN_MS = 400,
	AT_ONCE_MS = 1000,
	LARGE = 700 << 10, /* and yet in one message */
	LARGES = 130,      /* more than may wait to be written */
};

static struct stack stack;

static void write_one(struct exchange *exchange, size_t i)
{
	char id[64], text[32];
	char *body AUTO(free) = NULL;

	(void)snprintf(id, sizeof(id), i % 2 ? "Ev0DOWN%zu" : "down-%zu", i);
	(void)snprintf(text, sizeof(text), "question %zu", i);
	exchange_done(exchange);
	if (i % 2) {
		body = body_of_mention(&(struct mention){
			.event_id = id, .channel = "C0SHOP1", .text = text});
		slack_write(exchange, &(struct slack_delivery){.body = body});
		return;
	}
	body = body_of_comment(&(struct comment){.repository = "acme/shop",
		.number = (long)i + 1,
		.login = "ada",
		.text = text});
	github_write(exchange,
		&(struct github_delivery){
			.event = "issue_comment", .id = id, .body = body});
}

static void send_all(struct exchange *exchanges)
{
	for (size_t i = 0; i < DELIVERIES; i++)
		write_one(&exchanges[i], i);
	exchange_run_all(exchanges, DELIVERIES, stack.addresses[INGRESS], DELIVERIES);
}

/* Each is a 503 that says when to come again, and none made its sender wait. */
static void check_unavailable(const struct exchange *exchanges, const char *what)
{
	for (size_t i = 0; i < DELIVERIES; i++) {
		char after[32];

		cr_expect_eq(exchanges[i].status, 503, "%s: %zu: %d %s", what, i,
			exchanges[i].status, exchanges[i].body);
		cr_expect_leq(exchanges[i].took_ms, ANSWER_MS, "%s: %zu: %ld ms", what,
			i, exchanges[i].took_ms);
		(void)exchange_header(
			&exchanges[i], "Retry-After", after, sizeof(after));
		cr_expect_gt(strtol(after, NULL, 10), 0, "%s: Retry-After '%s'", what,
			after);
	}
}

static bool all_are_taken(struct exchange *exchanges)
{
	size_t taken = 0;

	send_all(exchanges);
	for (size_t i = 0; i < DELIVERIES; i++)
		taken += exchanges[i].status == 200;
	return taken == DELIVERIES;
}

/* After the retries: each delivery is stored once, ran once and was answered once. */
static void check_once(const struct exchange *exchanges, long events)
{
	json_t *state AUTO(json_decref) = NULL;

	for (size_t i = 0; i < DELIVERIES; i++) {
		cr_expect_str_eq(
			stack_run_state(&stack, event_of(&exchanges[i]), RUN_MS),
			"completed", "%zu", i);
		cr_expect_eq(stack_runs(&stack, event_of(&exchanges[i])), 1, "%zu", i);
	}
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), events + DELIVERIES);
	state = stack_standin(&stack);
	cr_expect_eq(seen_count(state, "comments"), DELIVERIES / 2);
	cr_expect_eq(seen_count(state, "messages"), DELIVERIES / 2);
	seen_no_refusal(state);
}

static bool is_ready(enum stack_daemon which)
{
	struct exchange exchange AUTO(exchange_done) = {0};

	request_write(&exchange.request, "GET /ready", "", "", 0);
	return exchange_run(&exchange, stack.addresses[which], ANSWER_MS) &&
		exchange.status == 200;
}

static bool is_alive(enum stack_daemon which)
{
	struct exchange exchange AUTO(exchange_done) = {0};

	request_write(&exchange.request, "GET /health", "", "", 0);
	return exchange_run(&exchange, stack.addresses[which], ANSWER_MS) &&
		exchange.status == 200;
}

Test(nats_down, a_stopped_server_is_503_and_the_retry_works, .timeout = 110)
{
	struct exchange exchanges[DELIVERIES] = {0};
	long events;

	stack_start(&stack, NULL);
	events = stack_stream_count(&stack, "EVENTS");
	stack_nats_stop(&stack);
	send_all(exchanges);
	check_unavailable(exchanges, "stopped");
	cr_expect(WAIT_UNTIL(!is_ready(INGRESS), BACK_MS));
	for (int i = 0; i < STACK_DAEMONS; i++)
		cr_expect(stack.daemons[i].pid == 0 || is_alive((enum stack_daemon)i),
			"daemon %d", i);
	send_all(exchanges);
	check_unavailable(exchanges, "stopped, and known to be");

	stack_nats_start(&stack);
	cr_assert(WAIT_UNTIL(all_are_taken(exchanges), BACK_MS));
	check_once(exchanges, events);
	for (size_t i = 0; i < DELIVERIES; i++)
		exchange_done(&exchanges[i]);
	stack_stop(&stack);
}

Test(nats_down, a_server_that_hangs_is_503_and_nothing_is_stored_twice, .timeout = 110)
{
	struct exchange exchanges[DELIVERIES] = {0};
	long events;

	stack_start(&stack, NULL);
	events = stack_stream_count(&stack, "EVENTS");
	process_signal(&stack.nats, SIGSTOP);
	send_all(exchanges);
	check_unavailable(exchanges, "hanging");
	send_all(exchanges);
	check_unavailable(exchanges, "still hanging");
	/* Its pings find out. From then on nats.c tries to connect, and the attempts hang,
	 * too; nobody waits for them. */
	cr_expect(WAIT_UNTIL(!is_ready(INGRESS), GONE_MS));
	for (int i = 0; i < ATTEMPTS; i++) {
		clock_sleep_ms(BETWEEN_MS);
		send_all(exchanges);
		check_unavailable(exchanges, "known to hang");
		for (size_t k = 0; k < DELIVERIES; k++)
			cr_expect_lt(exchanges[k].took_ms, AT_ONCE_MS, "attempt %d", i);
	}

	process_signal(&stack.nats, SIGCONT);
	cr_assert(WAIT_UNTIL(all_are_taken(exchanges), BACK_MS));
	check_once(exchanges, events);
	for (size_t i = 0; i < DELIVERIES; i++)
		exchange_done(&exchanges[i]);
	stack_stop(&stack);
}

static void write_large(struct exchange *exchanges)
{
	char *text AUTO(free) = calloc(1, LARGE + 1), id[32];

	cr_assert(text);
	memset(text, 'x', LARGE);
	for (size_t i = 0; i < LARGES; i++) {
		char *body AUTO(free) =
			body_of_comment(&(struct comment){.repository = "acme/shop",
				.number = 1,
				.login = "ada",
				.text = text});

		(void)snprintf(id, sizeof(id), "large-%zu", i);
		exchange_done(&exchanges[i]);
		github_write(&exchanges[i],
			&(struct github_delivery){
				.event = "push", .id = id, .body = body});
	}
}

static bool all_large_are_taken(struct exchange *exchanges)
{
	size_t taken = 0;

	write_large(exchanges);
	exchange_run_all(exchanges, LARGES, stack.addresses[INGRESS], DELIVERIES);
	for (size_t i = 0; i < LARGES; i++)
		taken += exchanges[i].status == 200;
	return taken == LARGES;
}

/* What is sent while nobody takes it must not fill the memory. */
Test(nats_down, what_a_hanging_server_does_not_take_is_bounded, .timeout = 110)
{
	/* All come from one address, which must not be what bounds them here. */
	static const char *const settings[] = {
		"TOCSIN_INGRESS_BODY_SHARE=256MiB", NULL};
	static struct exchange exchanges[LARGES];
	size_t refused = 0;
	long events;

	stack_start(&stack, &(struct stack_options){.settings = settings});
	events = stack_stream_count(&stack, "EVENTS");
	process_signal(&stack.nats, SIGSTOP);
	write_large(exchanges);
	exchange_run_all(exchanges, LARGES, stack.addresses[INGRESS], LARGES);
	for (size_t i = 0; i < LARGES; i++) {
		cr_expect_eq(
			exchanges[i].status, 503, "%zu: %d", i, exchanges[i].status);
		refused += strstr(exchanges[i].body, "does not take") != NULL;
	}
	cr_expect_gt(refused, 0);
	cr_expect_lt(refused, LARGES / 2, "%zu", refused);

	process_signal(&stack.nats, SIGCONT);
	cr_assert(WAIT_UNTIL(all_large_are_taken(exchanges), BACK_MS));
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), events + LARGES);
	for (size_t i = 0; i < LARGES; i++)
		exchange_done(&exchanges[i]);
	stack_stop(&stack);
}

/* Whatever was accepted before or after the crash is there afterwards, once. */
Test(nats_down, a_server_that_is_killed_loses_nothing_it_has_confirmed, .timeout = 110)
{
	static struct exchange exchanges[CROWD];
	long accepted = 0;

	stack_start(&stack, NULL);
	for (size_t i = 0; i < CROWD; i++)
		write_one(&exchanges[i], i);
	exchange_run_all(exchanges, CROWD / 2, stack.addresses[INGRESS], DELIVERIES);
	process_kill(&stack.nats);
	stack_nats_start(&stack);
	exchange_run_all(
		exchanges + CROWD / 2, CROWD / 2, stack.addresses[INGRESS], DELIVERIES);
	for (size_t i = 0; i < CROWD; i++) {
		if (exchanges[i].status == 200) {
			accepted++;
			cr_expect_str_eq(stack_run_state(&stack,
						 event_of(&exchanges[i]), RUN_MS),
				"completed", "%zu", i);
		}
		exchange_done(&exchanges[i]);
	}
	cr_expect_geq(accepted, CROWD / 2);
	cr_expect_eq(
		number_of(stack.database, "SELECT count(*) FROM config.run"), accepted);
	stack_stop(&stack);
}
