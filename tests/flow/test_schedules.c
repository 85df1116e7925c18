// SPDX-License-Identifier: Apache-2.0
// Story: an admin sets, lists, replaces and deletes a team's schedules over the ingress:
// each order once, only what the team's configuration may hold, only in his own
// organisation, whatever happens to the provisioner meanwhile.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/db.h"
#include "common/ids.h"
#include "common/nats/subjects.h"
#include "tests/support/stack.h"

enum { SOON_MS = 20000, LATE_MS = 90000, CALL_MS = 40000 };
enum { TOKEN_SIZE = 160, LINE_SIZE = 512, MANY = 12, KILLS = 4 };

static struct stack stack;
static char acme_admin[TOKEN_SIZE], acme_admin_id[UUID_SIZE];

static const struct stack_options options = {
	.settings = (const char *const[]){"TOCSIN_PROVISION_LEASE=1s",
		"TOCSIN_INGRESS_AUTH_CACHE=1s",
		"TOCSIN_SECRETS_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
		NULL},
	.provisioner = true,
};

#define SET "POST /api/v1/admin/schedules/team"
#define DELETE "DELETE /api/v1/admin/schedules/team"
#define LIST "GET /api/v1/admin/schedules/team?org_id=acme&team_node_id=shop"
#define SHOP "\"org_id\":\"acme\",\"team_node_id\":\"shop\""
#define NIGHTLY                                                                 \
	"{" SHOP ",\"name\":\"nightly\",\"cron\":\"@daily\",\"message\":\"all " \
	"well?\"}"

struct ask {
	const char *token, *line, *key, *body;
};

/* The status; *out, if not NULL, is owned. */
static int ask(const struct ask *ask, json_t **out)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	char headers[LINE_SIZE] = "Content-Type: application/json\r\n";
	size_t len = strlen(headers);

	len += (size_t)snprintf(headers + len, sizeof(headers) - len,
		"Authorization: Bearer %s\r\n", ask->token);
	if (ask->key)
		(void)snprintf(headers + len, sizeof(headers) - len,
			"Idempotency-Key: %s\r\n", ask->key);
	request_write(&exchange.request, ask->line, headers, ask->body ? ask->body : "",
		ask->body ? strlen(ask->body) : 0);
	(void)exchange_run(&exchange, stack.addresses[INGRESS], CALL_MS);
	if (out)
		*out = json_loads(exchange.body, 0, NULL);
	return exchange.status;
}

static void make_admin(const char *org, const char *body, char *token, char *id)
{
	char line[128];
	json_t *made AUTO(json_decref) = NULL;

	(void)snprintf(
		line, sizeof(line), "POST /api/v1/admin/orgs/%s/admin-tokens", org);
	cr_assert_lt(stack_call(&stack, ADMIN_TOKEN, line, body, &made), 300);
	(void)snprintf(token, TOKEN_SIZE, "%s", json_string_or(made, "/token", ""));
	(void)snprintf(id, UUID_SIZE, "%s", json_string_or(made, "/token_id", ""));
}

static void start(void)
{
	stack_start(&stack, &options);
	make_admin("acme", "{}", acme_admin, acme_admin_id);
}

/* An order that is waited for, which must end in `state`; the answer is owned. */
static json_t *carry_out(const struct ask *order, const char *state)
{
	json_t *answer = NULL;
	int status = ask(order, &answer);
	char *printed AUTO(free) = json_dumps(answer, 0);

	cr_assert_eq(status, 200, "%s %s: %d %s", order->line,
		order->body ? order->body : "", status, printed ? printed : "");
	cr_expect_str_eq(json_string_or(answer, "/status", ""), state, "%s", printed);
	return answer;
}

static json_t *set(const char *body)
{
	return carry_out(
		&(struct ask){acme_admin, SET "?wait=30", NULL, body}, "succeeded");
}

