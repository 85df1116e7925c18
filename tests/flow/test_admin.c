// SPDX-License-Identifier: Apache-2.0
// Story: an admin orders over the ingress: teams made and unmade, agents run; each once,
// only in his own organisation, and only as long as his token is good.
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/subjects.h"
#include "tests/support/orders.h"

enum { SOON_MS = 20000, LATE_MS = 40000 };

static struct stack stack;
static struct order_admin acme;

static const struct stack_options options = {
	.settings = (const char *const[]){"TOCSIN_INGRESS_AUTH_CACHE=1s",
		"TOCSIN_INGRESS_LIMIT_FAILED=1/s:20", NULL},
	.provisioner = true,
};

static void start(void)
{
	stack_start(&stack, &options);
	order_admin(&stack, "acme", "{}", &acme);
}

#define PROVISION "POST /api/v1/admin/provision/team"
#define DEPROVISION "DELETE /api/v1/admin/provision/team"
#define RUN "POST /api/v1/admin/agents/run"

Test(admin, a_team_is_made_and_unmade_and_each_order_can_be_followed, .timeout = 120)
{
	json_t *first AUTO(json_decref) = NULL, *again AUTO(json_decref) = NULL,
		      *shown AUTO(json_decref) = NULL, *gone AUTO(json_decref) = NULL;
	const struct order make = {acme.token, PROVISION, "key-1",
		"{\"org_id\":\"acme\",\"team_node_id\":\"pay\","
		"\"slack_channel_ids\":[\"C0PAY1\"]}"};
	char line[128];

	start();
	/* Without waiting: a URL that knows of it at once. */
	cr_assert_eq(order_send(&stack, &make, &first), 202);
	cr_expect_str_eq(json_string_or(first, "/team_node_id", ""), "pay");
	(void)snprintf(line, sizeof(line), "GET %s", json_string_or(first, "/url", ""));
	cr_expect_eq(order_send(&stack, &(struct order){acme.token, line, NULL, NULL},
			     &shown),
		200);
	cr_expect_str_eq(json_string_or(shown, "/provisioning_run_id", ""),
		json_string_or(first, "/provisioning_run_id", "?"));

	/* The same again, in other words, waits for the same run. */
	cr_expect_eq(order_send(&stack,
			     &(struct order){acme.token, PROVISION "?wait=20", NULL,
				     "{\"team_node_id\":\"pay\",\"idempotency_key\":"
				     "\"key-1\",\"slack_channel_ids\" : [\"C0PAY1\"],"
				     "\"org_id\":\"acme\"}"},
			     &again),
		200);
	cr_expect_str_eq(json_string_or(again, "/status", ""), "succeeded");
	cr_expect_str_eq(json_string_or(again, "/provisioning_run_id", ""),
		json_string_or(first, "/provisioning_run_id", "?"));
	cr_expect_str_eq(json_string_or(again, "/steps/token/state", ""), "succeeded");
	cr_expect_eq(
		number_of(stack.database, "SELECT count(*) FROM config.provision_run"),
		1);

	cr_expect_eq(
		order_send(&stack,
			&(struct order){acme.token,
				DEPROVISION "?wait=20&org_id=acme&team_node_id=pay",
				NULL, NULL},
			&gone),
		200);
	cr_expect_str_eq(json_string_or(gone, "/status", ""), "succeeded");
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.identifier WHERE "
			     "team_id = 'pay'"),
		0);
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 0);
	stack_stop(&stack);
}

