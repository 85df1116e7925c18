// SPDX-License-Identifier: Apache-2.0
// Story: what services and people ask a config store for: who an event is for, what runs
// did, what people thought of them, what the trail says. rival has a team of the same
// name as acme's, and neither sees anything of the other.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/ids.h"
#include "common/nats/rpc.h"
#include "tests/support/rows.h"
#include "tests/support/store_only.h"

enum { WAIT_MS = 20000, TOKEN_TEXT_SIZE = 128, PATH_MAX_SIZE = 256 };

#define RUN_A "00000000-0000-7000-8000-00000000000a"
#define RUN_B "00000000-0000-7000-8000-00000000000b"
#define RUN_C "00000000-0000-7000-8000-00000000000c"

static const struct stack_options options = {0};
static struct stack stack;
static struct bus *bus;
static char acme_admin[TOKEN_TEXT_SIZE], acme_team[TOKEN_TEXT_SIZE],
	rival_team[TOKEN_TEXT_SIZE];

static int ask(const char *token, const char *line, const char *body, json_t **out)
{
	return stack_call(&stack, token, line, body, out);
}

static int super(const char *line, const char *body, json_t **out)
{
	return ask(ADMIN_TOKEN, line, body, out);
}

static void keep_token(char *token, const char *line)
{
	json_t *answer AUTO(json_decref) = NULL;

	cr_assert_eq(super(line, "", &answer), 201, "%s", line);
	(void)snprintf(
		token, TOKEN_TEXT_SIZE, "%s", json_string_or(answer, "/token", ""));
}

static void start(void)
{
	store_only_start(&stack, &bus, &options);
	stack_daemon_start(&stack, AUDIT_SINK);
	cr_assert_eq(
		super("POST /api/v1/admin/orgs", "{\"org_id\":\"rival\"}", NULL), 201);
	cr_assert_eq(super("POST /api/v1/admin/orgs/rival/teams/sre", "", NULL), 201);
	keep_token(acme_admin, "POST /api/v1/admin/orgs/acme/admin-tokens");
	keep_token(acme_team, "POST /api/v1/admin/orgs/acme/teams/sre/tokens");
	keep_token(rival_team, "POST /api/v1/admin/orgs/rival/teams/sre/tokens");
}

static void stop(void)
{
	cr_expect_eq(process_stop(&stack.daemons[AUDIT_SINK], SIGTERM, WAIT_MS), 0);
	store_only_stop(&stack, bus);
}

static void expect(const json_t *answer, const char *pointer, const char *value)
{
	cr_expect_str_eq(
		json_string_or(answer, pointer, "(none)"), value, "%s", pointer);
}

static void give_identifiers(void)
{
	cr_assert_eq(store_only_patch(&stack,
			     "{\"routing\":{\"github_repos\":[\"Acme/Shop\"],"
			     "\"services\":[\"pay\"]}}"),
		200);
	cr_assert_eq(
		super("PATCH /api/v1/admin/orgs/rival/nodes/sre/config",
			"{\"routing\":{\"slack_channel_ids\":[\"C0RIVAL\"]}}", NULL),
		200);
}

/* The same question over rpc. */
static void expect_rpc_says(const char *type, const char *value, const char *team)
{
	pb_routing_lookup_reply *reply AUTO(pb_routing_lookup_reply_free) = NULL;
	pb_routing_lookup_request request;
	pb_identifier identifier, *list[] = {&identifier};
	struct fault fault = {0};

	pb_routing_lookup_request_init(&request);
	pb_identifier_init(&identifier);
	identifier.type = (char *)(uintptr_t)type;
	identifier.value = (char *)(uintptr_t)value;
	request.n_identifiers = 1;
	request.identifiers = list;
	cr_assert(RPC(bus, "routing.lookup", NULL, NULL, &request, routing_lookup,
			  &reply, &fault),
		"%s", fault.text);
	cr_expect_eq(reply->found, *team != '\0');
	cr_expect_str_eq(reply->team, team);
	cr_expect_eq(reply->n_unknown, strcmp(type, "no_type") == 0);
}