static json_t *delete_by_query(const char *name)
{
	char line[LINE_SIZE];

	(void)snprintf(line, sizeof(line),
		DELETE "?wait=30&org_id=acme&team_node_id=shop&name=%s", name);
	return carry_out(&(struct ask){acme_admin, line, NULL, NULL}, "succeeded");
}

static void expect_list(const char *expected)
{
	json_t *answer AUTO(json_decref) = NULL;
	int status = ask(&(struct ask){acme_admin, LIST, NULL, NULL}, &answer);
	char *printed AUTO(free) = json_dumps(
		json_object_get(answer, "items"), JSON_COMPACT | JSON_SORT_KEYS);

	cr_expect_eq(status, 200, "%d", status);
	cr_expect_str_eq(json_string_or(answer, "/team_node_id", ""), "shop");
	cr_expect_str_eq(printed ? printed : "", expected);
}

static long versions(void)
{
	return number_of(stack.database,
		"SELECT version FROM config.node_config WHERE org_id = 'acme' AND "
		"node_id = 'shop'");
}

static bool result_says(const json_t *answer, const char *what)
{
	const json_t *said = json_at(answer, "/steps/schedule/result");

	return json_is_true(json_object_get(said, what));
}

static void patch(const char *node, const char *document)
{
	char line[LINE_SIZE];
	json_t *answer AUTO(json_decref) = NULL;

	(void)snprintf(line, sizeof(line),
		"PATCH /api/v1/admin/orgs/acme/nodes/%s/config", node);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, line, document, &answer), 200,
		"%s", json_dumps(answer, 0));
}

static void set_and_replace(void)
{
	json_t *made AUTO(json_decref) = NULL, *same AUTO(json_decref) = NULL,
		     *other AUTO(json_decref) = NULL;
	long before = versions();

	made = set("{" SHOP ",\"name\":\"morning\",\"cron\":\"0 9 * * 1-5\","
		   "\"time_zone\":\"Europe/Berlin\",\"agent\":\"triage\","
		   "\"message\":\"Anything broken\\nover night?\"}");
	cr_expect(result_says(made, "changed"));
	cr_expect_str_eq(json_string_or(made, "/verb", ""), "schedule");
	expect_list("[{\"agent\":\"triage\",\"cron\":\"0 9 * * 1-5\",\"enabled\":true,"
		    "\"message\":\"Anything broken\\nover night?\",\"name\":"
		    "\"morning\",\"own\":true,\"time_zone\":\"Europe/Berlin\"}]");

	/* Replaced: what the second order does not say is not left from the first. */
	other = set("{" SHOP ",\"name\":\"morning\",\"cron\":\"@hourly\","
		    "\"message\":\"m\",\"enabled\":false}");
	cr_expect(result_says(other, "changed"));
	same = set("{" SHOP ",\"enabled\":false,\"name\":\"morning\",\"agent\":null,"
		   "\"cron\":\"@hourly\",\"message\":\"m\"}");
	cr_expect_not(result_says(same, "changed"));
	expect_list("[{\"agent\":null,\"cron\":\"@hourly\",\"enabled\":false,"
		    "\"message\":\"m\",\"name\":\"morning\",\"own\":true,"
		    "\"time_zone\":\"UTC\"}]");
	cr_expect_eq(versions(), before + 2);
}

static void delete_and_delete_again(void)
{
	json_t *gone AUTO(json_decref) = delete_by_query("morning");
	json_t *again AUTO(json_decref) = delete_by_query("morning");
	long after = versions();

	cr_expect(result_says(gone, "removed"));
	cr_expect_not(result_says(gone, "inherited"));
	cr_expect_not(result_says(again, "removed"));
	cr_expect_eq(versions(), after);
	expect_list("[]");
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.node_config WHERE org_id = "
			     "'acme' AND node_id = 'shop' AND config::jsonb ? "
			     "'schedules'"),
		0);
}