Test(admin, a_key_is_one_request_also_when_many_send_it_at_once, .timeout = 120)
{
	enum { MANY = 12 };
	struct exchange exchanges[MANY] = {0};
	char headers[512];
	static const char body[] = "{\"org_id\":\"acme\",\"team_node_id\":\"shop\","
				   "\"message\":\"is all well?\"}";

	start();
	(void)snprintf(headers, sizeof(headers),
		"Authorization: Bearer %s\r\nIdempotency-Key: once\r\n", acme.token);
	for (int i = 0; i < MANY; i++)
		request_write(&exchanges[i].request, RUN "?wait=30", headers, body,
			strlen(body));
	/* Two threads of the ingress's four are for admins: more is a 503. */
	exchange_run_all(exchanges, MANY, stack.addresses[INGRESS], 2);
	for (int i = 0; i < MANY; i++) {
		json_t *answer AUTO(json_decref) =
			json_loads(exchanges[i].body, 0, NULL);

		if (exchanges[i].status != 503) {
			cr_expect_eq(exchanges[i].status, 200, "%s", exchanges[i].body);
			cr_expect_str_eq(
				json_string_or(answer, "/status", ""), "completed");
			cr_expect(json_at(answer, "/agent_result/summary"));
		}
		exchange_done(&exchanges[i]);
	}
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.run WHERE source = 'admin'"),
		1);
	order_refused(&stack,
		&(struct order){acme.token, RUN, "once",
			"{\"org_id\":\"acme\",\"team_node_id\":\"shop\","
			"\"message\":\"something else\"}"},
		409, "idempotency_key_reused");
	order_refused(&stack,
		&(struct order){acme.token, DEPROVISION, "once",
			"{\"org_id\":\"acme\",\"team_node_id\":\"shop\"}"},
		409, "idempotency_key_reused");
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.run WHERE source = 'admin'"),
		1);
	stack_stop(&stack);
}

Test(admin, a_run_has_its_story_from_the_first_moment, .timeout = 120)
{
	json_t *order AUTO(json_decref) = NULL, *story AUTO(json_decref) = NULL;
	char line[160];

	start();
	cr_assert_eq(order_send(&stack,
			     &(struct order){acme.token, RUN, NULL,
				     "{\"org_id\":\"acme\",\"team_node_id\":\"shop\","
				     "\"message\":\"hello\",\"context\":{\"a\":1},"
				     "\"timeout\":60,\"max_turns\":3}"},
			     &order),
		202);
	(void)snprintf(line, sizeof(line), "GET %s", json_string_or(order, "/url", ""));
	cr_expect_eq(
		order_send(&stack, &(struct order){acme.token, line, NULL, NULL}, NULL),
		200);
	cr_assert_str_eq(stack_run_state(&stack, json_string_or(order, "/event_id", ""),
				 LATE_MS),
		"completed");
	cr_assert(
		WAIT_UNTIL(number_of(stack.database,
				   "SELECT count(*) FROM audit.record WHERE action IN "
				   "('run.requested', 'run.completed') AND event_id = "
				   "'%s'",
				   json_string_or(order, "/event_id", "")) == 2,
			SOON_MS));
	cr_expect_eq(order_send(&stack, &(struct order){acme.token, line, NULL, NULL},
			     &story),
		200);
	cr_expect_str_eq(json_string_or(story, "/runs/0/state", ""), "completed");
	cr_expect_gt(json_array_size(json_object_get(story, "hops")), 1);
	stack_stop(&stack);
}

/* The mistakes of the system before: any admin ordered in, and read of, any org. */
Test(admin, nobody_orders_or_reads_in_another_organisation, .timeout = 120)
{
	struct order_admin rival;
	char line[128];
	json_t *made AUTO(json_decref) = NULL, *run AUTO(json_decref) = NULL;
	static const char *const bodies[] = {
		"{\"org_id\":\"acme\",\"team_node_id\":\"shop\",\"message\":\"m\"}"};

	start();
	order_admin(&stack, "rival", "{}", &rival);
	order_refused(&stack, &(struct order){rival.token, RUN, NULL, bodies[0]}, 403,
		"forbidden");
	order_refused(&stack,
		&(struct order){rival.token, PROVISION, NULL,
			"{\"org_id\":\"acme\",\"team_node_id\":\"shop\"}"},
		403, "forbidden");
	order_refused(&stack,
		&(struct order){rival.token,
			DEPROVISION "?org_id=acme&team_node_id=shop", NULL, NULL},
		403, "forbidden");
	/* Two organisations in one request: the body's counts, and is checked. */
	order_refused(&stack,
		&(struct order){rival.token,
			DEPROVISION "?org_id=rival&team_node_id=lab", NULL,
			"{\"org_id\":\"acme\",\"team_node_id\":\"shop\"}"},
		403, "forbidden");
	cr_assert_eq(order_send(&stack,
			     &(struct order){acme.token, PROVISION "?wait=20", NULL,
				     "{\"org_id\":\"acme\",\"team_node_id\":\"pay\"}"},
			     &made),
		200);
	(void)snprintf(line, sizeof(line), "GET /api/v1/admin/provision/runs/%s",
		json_string_or(made, "/provisioning_run_id", ""));
	order_refused(&stack, &(struct order){rival.token, line, NULL, NULL}, 404,
		"run_not_found");
	order_refused(&stack, &(struct order){ADMIN_TOKEN, line, NULL, NULL}, 200, "");
	cr_assert_eq(order_send(&stack,
			     &(struct order){acme.token, RUN, NULL, bodies[0]}, &run),
		202);
	(void)snprintf(line, sizeof(line), "GET %s", json_string_or(run, "/url", ""));
	order_refused(&stack, &(struct order){rival.token, line, NULL, NULL}, 404,
		"event_not_found");
	/* The same key and team name elsewhere are another order. */
	cr_expect_eq(
		number_of(stack.database,
			"SELECT count(*) FROM config.command WHERE org_id = 'acme' "
			"AND actor = '%s'",
			rival.id),
		0);
	stack_stop(&stack);
}

