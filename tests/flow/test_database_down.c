// SPDX-License-Identifier: Apache-2.0
// Story: PostgreSQL goes away. Webhooks are taken all the same, and when it is back,
// each has its one run, its one answer and its rows.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/support/seen.h"
#include "tests/support/stack.h"

enum { DELIVERIES = 6, AWAY_MS = 3000, RUN_MS = 60000 };

#define TRAIL "event.received event.routed run.claimed run.posted run.completed"

static struct stack stack;

static void send_all(char ids[DELIVERIES][64])
{
	for (size_t i = 0; i < DELIVERIES; i++) {
		char id[64];

		(void)snprintf(id, sizeof(id), "Ev0AWAY%zu", i);
		cr_expect_eq(stack_send_slack(&stack,
				     body_of_mention(&(struct mention){.event_id = id,
					     .channel = "C0SHOP1",
					     .text = "still there?"}),
				     ids[i]),
			200);
	}
}

static int get(enum stack_daemon which, const char *line)
{
	struct exchange exchange AUTO(exchange_done) = {0};

	request_write(&exchange.request, line, "", "", 0);
	(void)exchange_run(&exchange, stack.addresses[which], RUN_MS);
	return exchange.status;
}

Test(database_down, webhooks_are_taken_and_runs_catch_up, .timeout = 110)
{
	static char ids[DELIVERIES][64];
	json_t *state AUTO(json_decref) = NULL;

	stack_start(&stack, NULL);
	postgres_shut(stack.database, true);
	send_all(ids);
	cr_expect_eq(
		stack_call(&stack, ADMIN_TOKEN, "GET /api/v1/admin/orgs", NULL, NULL),
		503);
	cr_expect_eq(get(CONFIG_STORE, "GET /health"), 200);
	cr_expect_eq(get(AUDIT_SINK, "GET /health"), 200);
	clock_sleep_ms(AWAY_MS);
	state = stack_standin(&stack);
	cr_expect_eq(seen_count(state, "messages"), 0, "nothing runs unclaimed");

	postgres_shut(stack.database, false);
	for (size_t i = 0; i < DELIVERIES; i++) {
		cr_expect_str_eq(
			stack_run_state(&stack, ids[i], RUN_MS), "completed", "%zu", i);
		cr_expect(stack_trail_becomes(&stack, ids[i], TRAIL, RUN_MS), "%zu: %s",
			i, stack_trail(&stack, ids[i]));
	}
	json_decref(state);
	state = stack_standin(&stack);
	cr_expect_eq(seen_count(state, "messages"), DELIVERIES);
	cr_expect_eq(stack_stream_count(&stack, "DEAD"), 0);
	stack_stop(&stack);
}

Test(database_down, a_run_that_is_under_way_goes_on, .timeout = 110)
{
	static char ids[DELIVERIES][64];
	json_t *state AUTO(json_decref) = NULL;

	stack_start(&stack, NULL);
	stack_order(&stack, "fail",
		"{\"path\":\"/tools/look\",\"hang_ms\":1500,\"count\":6}");
	send_all(ids);
	cr_expect(WAIT_UNTIL(
		number_of(stack.database, "SELECT count(*) FROM config.run") > 0,
		RUN_MS));
	postgres_shut(stack.database, true);
	clock_sleep_ms(AWAY_MS);
	postgres_shut(stack.database, false);
	for (size_t i = 0; i < DELIVERIES; i++)
		cr_expect_str_eq(
			stack_run_state(&stack, ids[i], RUN_MS), "completed", "%zu", i);
	state = stack_standin(&stack);
	cr_expect_eq(seen_count(state, "messages"), DELIVERIES);
	stack_stop(&stack);
}