Test(reads, a_lookup_goes_in_order_and_says_what_it_did, .timeout = 90)
{
	static const char body[] =
		"{\"identifiers\":{\"service\":\" PAY \",\"github_repo\":\"acme/SHOP\","
		"\"slack_channel_id\":\"C0RIVAL\",\"email_domain\":\"x\","
		"\"pagerduty_service_id\":5}}";
	json_t *answer AUTO(json_decref) = NULL, *own AUTO(json_decref) = NULL,
		       *narrow AUTO(json_decref) = NULL;
	char *printed AUTO(free) = NULL;

	start();
	give_identifiers();
	cr_assert_eq(
		super("POST /api/v1/internal/routing/lookup?explain=1", body, &answer),
		200);
	expect(answer, "/matched_by", "slack_channel_id");
	expect(answer, "/org_id", "rival");
	expect(answer, "/team_node_id", "sre");
	expect(answer, "/team_id", "sre");
	expect(answer, "/unknown/0", "email_domain");
	expect(answer, "/invalid/0/type", "pagerduty_service_id");
	cr_expect_eq(json_array_size(json_at(answer, "/tried")), 1);
	expect(answer, "/explain/3/outcome", "shadowed");
	expect(answer, "/explain/3/value", "acme/shop");

	/* Its own admin is told that another has it, not who. */
	cr_assert_eq(
		ask(acme_admin, "POST /api/v1/admin/orgs/acme/routing/lookup?explain=1",
			body, &own),
		200);
	printed = json_print(own);
	cr_expect_null(strstr(printed, "\"rival\""), "%s", printed);
	expect(own, "/owner", "another organisation");
	expect(own, "/explain/3/org_id", "acme");
	cr_expect_eq(
		ask(acme_admin, "POST /api/v1/internal/routing/lookup", body, NULL),
		403);

	cr_assert_eq(super("POST /api/v1/internal/routing/lookup",
			     "{\"org_id\":\"acme\",\"identifiers\":{"
			     "\"slack_channel_id\":\"C0RIVAL\",\"service\":\"Pay\"}}",
			     &narrow),
		200);
	expect(narrow, "/matched_by", "service");
	expect(narrow, "/matched_value", "pay");
	cr_expect_eq(json_array_size(json_at(narrow, "/tried")), 2);
	expect_rpc_says("github_repo", " ACME/shop", "sre");
	expect_rpc_says("github_repo", "acme/none", "");
	expect_rpc_says("no_type", "x", "");
	stop();
}

static int report(const char *run, const char *org, json_t **out)
{
	char body[512];

	(void)snprintf(body, sizeof(body),
		"{\"run_id\":\"%s\",\"org_id\":\"%s\",\"team_node_id\":\"sre\","
		"\"correlation_id\":\"ev-1\",\"agent_name\":\"planner\","
		"\"trigger_message\":\"what happened?\",\"metadata\":{\"a\":1}}",
		run, org);
	return super("POST /api/v1/internal/agent-runs", body, out);
}

static int end(const char *run, const char *status, json_t **out)
{
	char line[PATH_MAX_SIZE], body[256];

	(void)snprintf(line, sizeof(line), "PATCH /api/v1/internal/agent-runs/%s", run);
	(void)snprintf(body, sizeof(body),
		"{\"status\":\"%s\",\"duration_seconds\":12.5,\"confidence\":0.75,"
		"\"output_summary\":\"%s it is\",\"tool_calls_count\":2}",
		status, status);
	return super(line, body, out);
}

static void claim(const char *run)
{
	pb_run_claim_reply *reply AUTO(pb_run_claim_reply_free) = NULL;
	char id[UUID_SIZE], worker[] = "w";
	pb_run_claim_request request;
	struct fault fault = {0};

	(void)snprintf(id, sizeof(id), "%s", run);
	pb_run_claim_request_init(&request);
	request.run_id = id;
	request.worker = worker;
	request.lease_ms = 60000;
	cr_assert(RPC(bus, "run.claim", "acme", "sre", &request, run_claim, &reply,
			  &fault),
		"%s", fault.text);
}