static void everything_is_told(void)
{
	cr_expect(WAIT_UNTIL(number_of(stack.database,
				     "SELECT count(*) FROM audit.record WHERE action = "
				     "'config.changed' AND team = 'shop' AND actor "
				     "= '%s'",
				     acme_admin_id) == 3,
		SOON_MS));
	cr_expect_str_eq(rows_of(stack.database,
				 "SELECT string_agg(reason, ' ' ORDER BY version) FROM "
				 "config.node_config_history WHERE node_id = 'shop' "
				 "AND changed_by = '%s'",
				 acme_admin_id),
		"schedule schedule unschedule");
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 0);
}

Test(schedules, are_set_listed_replaced_and_deleted, .timeout = 150)
{
	start();
	set_and_replace();
	delete_and_delete_again();
	everything_is_told();
	stack_stop(&stack);
}

#define ITEM(name, own, enabled, message)                             \
	"{\"agent\":null,\"cron\":\"@daily\",\"enabled\":" enabled    \
	",\"message\":" message ",\"name\":\"" name "\",\"own\":" own \
	",\"time_zone\":\"UTC\"}"

/* What is inherited can be changed for the team, not taken away; secrets never show. */
Test(schedules, of_nodes_above_hold_too_and_no_secret_is_shown, .timeout = 150)
{
	json_t *own AUTO(json_decref) = NULL, *gone AUTO(json_decref) = NULL;

	start();
	patch("acme",
		"{\"schedules\":{\"nightly\":{\"cron\":\"@daily\",\"message\":"
		"\"all well?\"}}}");
	patch("shop",
		"{\"schedules\":{\"hidden\":{\"cron\":\"@daily\",\"message\":"
		"{\"$secret\":\"sesame-sesame\"}}}}");
	expect_list("[" ITEM("hidden", "true", "true", "null") "," ITEM(
		"nightly", "false", "true", "\"all well?\"") "]");
	own = set("{" SHOP ",\"name\":\"nightly\",\"cron\":\"@daily\",\"message\":"
		  "\"ours\",\"enabled\":false}");
	cr_expect(result_says(own, "changed"));
	expect_list("[" ITEM("hidden", "true", "true", "null") "," ITEM(
		"nightly", "true", "false", "\"ours\"") "]");
	gone = delete_by_query("nightly");
	cr_expect(result_says(gone, "removed"));
	cr_expect(result_says(gone, "inherited"));
	expect_list("[" ITEM("hidden", "true", "true", "null") "," ITEM(
		"nightly", "false", "true", "\"all well?\"") "]");
	/* The secret beside it is the one that was there. */
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.node_config WHERE node_id = "
			     "'shop' AND config::text LIKE '%%$encrypted%%'"),
		1);
	stack_stop(&stack);
}

Test(schedules, that_mean_nothing_fail_and_the_path_is_named, .timeout = 150)
{
	static const struct {
		const char *fields, *path;
	} cases[] = {
		{"\"cron\":\"61 * * * *\",\"message\":\"m\"", "/schedules/bad/cron"},
		{"\"cron\":\"@daily\",\"message\":\"m\",\"time_zone\":\"No Zone\"",
			"/schedules/bad/time_zone"},
		{"\"cron\":\"@daily\",\"message\":\"m\",\"agent\":\"nobody\"",
			"/schedules/bad/agent"},
	};
	long before;

	start();
	before = versions();
	for (size_t i = 0; i < countof(cases); i++) {
		char body[LINE_SIZE];
		json_t *failed AUTO(json_decref) = NULL;
		const char *error;

		(void)snprintf(body, sizeof(body), "{" SHOP ",\"name\":\"bad\",%s}",
			cases[i].fields);
		failed =
			carry_out(&(struct ask){acme_admin, SET "?wait=30", NULL, body},
				"failed");
		error = json_string_or(failed, "/error", "");
		cr_expect(strstr(error, "step schedule: "), "%s", error);
		cr_expect(strstr(error, cases[i].path), "%s", error);
		cr_expect_str_eq(
			json_string_or(failed, "/steps/schedule/state", ""), "failed");
	}
	patch("acme", "{\"policy\":{\"locked\":[\"/schedules\"]}}");
	json_decref(carry_out(
		&(struct ask){acme_admin, SET "?wait=30", NULL, NIGHTLY}, "failed"));
	cr_expect_eq(versions(), before);
	expect_list("[]");
	stack_stop(&stack);
}