Test(admin, what_is_not_right_is_refused_with_words_and_nothing_is_ordered,
	.timeout = 120)
{
	static const struct {
		const char *line, *body, *code;
		int status;
	} cases[] = {
		{PROVISION, "{\"org_id\":\"acme\"", "invalid_json", 400},
		{PROVISION, "[]", "invalid_body", 400},
		{PROVISION, "{\"org_id\":\"acme\"}", "invalid_body", 400},
		{PROVISION, "{\"org_id\":\"ac.me\",\"team_node_id\":\"x\"}",
			"invalid_body", 400},
		{PROVISION,
			"{\"org_id\":\"acme\",\"team_node_id\":\"x\",\"nmae\":\"y\"}",
			"invalid_body", 400},
		{PROVISION,
			"{\"org_id\":\"acme\",\"team_node_id\":\"x\","
			"\"idempotency_key\":7}",
			"invalid_idempotency_key", 400},
		{PROVISION "?wait=x", "{\"org_id\":\"acme\",\"team_node_id\":\"x\"}",
			"invalid_wait", 400},
		{PROVISION "?wait=31", "{\"org_id\":\"acme\",\"team_node_id\":\"x\"}",
			"invalid_wait", 400},
		{RUN, "{\"org_id\":\"acme\",\"team_node_id\":\"shop\"}", "invalid_body",
			400},
		{RUN,
			"{\"org_id\":\"acme\",\"team_node_id\":\"shop\","
			"\"message\":\"m\",\"context\":[]}",
			"invalid_body", 400},
		{RUN,
			"{\"org_id\":\"acme\",\"team_node_id\":\"shop\","
			"\"message\":\"m\",\"timeout\":0}",
			"invalid_body", 400},
		{RUN,
			"{\"org_id\":\"acme\",\"team_node_id\":\"nobody\","
			"\"message\":\"m\"}",
			"team_not_found", 404},
		{"GET /api/v1/admin/provision/runs/not-a-uuid", NULL, "run_not_found",
			404},
		{"GET /api/v1/admin/events/0190a5e4-0000-7000-8000-000000000000", NULL,
			"event_not_found", 404},
	};

	start();
	for (size_t i = 0; i < countof(cases); i++)
		order_refused(&stack,
			&(struct order){acme.token, cases[i].line, NULL, cases[i].body},
			cases[i].status, cases[i].code);
	order_refused(&stack,
		&(struct order){ADMIN_TOKEN, PROVISION, NULL,
			"{\"org_id\":\"nobody\",\"team_node_id\":\"x\"}"},
		404, "org_not_found");
	cr_expect_eq(stack_stream_count(&stack, STREAM_COMMANDS), 0);
	cr_expect_eq(
		number_of(stack.database, "SELECT count(*) FROM config.command"), 0);
	stack_stop(&stack);
}

static int show(const char *token)
{
	return order_send(&stack,
		&(struct order){token,
			"GET /api/v1/admin/events/"
			"0190a5e4-0000-7000-8000-000000000000",
			NULL, NULL},
		NULL);
}