Test(reads, reports_of_runs_are_told_once_and_end_once, .timeout = 90)
{
	json_t *made AUTO(json_decref) = NULL, *over AUTO(json_decref) = NULL,
		     *page AUTO(json_decref) = NULL;

	start();
	cr_expect_eq(report(RUN_A, "acme", &made), 201);
	expect(made, "/status", "running");
	expect(made, "/trigger_source", "api");
	cr_expect_eq(report(RUN_A, "acme", NULL), 200);
	cr_expect_eq(report(RUN_A, "rival", NULL), 409, "another's run");
	cr_expect_eq(report(RUN_B, "nobody", NULL), 404);
	cr_expect_eq(report("not-a-uuid", "acme", NULL), 400);

	cr_expect_eq(end(RUN_A, "success", NULL), 400);
	cr_expect_eq(end(RUN_A, "running", NULL), 400);
	cr_expect_eq(end(RUN_B, "completed", NULL), 404);
	cr_expect_eq(end(RUN_A, "completed", &over), 200);
	cr_expect_eq(json_number_value(json_at(over, "/duration_seconds")), 12.5);
	cr_expect_eq(end(RUN_A, "completed", NULL), 200, "told again");
	cr_expect_eq(end(RUN_A, "failed", NULL), 409, "a final state stays");
	cr_expect_str_eq(rows_of(stack.database,
				 "SELECT state, summary FROM config.run WHERE run_id = "
				 "'" RUN_A "'"),
		"completed|completed it is");

	/* A worker's run is not ended by who holds no lease, nor started again. */
	claim(RUN_B);
	cr_expect_eq(end(RUN_B, "failed", NULL), 409);
	cr_expect_eq(report(RUN_B, "acme", NULL), 200);
	cr_expect_str_eq(
		rows_of(stack.database,
			"SELECT state FROM config.run WHERE run_id = '" RUN_B "'"),
		"running");

	cr_expect_eq(report(RUN_C, "rival", NULL), 201);
	cr_expect_eq(super("GET /api/v1/internal/agent-runs/list?team_node_id=sre",
			     NULL, NULL),
		400);
	cr_expect_eq(super("GET /api/v1/internal/agent-runs/"
			   "list?org_id=acme&team_node_id=sre&limit=1",
			     NULL, &page),
		200);
	cr_expect_eq(json_integer_or(page, "/total", 0), 2, "all, not of the page");
	cr_expect_eq(json_array_size(json_at(page, "/runs")), 1);
	cr_expect(json_bool_or(page, "/has_more", false));
	stop();
}

static int post_calls(const char *run, const char *calls, json_t **out)
{
	char line[PATH_MAX_SIZE], body[1024];

	(void)snprintf(line, sizeof(line),
		"POST /api/v1/internal/agent-runs/%s/tool-calls", run);
	(void)snprintf(body, sizeof(body), "{\"tool_calls\":%s}", calls);
	return super(line, body, out);
}

Test(reads, tool_calls_are_there_once_and_whole, .timeout = 90)
{
	static const char two[] =
		"[{\"id\":\"c1\",\"tool_name\":\"get_pods\",\"agent_name\":\"k8s\","
		"\"parent_agent\":\"planner\",\"tool_input\":{\"ns\":\"x\"},"
		"\"sequence_number\":2},{\"id\":\"c2\",\"tool_name\":\"get_logs\","
		"\"sequence_number\":1,\"status\":\"error\"}]";
	json_t *first AUTO(json_decref) = NULL, *again AUTO(json_decref) = NULL,
		      *trace AUTO(json_decref) = NULL;

	start();
	cr_assert_eq(report(RUN_A, "acme", NULL), 201);
	cr_expect_eq(post_calls(RUN_A, two, &first), 201);
	cr_expect_eq(json_integer_or(first, "/total", 0), 2);
	expect(first, "/tool_calls/0/id", "c2");
	expect(first, "/tool_calls/1/agent_name", "k8s");
	expect(first, "/tool_calls/1/parent_agent", "planner");
	cr_expect_eq(post_calls(RUN_A, two, &again), 200, "told again");
	cr_expect_eq(json_integer_or(again, "/total", 0), 2);
	cr_expect_eq(post_calls(RUN_B, two, NULL), 404);
	cr_expect_eq(post_calls(RUN_A, "[{\"id\":\"x\"}]", NULL), 400);
	cr_expect_eq(post_calls(RUN_A, "[5]", NULL), 400);
	cr_expect_eq(post_calls(RUN_A,
			     "[{\"id\":\"x\",\"tool_name\":\"y\",\"duration_ms\":-1}]",
			     NULL),
		400);

	/* Those of our own workers come from their log. */
	claim(RUN_B);
	rows_add_tool_call(&stack, RUN_B, "call-1");
	cr_expect_eq(ask(acme_team, "GET /api/v1/team/agent-runs/" RUN_B "/trace", NULL,
			     &trace),
		200);
	cr_expect_eq(json_integer_or(trace, "/total", 0), 1);
	expect(trace, "/toolCalls/0/toolName", "get_logs");
	expect(trace, "/toolCalls/0/toolInput/q", "x");
	expect(trace, "/toolCalls/0/toolOutput", "three lines");
	expect(trace, "/toolCalls/0/status", "success");
	stop();
}