static void expect(const struct ask *what, int status, const char *code)
{
	json_t *answer AUTO(json_decref) = NULL;
	int got = ask(what, &answer);

	cr_expect_eq(got, status, "%s %s: %d", what->line, what->body ? what->body : "",
		got);
	cr_expect_str_eq(json_string_or(answer, "/error", ""), code, "%s %s",
		what->line, what->body ? what->body : "");
}

static void refuse_what_is_wrong(void)
{
#define NAMED SHOP ",\"name\":\"n\""
	static const struct {
		const char *line, *body, *code;
		int status;
	} cases[] = {
		{SET, "{" SHOP "", "invalid_json", 400},
		{SET, "{\"org_id\":\"acme\",\"name\":\"n\"}", "invalid_body", 400},
		{SET, "{" SHOP ",\"cron\":\"@daily\",\"message\":\"m\"}",
			"invalid_body", 400},
		{SET, "{" NAMED ",\"message\":\"m\"}", "invalid_body", 400},
		{SET, "{" NAMED ",\"cron\":\"@daily\"}", "invalid_body", 400},
		{SET, "{" NAMED ",\"cron\":5,\"message\":\"m\"}", "invalid_body", 400},
		{SET, "{" NAMED ",\"cron\":\"@daily\",\"message\":\"\"}",
			"invalid_body", 400},
		{SET, "{" NAMED ",\"cron\":\"@daily\",\"message\":\"m\",\"crno\":1}",
			"invalid_body", 400},
		{SET, "{" NAMED ",\"cron\":\"@daily\",\"message\":\"m\",\"enabled\":1}",
			"invalid_body", 400},
		{SET,
			"{" SHOP ",\"name\":\"a.b\",\"cron\":\"@daily\",\"message\":"
			"\"m\"}",
			"invalid_body", 400},
		{SET,
			"{\"org_id\":\"acme\",\"team_node_id\":\"nobody\",\"name\":"
			"\"n\",\"cron\":\"@daily\",\"message\":\"m\"}",
			"team_not_found", 404},
		{SET,
			"{\"org_id\":\"acme\",\"team_node_id\":\"acme\",\"name\":\"n\","
			"\"cron\":\"@daily\",\"message\":\"m\"}",
			"team_not_found", 404},
		{DELETE, "{" SHOP "}", "invalid_body", 400},
		{DELETE, "{" NAMED ",\"cron\":\"@daily\"}", "invalid_body", 400},
		{DELETE "?org_id=acme&team_node_id=nobody&name=n", NULL,
			"team_not_found", 404},
		{"GET /api/v1/admin/schedules/team?org_id=acme", NULL, "invalid_body",
			400},
		{"GET /api/v1/admin/schedules/team?org_id=acme&team_node_id=nobody",
			NULL, "team_not_found", 404},
		{"GET /api/v1/admin/schedules/team?org_id=acme&team_node_id=acme", NULL,
			"team_not_found", 404},
		{"PUT /api/v1/admin/schedules/team", NIGHTLY, "method_not_allowed",
			405},
	};

	for (size_t i = 0; i < countof(cases); i++)
		expect(&(struct ask){acme_admin, cases[i].line, NULL, cases[i].body},
			cases[i].status, cases[i].code);
}

