// SPDX-License-Identifier: Apache-2.0
// Story: what runs did is reported once and ends once, with its tool calls; each team sees
// its own runs and no others.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/ids.h"
#include "common/nats/rpc.h"
#include "tests/support/reads.h"
#include "tests/support/rows.h"

enum { PATH_MAX_SIZE = 256 };

static int end(const char *run, const char *status, json_t **out)
{
	char line[PATH_MAX_SIZE], body[256];

	(void)snprintf(line, sizeof(line), "PATCH /api/v1/internal/agent-runs/%s", run);
	(void)snprintf(body, sizeof(body),
		"{\"status\":\"%s\",\"duration_seconds\":12.5,\"confidence\":0.75,"
		"\"output_summary\":\"%s it is\",\"tool_calls_count\":2}",
		status, status);
	return reads_super(line, body, out);
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
	cr_assert(RPC(reads_bus, "run.claim", "acme", "sre", &request, run_claim,
			  &reply, &fault),
		"%s", fault.text);
}

Test(run_reports, reports_of_runs_are_told_once_and_end_once, .timeout = 90)
{
	json_t *made AUTO(json_decref) = NULL, *over AUTO(json_decref) = NULL,
		     *page AUTO(json_decref) = NULL;

	reads_start();
	cr_expect_eq(reads_report(RUN_A, "acme", &made), 201);
	reads_expect(made, "/status", "running");
	reads_expect(made, "/trigger_source", "api");
	cr_expect_eq(reads_report(RUN_A, "acme", NULL), 200);
	cr_expect_eq(reads_report(RUN_A, "rival", NULL), 409, "another's run");
	cr_expect_eq(reads_report(RUN_B, "nobody", NULL), 404);
	cr_expect_eq(reads_report("not-a-uuid", "acme", NULL), 400);

	cr_expect_eq(end(RUN_A, "success", NULL), 400);
	cr_expect_eq(end(RUN_A, "running", NULL), 400);
	cr_expect_eq(end(RUN_B, "completed", NULL), 404);
	cr_expect_eq(end(RUN_A, "completed", &over), 200);
	cr_expect_eq(json_number_value(json_at(over, "/duration_seconds")), 12.5);
	cr_expect_eq(end(RUN_A, "completed", NULL), 200, "told again");
	cr_expect_eq(end(RUN_A, "failed", NULL), 409, "a final state stays");
	cr_expect_str_eq(rows_of(reads_stack.database,
				 "SELECT state, summary FROM config.run WHERE run_id = "
				 "'" RUN_A "'"),
		"completed|completed it is");

	/* A worker's run is not ended by who holds no lease, nor started again. */
	claim(RUN_B);
	cr_expect_eq(end(RUN_B, "failed", NULL), 409);
	cr_expect_eq(reads_report(RUN_B, "acme", NULL), 200);
	cr_expect_str_eq(
		rows_of(reads_stack.database,
			"SELECT state FROM config.run WHERE run_id = '" RUN_B "'"),
		"running");

	cr_expect_eq(reads_report(RUN_C, "rival", NULL), 201);
	cr_expect_eq(
		reads_super("GET /api/v1/internal/agent-runs/list?team_node_id=sre",
			NULL, NULL),
		400);
	cr_expect_eq(reads_super("GET /api/v1/internal/agent-runs/"
				 "list?org_id=acme&team_node_id=sre&limit=1",
			     NULL, &page),
		200);
	cr_expect_eq(json_integer_or(page, "/total", 0), 2, "all, not of the page");
	cr_expect_eq(json_array_size(json_at(page, "/runs")), 1);
	cr_expect(json_bool_or(page, "/has_more", false));
	reads_stop();
}

static int post_calls(const char *run, const char *calls, json_t **out)
{
	char line[PATH_MAX_SIZE], body[1024];

	(void)snprintf(line, sizeof(line),
		"POST /api/v1/internal/agent-runs/%s/tool-calls", run);
	(void)snprintf(body, sizeof(body), "{\"tool_calls\":%s}", calls);
	return reads_super(line, body, out);
}

Test(run_reports, tool_calls_are_there_once_and_whole, .timeout = 90)
{
	static const char two[] =
		"[{\"id\":\"c1\",\"tool_name\":\"get_pods\",\"agent_name\":\"k8s\","
		"\"parent_agent\":\"planner\",\"tool_input\":{\"ns\":\"x\"},"
		"\"sequence_number\":2},{\"id\":\"c2\",\"tool_name\":\"get_logs\","
		"\"sequence_number\":1,\"status\":\"error\"}]";
	json_t *first AUTO(json_decref) = NULL, *again AUTO(json_decref) = NULL,
		      *trace AUTO(json_decref) = NULL;

	reads_start();
	cr_assert_eq(reads_report(RUN_A, "acme", NULL), 201);
	cr_expect_eq(post_calls(RUN_A, two, &first), 201);
	cr_expect_eq(json_integer_or(first, "/total", 0), 2);
	reads_expect(first, "/tool_calls/0/id", "c2");
	reads_expect(first, "/tool_calls/1/agent_name", "k8s");
	reads_expect(first, "/tool_calls/1/parent_agent", "planner");
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
	rows_add_tool_call(&reads_stack, RUN_B, "call-1");
	cr_expect_eq(
		reads_ask(reads_team, "GET /api/v1/team/agent-runs/" RUN_B "/trace",
			NULL, &trace),
		200);
	cr_expect_eq(json_integer_or(trace, "/total", 0), 1);
	reads_expect(trace, "/toolCalls/0/toolName", "get_logs");
	reads_expect(trace, "/toolCalls/0/toolInput/q", "x");
	reads_expect(trace, "/toolCalls/0/toolOutput", "three lines");
	reads_expect(trace, "/toolCalls/0/status", "success");
	reads_stop();
}