/* Puts calls n0, n1, … there by hand. */
static void fill_calls(const char *run, int count)
{
	cr_assert_eq(number_of(stack.database,
			     "WITH added AS (INSERT INTO config.run_tool_call (run_id, "
			     "call_id, tool_name, status, sequence_number) SELECT "
			     "'%s', 'n' || n, 't', 'success', n FROM "
			     "generate_series(0, %d) n RETURNING 1) SELECT count(*) "
			     "FROM added",
			     run, count - 1),
		count);
}

Test(reads, tool_calls_of_a_run_are_so_many_and_no_more, .timeout = 90)
{
	static const char last[] = "[{\"id\":\"z\",\"tool_name\":\"t\"},"
				   "{\"id\":\"n7\",\"tool_name\":\"t\"}]";
	json_t *answer AUTO(json_decref) = NULL, *all AUTO(json_decref) = NULL,
		       *trace AUTO(json_decref) = NULL;

	start();
	cr_assert_eq(report(RUN_A, "acme", NULL), 201);
	fill_calls(RUN_A, 4999);
	cr_expect_eq(post_calls(RUN_A, last, &answer), 201);
	cr_expect_eq(json_array_size(json_at(answer, "/tool_calls")), 2);
	cr_expect_eq(json_integer_or(answer, "/total", 0), 5000);
	cr_expect_eq(post_calls(RUN_A, last, NULL), 200, "told again");
	cr_expect_eq(
		post_calls(RUN_A, "[{\"id\":\"y\",\"tool_name\":\"t\"}]", NULL), 409);
	rows_add_tool_call(&stack, RUN_A, "call-1");
	cr_expect_eq(super("GET /api/v1/internal/agent-runs/" RUN_A "/tool-calls", NULL,
			     &all),
		200);
	cr_expect_eq(json_array_size(json_at(all, "/tool_calls")), 5000);
	cr_expect_eq(json_integer_or(all, "/total", 0), 5001);
	cr_expect_eq(ask(acme_team, "GET /api/v1/team/agent-runs/" RUN_A "/trace", NULL,
			     &trace),
		200);
	cr_expect_eq(json_array_size(json_at(trace, "/toolCalls")), 5000);
	stop();
}