Test(admin, a_revoked_token_is_good_no_longer_than_said, .timeout = 120)
{
	char line[160], team_token[TOKEN_SIZE] = "";
	json_t *made AUTO(json_decref) = NULL;
	int64_t from;

	start();
	cr_expect_eq(show(NULL), 401);
	cr_expect_eq(show("no-token"), 401);
	cr_assert_lt(
		stack_call(&stack, ADMIN_TOKEN,
			"POST /api/v1/admin/orgs/acme/teams/shop/tokens", "{}", &made),
		300);
	(void)snprintf(team_token, sizeof(team_token), "%s",
		json_string_or(made, "/token", ""));
	cr_expect_eq(show(team_token), 403);
	cr_expect_eq(show(acme.token), 404);
	(void)snprintf(line, sizeof(line),
		"DELETE /api/v1/admin/orgs/acme/admin-tokens/%s", acme.id);
	cr_assert_lt(stack_call(&stack, ADMIN_TOKEN, line, NULL, NULL), 300);
	from = clock_mono_ms();
	cr_assert(WAIT_UNTIL(show(acme.token) == 401, SOON_MS));
	cr_expect_leq(clock_mono_ms() - from, 4000); /* 1 s, on a slow machine */

	/* Guessing is limited like bad signatures are. */
	for (int i = 0; i < 40; i++)
		(void)show("no-token");
	cr_expect_eq(show("no-token"), 429);
	cr_expect_eq(show(ADMIN_TOKEN), 404);
	stack_stop(&stack);
}

Test(admin, a_config_store_that_is_away_is_a_503_and_takes_no_webhook_along,
	.timeout = 120)
{
	start();
	cr_expect_eq(process_stop(&stack.daemons[CONFIG_STORE], SIGTERM, SOON_MS), 0);
	clock_sleep_ms(1100); /* what was remembered of the token is forgotten */
	cr_expect_eq(show(acme.token), 503);
	cr_expect_eq(stack_send_github(&stack, "push", "while-away",
			     body_of_push("acme/shop", "main"), NULL),
		200);
	stack_daemon_start(&stack, CONFIG_STORE);
	cr_expect_eq(show(acme.token), 404);
	stack_stop(&stack);
}

/* Nobody carries it out, so only time ends the waiting, or a stop. */
static struct exchange *wait_for_nobody(const char *line, struct exchange *exchange)
{
	static const char body[] = "{\"org_id\":\"acme\",\"team_node_id\":\"pay\"}";
	char headers[256];

	(void)snprintf(
		headers, sizeof(headers), "Authorization: Bearer %s\r\n", acme.token);
	request_write(&exchange->request, line, headers, body, strlen(body));
	(void)exchange_run(exchange, stack.addresses[INGRESS], ORDER_MS);
	return exchange;
}

static void *wait_long(void *exchange)
{
	return wait_for_nobody(PROVISION "?wait=30", exchange);
}

Test(admin, who_waits_is_answered_after_that_time_and_at_a_stop, .timeout = 120)
{
	struct exchange waits AUTO(exchange_done) = {0},
			      stopped AUTO(exchange_done) = {0};
	pthread_t thread;

	start();
	cr_expect_eq(process_stop(&stack.daemons[PROVISIONER], SIGTERM, SOON_MS), 0);
	(void)wait_for_nobody(PROVISION "?wait=2", &waits);
	cr_expect_eq(waits.status, 202);
	cr_expect_geq(waits.took_ms, 1900);
	cr_expect(strstr(waits.body, "queued"));

	cr_assert_eq(pthread_create(&thread, NULL, wait_long, &stopped), 0);
	cr_assert(
		WAIT_UNTIL(stack_stream_count(&stack, STREAM_COMMANDS) == 2, SOON_MS));
	clock_sleep_ms(
		300); /* from the command's publish to the waiting: no sign of it */
	cr_expect_eq(process_stop(&stack.daemons[INGRESS], SIGTERM, SOON_MS), 0);
	(void)pthread_join(thread, NULL);
	cr_expect_eq(stopped.status, 202, "%d", stopped.status);
	cr_expect_lt(stopped.took_ms, 15000);
	stack_stop(&stack);
}