/* Any admin of the system before could do anything anywhere. */
static void refuse_who_may_not(void)
{
	char rival[TOKEN_SIZE], reader[TOKEN_SIZE], id[UUID_SIZE];
	json_t *team AUTO(json_decref) = NULL;
	const char *of_team;

	make_admin("rival", "{}", rival, id);
	make_admin("acme", "{\"scopes\":[\"config:read\"]}", reader, id);
	cr_assert_lt(
		stack_call(&stack, ADMIN_TOKEN,
			"POST /api/v1/admin/orgs/acme/teams/shop/tokens", "{}", &team),
		300);
	of_team = json_string_or(team, "/token", "");
	expect(&(struct ask){rival, SET, NULL, NIGHTLY}, 403, "forbidden");
	expect(&(struct ask){rival, DELETE, NULL, "{" NAMED "}"}, 403, "forbidden");
	expect(&(struct ask){rival, LIST, NULL, NULL}, 403, "forbidden");
	expect(&(struct ask){reader, SET, NULL, NIGHTLY}, 403, "forbidden");
	expect(&(struct ask){reader, DELETE, NULL, "{" NAMED "}"}, 403, "forbidden");
	expect(&(struct ask){reader, LIST, NULL, NULL}, 200, "");
	expect(&(struct ask){of_team, SET, NULL, NIGHTLY}, 403, "forbidden");
	expect(&(struct ask){of_team, LIST, NULL, NULL}, 403, "forbidden");
	expect(&(struct ask){"no-token", SET, NULL, NIGHTLY}, 401, "unauthorized");
	expect(&(struct ask){"no-token", LIST, NULL, NULL}, 401, "unauthorized");
}

Test(schedules, are_ordered_by_nobody_who_may_not_and_not_in_any_words, .timeout = 150)
{
	start();
	refuse_what_is_wrong();
	refuse_who_may_not();
	cr_expect_eq(stack_stream_count(&stack, STREAM_COMMANDS), 0);
	cr_expect_eq(
		number_of(stack.database, "SELECT count(*) FROM config.command"), 0);
	stack_stop(&stack);
}

#define KEYED(message)                                                              \
	"{" SHOP ",\"name\":\"nightly\",\"cron\":\"@daily\",\"message\":\"" message \
	"\"}"

Test(schedules, a_key_is_one_order_also_when_it_comes_again_late, .timeout = 150)
{
	const struct ask first = {acme_admin, SET "?wait=30", "key-1", KEYED("one")};
	json_t *made AUTO(json_decref) = NULL, *again AUTO(json_decref) = NULL;
	long before;

	start();
	before = versions();
	made = carry_out(&first, "succeeded");
	json_decref(set(KEYED("two")));
	again = carry_out(&first, "succeeded");
	cr_expect_str_eq(json_string_or(again, "/provisioning_run_id", "?"),
		json_string_or(made, "/provisioning_run_id", ""));
	/* What was ordered since stays. */
	expect_list("[" ITEM("nightly", "true", "true", "\"two\"") "]");
	cr_expect_eq(versions(), before + 2);
	expect(&(struct ask){acme_admin, SET, "key-1", KEYED("three")}, 409,
		"idempotency_key_reused");
	expect(&(struct ask){acme_admin, DELETE, "key-1",
		       "{" SHOP ",\"name\":\"nightly\"}"},
		409, "idempotency_key_reused");
	cr_expect_eq(
		number_of(stack.database, "SELECT count(*) FROM config.provision_run"),
		2);
	stack_stop(&stack);
}

/* An order that was given an hour from now, and has been carried out. */
static void order_later(const char *name)
{
	char id[UUID_SIZE];

	(void)rows_of(stack.database,
		"WITH given AS (INSERT INTO config.command (id, org_id, team_id, verb, "
		"idempotency_key, request_hash, created_at) VALUES ('%s', 'acme', "
		"'shop', 'unschedule', '%s', '', now() + interval '1 hour')) INSERT "
		"INTO config.provision_run (id, org_id, team_id, verb, "
		"idempotency_key, request, request_hash, state) VALUES ('%s', 'acme', "
		"'shop', 'unschedule', '%s', '{\"name\":\"%s\"}', '', 'succeeded') "
		"RETURNING id",
		id_make(id), id, id, id, name);
}