Test(reads, a_team_sees_its_own_runs_and_no_others, .timeout = 90)
{
	static const char *const lines[] = {"GET /api/v1/team/agent-runs/" RUN_A,
		"GET /api/v1/team/agent-runs/" RUN_A "/trace",
		"POST /api/v1/team/agent-runs/" RUN_A "/feedback"};
	json_t *own AUTO(json_decref) = NULL, *theirs AUTO(json_decref) = NULL,
		    *admins AUTO(json_decref) = NULL;

	start();
	cr_assert_eq(report(RUN_A, "acme", NULL), 201);
	cr_assert_eq(report(RUN_C, "rival", NULL), 201);
	for (size_t i = 0; i < countof(lines); i++) {
		int good =
			ask(acme_team, lines[i], "{\"feedback\":\"positive\"}", NULL);

		cr_expect(good == 200 || good == 201, "%s: %d", lines[i], good);
		cr_expect_eq(
			ask(rival_team, lines[i], "{\"feedback\":\"negative\"}", NULL),
			404, "%s", lines[i]);
	}
	cr_expect_eq(
		ask(acme_team, "GET /api/v1/team/agent-runs?team=x", NULL, NULL), 400);
	cr_expect_eq(ask(acme_team, "GET /api/v1/team/agent-runs", NULL, &own), 200);
	cr_expect_eq(json_array_size(json_at(own, "/items")), 1);
	expect(own, "/items/0/id", RUN_A);
	expect(own, "/items/0/agentName", "planner");
	cr_expect_eq(
		ask(acme_team, "GET /api/v1/team/agent-runs?org=rival", NULL, NULL),
		400);
	cr_expect_eq(
		ask(rival_team, "GET /api/v1/team/agent-runs", NULL, &theirs), 200);
	expect(theirs, "/items/0/id", RUN_C);
	cr_expect_eq(ask(acme_admin, "GET /api/v1/admin/orgs/acme/runs?agent=planner",
			     NULL, &admins),
		200);
	cr_expect_eq(json_array_size(json_at(admins, "/items")), 1);
	cr_expect_eq(
		ask(acme_admin, "GET /api/v1/admin/orgs/acme/runs/" RUN_C, NULL, NULL),
		404);
	cr_expect_eq(
		ask(acme_admin, "GET /api/v1/admin/orgs/rival/runs", NULL, NULL), 403);
	stop();
}

static int opine(const char *run, const char *words, json_t **out)
{
	char body[256];

	(void)snprintf(
		body, sizeof(body), "{\"run_id\":\"%s\",\"feedback\":%s}", run, words);
	return super("POST /api/v1/internal/feedback", body, out);
}

Test(reads, an_opinion_counts_once_and_for_its_own_team, .timeout = 90)
{
	static const char
		up[] = "\"positive\",\"user_id\":\"u1\",\"source\":\"github\"",
		down[] = "\"negative\",\"user_id\":\"u1\",\"source\":\"github\"";
	json_t *stats AUTO(json_decref) = NULL, *own AUTO(json_decref) = NULL,
		      *first AUTO(json_decref) = NULL, *second AUTO(json_decref) = NULL;

	start();
	cr_assert_eq(report(RUN_A, "acme", NULL), 201);
	cr_assert_eq(report(RUN_C, "rival", NULL), 201);
	cr_expect_eq(opine(RUN_A, up, &first), 201);
	cr_expect_eq(opine(RUN_A, up, &second), 200, "a reaction is told again");
	expect(second, "/id", json_string_or(first, "/id", "?"));
	cr_expect_eq(opine(RUN_A, "\"positive\",\"user_id\":\"u2\"", NULL), 201);
	cr_expect_eq(opine(RUN_A, "\"negative\",\"user_id\":\"u3\"", NULL), 201);
	cr_expect_eq(opine(RUN_C, down, NULL), 201);
	cr_expect_eq(opine(RUN_B, up, NULL), 404);
	cr_expect_eq(opine(RUN_A, "\"great\"", NULL), 400);
	cr_expect_eq(opine(RUN_A, "5", NULL), 400);
	cr_expect_eq(opine(RUN_A, "\"positive\",\"source\":\"a b\"", NULL), 400);

	cr_expect_eq(super("GET /api/v1/internal/feedback/"
			   "stats?org_id=acme&team_node_id=sre",
			     NULL, &stats),
		200);
	cr_expect_eq(json_integer_or(stats, "/total", 0), 3);
	cr_expect_eq(json_integer_or(stats, "/positive", 0), 2);
	cr_expect_eq(json_integer_or(stats, "/by_source/github/positive", 0), 1);
	cr_expect_float_eq(
		json_number_value(json_at(stats, "/positive_rate")), 0.6667, 0.0001);
	cr_expect_eq(super("GET /api/v1/internal/feedback/stats?team_node_id=sre", NULL,
			     NULL),
		400);
	cr_expect_eq(
		ask(rival_team, "GET /api/v1/team/feedback/stats", NULL, &own), 200);
	cr_expect_eq(json_integer_or(own, "/total", 0), 1);
	cr_expect_eq(json_integer_or(own, "/negative", 0), 1);
	stop();
}