/* Puts calls n0, n1, … there by hand. */
static void fill_calls(const char *run, int count)
{
	cr_assert_eq(number_of(reads_stack.database,
			     "WITH added AS (INSERT INTO config.run_tool_call (run_id, "
			     "call_id, tool_name, status, sequence_number) SELECT "
			     "'%s', 'n' || n, 't', 'success', n FROM "
			     "generate_series(0, %d) n RETURNING 1) SELECT count(*) "
			     "FROM added",
			     run, count - 1),
		count);
}

Test(run_reports, tool_calls_of_a_run_are_so_many_and_no_more, .timeout = 90)
{
	static const char last[] = "[{\"id\":\"z\",\"tool_name\":\"t\"},"
				   "{\"id\":\"n7\",\"tool_name\":\"t\"}]";
	json_t *answer AUTO(json_decref) = NULL, *all AUTO(json_decref) = NULL,
		       *trace AUTO(json_decref) = NULL;

	reads_start();
	cr_assert_eq(reads_report(RUN_A, "acme", NULL), 201);
	fill_calls(RUN_A, 4999);
	cr_expect_eq(post_calls(RUN_A, last, &answer), 201);
	cr_expect_eq(json_array_size(json_at(answer, "/tool_calls")), 2);
	cr_expect_eq(json_integer_or(answer, "/total", 0), 5000);
	cr_expect_eq(post_calls(RUN_A, last, NULL), 200, "told again");
	cr_expect_eq(
		post_calls(RUN_A, "[{\"id\":\"y\",\"tool_name\":\"t\"}]", NULL), 409);
	rows_add_tool_call(&reads_stack, RUN_A, "call-1");
	cr_expect_eq(reads_super("GET /api/v1/internal/agent-runs/" RUN_A "/tool-calls",
			     NULL, &all),
		200);
	cr_expect_eq(json_array_size(json_at(all, "/tool_calls")), 5000);
	cr_expect_eq(json_integer_or(all, "/total", 0), 5001);
	cr_expect_eq(
		reads_ask(reads_team, "GET /api/v1/team/agent-runs/" RUN_A "/trace",
			NULL, &trace),
		200);
	cr_expect_eq(json_array_size(json_at(trace, "/toolCalls")), 5000);
	reads_stop();
}

Test(run_reports, a_team_sees_its_own_runs_and_no_others, .timeout = 90)
{
	static const char *const lines[] = {"GET /api/v1/team/agent-runs/" RUN_A,
		"GET /api/v1/team/agent-runs/" RUN_A "/trace",
		"POST /api/v1/team/agent-runs/" RUN_A "/feedback"};
	json_t *own AUTO(json_decref) = NULL, *theirs AUTO(json_decref) = NULL,
		    *admins AUTO(json_decref) = NULL;

	reads_start();
	cr_assert_eq(reads_report(RUN_A, "acme", NULL), 201);
	cr_assert_eq(reads_report(RUN_C, "rival", NULL), 201);
	for (size_t i = 0; i < countof(lines); i++) {
		int good = reads_ask(
			reads_team, lines[i], "{\"feedback\":\"positive\"}", NULL);

		cr_expect(good == 200 || good == 201, "%s: %d", lines[i], good);
		cr_expect_eq(reads_ask(reads_rival, lines[i],
				     "{\"feedback\":\"negative\"}", NULL),
			404, "%s", lines[i]);
	}
	cr_expect_eq(
		reads_ask(reads_team, "GET /api/v1/team/agent-runs?team=x", NULL, NULL),
		400);
	cr_expect_eq(
		reads_ask(reads_team, "GET /api/v1/team/agent-runs", NULL, &own), 200);
	cr_expect_eq(json_array_size(json_at(own, "/items")), 1);
	reads_expect(own, "/items/0/id", RUN_A);
	reads_expect(own, "/items/0/agentName", "planner");
	cr_expect_eq(reads_ask(reads_team, "GET /api/v1/team/agent-runs?org=rival",
			     NULL, NULL),
		400);
	cr_expect_eq(
		reads_ask(reads_rival, "GET /api/v1/team/agent-runs", NULL, &theirs),
		200);
	reads_expect(theirs, "/items/0/id", RUN_C);
	cr_expect_eq(
		reads_ask(reads_admin, "GET /api/v1/admin/orgs/acme/runs?agent=planner",
			NULL, &admins),
		200);
	cr_expect_eq(json_array_size(json_at(admins, "/items")), 1);
	cr_expect_eq(reads_ask(reads_admin, "GET /api/v1/admin/orgs/acme/runs/" RUN_C,
			     NULL, NULL),
		404);
	cr_expect_eq(
		reads_ask(reads_admin, "GET /api/v1/admin/orgs/rival/runs", NULL, NULL),
		403);
	reads_stop();
}