Test(schedules, an_order_that_a_later_one_came_before_does_nothing, .timeout = 150)
{
	json_t *late AUTO(json_decref) = NULL, *gone AUTO(json_decref) = NULL,
		     *other AUTO(json_decref) = NULL;
	long before;

	start();
	before = versions();
	order_later("weekly");
	other = set(NIGHTLY);
	cr_expect(result_says(other, "changed"), "another schedule's order counted");
	order_later("nightly");
	late = set(KEYED("late"));
	cr_expect(result_says(late, "overtaken"));
	gone = delete_by_query("nightly");
	cr_expect(result_says(gone, "overtaken"));
	expect_list("[" ITEM("nightly", "true", "true", "\"all well?\"") "]");
	cr_expect_eq(versions(), before + 1);
	stack_stop(&stack);
}

static bool run_becomes(const char *id, const char *state)
{
	return WAIT_UNTIL(strcmp(rows_of(stack.database,
					 "SELECT state FROM config.provision_run "
					 "WHERE id = '%s'",
					 id),
				  state) == 0,
		LATE_MS);
}

/* No configuration can be written while this is held: a step that began goes on waiting. */
static struct db *hold_configurations(void)
{
	struct db *db = NULL;
	PGresult *done AUTO(PQclear) = NULL;
	PGconn *connection;
	struct fault fault = {0};

	cr_assert(db_open(&db, stack.database, 0, &fault) && db_begin(db, &fault) &&
			db_connection(&connection, db, &fault),
		"%s", fault.text);
	done = PQexec(connection,
		"LOCK TABLE config.node_config_history IN ACCESS "
		"EXCLUSIVE MODE");
	cr_assert_eq(PQresultStatus(done), PGRES_COMMAND_OK);
	return db;
}

static bool somebody_waits(void)
{
	return number_of(stack.database,
		       "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
		       "'config.node_config_history'::regclass") > 0;
}

Test(schedules, a_provisioner_killed_in_the_middle_is_gone_on_from, .timeout = 200)
{
	struct db *held;
	json_t *order AUTO(json_decref) = NULL;
	const char *id;
	long before;

	start();
	before = versions();
	held = hold_configurations();
	cr_assert_eq(ask(&(struct ask){acme_admin, SET, NULL, NIGHTLY}, &order), 202);
	id = json_string_or(order, "/provisioning_run_id", "");
	cr_assert(WAIT_UNTIL(somebody_waits(), SOON_MS), "the step has not begun");
	process_kill(&stack.daemons[PROVISIONER]);
	db_rollback(held);
	db_close(held);
	stack_daemon_start(&stack, PROVISIONER);
	cr_assert(run_becomes(id, "succeeded"));
	expect_list("[" ITEM("nightly", "true", "true", "\"all well?\"") "]");
	cr_expect_eq(versions(), before + 1);
	cr_expect(WAIT_UNTIL(number_of(stack.database,
				     "SELECT count(*) FROM audit.record WHERE action "
				     "LIKE 'provision.%%'") == 3,
		SOON_MS));
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.provision_step WHERE state "
			     "= 'succeeded'"),
		1);
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 0);
	stack_stop(&stack);
}