/* Page after page; how many there were, each of them once and older than the last. */
static int walk(const char *path)
{
	json_t *seen AUTO(json_decref) = json_object();
	char line[1024], before[64] = "9999", cursor[256] = "";
	int count = 0;

	for (;;) {
		json_t *page AUTO(json_decref) = NULL;
		const json_t *one;
		size_t i;

		(void)snprintf(line, sizeof(line), "GET %s&cursor=%s", path, cursor);
		cr_assert_eq(ask(acme_admin, line, NULL, &page), 200, "%s", line);
		json_array_foreach(json_at(page, "/items"), i, one)
		{
			const char *at = json_string_or(one, "/at", "");
			const char *id = json_string_or(one, "/id", "");

			cr_expect_leq(strcmp(at, before), 0);
			cr_expect_null(json_object_get(seen, id));
			(void)json_object_set_new(seen, id, json_true());
			(void)snprintf(before, sizeof(before), "%s", at);
			expect(one, "/org_id", "acme");
			count++;
		}
		if (!json_string_at(page, "/next"))
			return count;
		(void)snprintf(cursor, sizeof(cursor), "%s",
			json_string_or(page, "/next", ""));
	}
}

Test(reads, the_trail_is_searched_page_by_page, .timeout = 90)
{
	static const struct {
		const char *query;
		int count;
	} cases[] = {
		{"limit=500", 1000},
		{"limit=7&area=config", 500},
		{"limit=100&action=run.completed", 500},
		{"limit=100&actor=tester&team=sre", 1000},
		{"limit=100&team=other", 0},
		{"limit=100&actor=nobody", 0},
		{"limit=9&event=00000000-0000-7000-8000-000000000003", 100},
		{"limit=9&run=00000000-0000-7000-8000-000000000004&area=run", 0},
		{"limit=9&run=00000000-0000-7000-8000-000000000004&area=config", 100},
		{"limit=50&text=REASON%20999", 1},
		{"limit=50&text=%25", 0},
		{"limit=50&text=%22number%22:%2017%7D", 1},
		{"limit=50&since=2026-01-01T00:00:11Z&until=2026-01-01T00:00:21Z", 10},
	};
	char path[512];

	start();
	rows_add_records(&stack, "acme", "sre", 1000);
	rows_add_records(&stack, "rival", "sre", 100);
	for (size_t i = 0; i < countof(cases); i++) {
		/* What the start has told itself is later. */
		(void)snprintf(path, sizeof(path), "/api/v1/admin/orgs/acme/audit?%s%s",
			cases[i].query,
			strstr(cases[i].query, "until")
				? ""
				: "&until=2026-01-02T00:00:00Z");
		cr_expect_eq(walk(path), cases[i].count, "%s", cases[i].query);
	}
	cr_expect_eq(
		ask(acme_admin, "GET /api/v1/admin/orgs/rival/audit", NULL, NULL), 403);
	cr_expect_eq(ask(acme_admin, "GET /api/v1/admin/orgs/acme/audit?cursor=x", NULL,
			     NULL),
		400);
	cr_expect_eq(ask(acme_admin, "GET /api/v1/admin/orgs/acme/audit?event='", NULL,
			     NULL),
		400);
	stop();
}

Test(reads, a_page_of_large_records_is_cut_and_goes_on, .timeout = 90)
{
	static const char path[] = "/api/v1/admin/orgs/acme/audit?limit=500&"
				   "until=2026-01-02T00:00:00Z";
	json_t *page AUTO(json_decref) = NULL;
	size_t count;

	start();
	rows_add_records(&stack, "acme", "sre", 20);
	cr_assert_eq(number_of(stack.database,
			     "WITH changed AS (UPDATE audit.record SET detail = "
			     "jsonb_build_object('x', repeat('y', 1000000)) WHERE "
			     "stream = 'AUDIT-acme' RETURNING 1) SELECT count(*) FROM "
			     "changed"),
		20);
	cr_assert_eq(ask(acme_admin,
			     "GET /api/v1/admin/orgs/acme/audit?limit=500&"
			     "until=2026-01-02T00:00:00Z",
			     NULL, &page),
		200);
	count = json_array_size(json_at(page, "/items"));
	cr_expect(count >= 4 && count <= 6, "%zu of 1 MB each", count);
	cr_expect_eq(walk(path), 20, "all come, page after page");
	stop();
}

Test(reads, slow_searches_leave_threads_for_others, .timeout = 90)
{
	enum { SEARCHES = 4, MOST = 2 };
	struct exchange searches[SEARCHES] = {0};
	char headers[256];
	PGconn *db;
	int refused = 0;

	start();
	db = PQconnectdb(stack.database);
	PQclear(PQexec(db, "BEGIN; LOCK TABLE audit.record"));
	(void)snprintf(
		headers, sizeof(headers), "Authorization: Bearer %s\r\n", acme_admin);
	for (int i = 0; i < SEARCHES; i++)
		request_write(&searches[i].request,
			"GET /api/v1/admin/orgs/acme/audit?text=x", headers, "", 0);
	exchange_run_all(searches, SEARCHES, stack.addresses[CONFIG_STORE], SEARCHES);
	for (int i = 0; i < SEARCHES; i++) {
		cr_expect_eq(searches[i].status, 503, "all are cut off");
		refused += strstr(searches[i].body, "as many searches") != NULL;
		exchange_done(&searches[i]);
	}
	cr_expect_eq(refused, SEARCHES - MOST);
	PQfinish(db);
	cr_expect_eq(
		ask(acme_admin, "GET /api/v1/admin/orgs/acme/audit?text=x", NULL, NULL),
		200);
	stop();
}

static char printed[1 << 20];

#define CLI(...)                                                             \
	stack_cli(&stack, (const char *const[]){__VA_ARGS__, NULL}, printed, \
		sizeof(printed))

static void expect_printed(const char *words)
{
	cr_expect_not_null(strstr(printed, words), "no '%s' in: %s", words, printed);
}

Test(reads, the_command_line_asks_the_same, .timeout = 90)
{
	start();
	give_identifiers();
	rows_add_records(&stack, "acme", "sre", 1000);
	cr_assert_eq(report(RUN_A, "acme", NULL), 201);
	cr_assert_eq(report(RUN_C, "rival", NULL), 201);

	cr_expect_eq(CLI("route", "lookup", "github_repo=Acme/Shop", "no_type=x",
			     "slack_channel_id=C0RIVAL", "--explain"),
		0);
	expect_printed("rival/sre, by slack_channel_id C0RIVAL");
	expect_printed("no type of identifier: no_type");
	expect_printed("shadowed");
	cr_expect_eq(CLI("route", "lookup", "github_repo"), 2);

	cr_expect_eq(CLI("runs", "list", "--org", "acme", "--agent", "planner"), 0);
	expect_printed("what happened?");
	cr_expect_eq(CLI("runs", "export", "acme", "--state", "running"), 0);
	expect_printed("run_id,event_id,org_id");
	expect_printed(RUN_A);
	cr_expect_null(strstr(printed, RUN_C), "another organisation's run");

	cr_expect_eq(CLI("feedback", "give", RUN_A, "positive", "--user", "ann"), 0);
	cr_expect_eq(CLI("feedback", "give", RUN_A, "great"), 1);
	expect_printed("400 invalid_feedback");
	cr_expect_eq(CLI("feedback", "stats", "acme"), 0);
	expect_printed("100 %");

	cr_expect_eq(CLI("audit", "search", "acme", "--text", "reason 77", "--limit",
			     "5", "--area", "run"),
		0);
	expect_printed("reason 77");
	cr_expect_eq(CLI("audit", "export", "acme", "--format", "ndjson", "--until",
			     "2026-01-01T00:00:02Z"),
		0);
	expect_printed("\"reason 1\"");
	cr_expect_eq(CLI("audit", "export", "acme", "--format", "xml"), 1);
	expect_printed("invalid_format");
	cr_expect_eq(CLI("audit", "export", "nobody"), 0, "an empty trail is none");
	stop();
}