/* Different schedules of one team at once: no order writes over another's. */
Test(schedules, killed_again_and_again_each_order_is_done_once, .timeout = 300)
{
	long before;

	start();
	before = versions();
	for (int i = 0; i < MANY; i++) {
		char body[LINE_SIZE];

		(void)snprintf(body, sizeof(body),
			"{" SHOP ",\"name\":\"s%d\",\"cron\":\"%d 3 * * *\","
			"\"message\":\"m\"}",
			i, i);
		cr_assert_eq(
			ask(&(struct ask){acme_admin, SET, NULL, body}, NULL), 202);
	}
	for (int i = 0; i < KILLS; i++) {
		unsigned char pause;

		id_random(&pause, 1);
		clock_sleep_ms(pause);
		process_kill(&stack.daemons[PROVISIONER]);
		stack_daemon_start(&stack, PROVISIONER);
	}
	cr_assert(WAIT_UNTIL(stack_stream_is_done(&stack, STREAM_COMMANDS), LATE_MS));
	cr_expect_eq(versions(), before + MANY);
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.node_config, "
			     "json_object_keys(config->'schedules') WHERE node_id = "
			     "'shop'"),
		MANY);
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.provision_run WHERE state = "
			     "'succeeded'"),
		MANY);
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 0);
	stack_stop(&stack);
}

Test(schedules, wait_for_a_config_store_that_is_away, .timeout = 150)
{
	json_t *order AUTO(json_decref) = NULL;

	start();
	cr_expect_eq(process_stop(&stack.daemons[PROVISIONER], SIGTERM, SOON_MS), 0);
	cr_assert_eq(ask(&(struct ask){acme_admin, SET, NULL, NIGHTLY}, &order), 202);
	cr_expect_eq(process_stop(&stack.daemons[CONFIG_STORE], SIGTERM, SOON_MS), 0);
	expect(&(struct ask){acme_admin, LIST, NULL, NULL}, 503, "unavailable");
	stack_daemon_start(&stack, PROVISIONER);
	stack_daemon_start(&stack, CONFIG_STORE);
	cr_assert(run_becomes(
		json_string_or(order, "/provisioning_run_id", ""), "succeeded"));
	expect_list("[" ITEM("nightly", "true", "true", "\"all well?\"") "]");
	stack_stop(&stack);
}

static char printed[16384];

#define TOCSIN(...)                                                             \
	stack_cli(&stack, (const char *const[]){"schedule", __VA_ARGS__, NULL}, \
		printed, sizeof(printed))
#define SAYS(words) cr_expect(strstr(printed, words), "no '%s' in: %s", words, printed)

Test(schedules, are_at_hand_on_the_command_line, .timeout = 150)
{
	json_t *listed AUTO(json_decref) = NULL;

	start();
	cr_expect_eq(TOCSIN("set", "acme", "shop", "morning", "--cron", "0 9 * * 1-5",
			     "--message", "Anything broken?", "--time-zone",
			     "Europe/Berlin", "--wait", "30"),
		0);
	SAYS("schedule acme/shop morning is set: version ");
	cr_expect_eq(TOCSIN("list", "acme", "shop"), 0);
	SAYS("0 9 * * 1-5");
	SAYS("Anything broken?");
	cr_expect_eq(TOCSIN("list", "acme", "shop", "--output", "json"), 0);
	listed = json_loads(printed, 0, NULL);
	cr_expect_str_eq(json_string_or(listed, "/items/0/name", ""), "morning");
	cr_expect_eq(TOCSIN("set", "acme", "shop", "bad", "--cron", "never",
			     "--message", "m", "--wait=30"),
		1);
	SAYS("/schedules/bad/cron");
	cr_expect_eq(TOCSIN("set", "acme", "shop", "bad"), 2);
	SAYS("--cron and --message");
	cr_expect_eq(TOCSIN("delete", "acme", "shop", "morning", "--wait=30"), 0);
	SAYS("schedule acme/shop morning deleted");
	cr_expect_eq(TOCSIN("delete", "acme", "shop", "morning", "--wait=30",
			     "--output=json"),
		0);
	SAYS("\"removed\": false");
	cr_expect_eq(TOCSIN("set", "--help"), 0);
	SAYS("--time-zone ZONE");
	stack_stop(&stack);
}
