// SPDX-License-Identifier: Apache-2.0
// Story: two organisations use one Tocsin, and neither ever sees anything of the other.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/support/seen.h"
#include "tests/support/stack.h"

enum { RUN_MS = 20000, TOKEN_SIZE = 128 };

#define SECRET_WORDS "the acme launch is on friday"

static struct stack stack;

/* Makes a token with a POST to `line`; it is written to `token`. */
static void make_token(const char *line, char *token)
{
	json_t *answer AUTO(json_decref) = NULL;

	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, line, "{}", &answer), 201);
	(void)snprintf(token, TOKEN_SIZE, "%s", json_string_or(answer, "/token", ""));
	cr_assert_neq(*token, '\0');
}

/* An event of acme's, answered; its id and its run's. */
static void ask_acme(char *event_id, char *run_id)
{
	cr_assert_eq(stack_send_slack(&stack,
			     body_of_mention(&(struct mention){.event_id = "Ev0ACME",
				     .channel = "C0SHOP1",
				     .text = SECRET_WORDS}),
			     event_id),
		200);
	cr_assert_str_eq(stack_run_state(&stack, event_id, RUN_MS), "completed");
	(void)snprintf(run_id, 64, "%s",
		rows_of(stack.database,
			"SELECT run_id FROM config.run WHERE event_id = '%s'",
			event_id));
}

/* Whatever `token` reads at `line`, it is nothing of acme's. */
static void check_blind(
	const char *token, const char *line, const char *event_id, const char *run_id)
{
	json_t *answer AUTO(json_decref) = NULL;
	int status = stack_call(&stack, token, line, NULL, &answer);
	char *printed AUTO(free) = answer ? json_dumps(answer, 0) : strdup("");

	cr_expect(status > 0 && status < 500, "%s: %d", line, status);
	cr_expect_not(
		strstr(printed, event_id) && status < 300, "%s: %s", line, printed);
	cr_expect_not(strstr(printed, run_id) && status < 300, "%s: %s", line, printed);
	cr_expect_not(strstr(printed, SECRET_WORDS), "%s: %s", line, printed);
	cr_expect_not(strstr(printed, "C0SHOP1"), "%s: %s", line, printed);
	cr_expect_not(strstr(printed, "acme/shop"), "%s: %s", line, printed);
}

static void check_reads(const char *token, const char *event_id, const char *run_id)
{
	static const char *const lists[] = {"/events", "/runs", "/events?org=acme",
		"/runs?org=acme", "/runs?team=shop", "/events?team=shop",
		"/runs?org=acme&team=shop", "/orgs", "/orgs/acme/nodes",
		"/orgs/acme/nodes/shop", "/orgs/acme/nodes/shop/config",
		"/orgs/acme/nodes/shop/config/effective",
		"/orgs/acme/teams/shop/tokens", "/orgs/acme/admin-tokens",
		"/orgs/rival/nodes/shop/config",
		"/orgs/rival/nodes/shop/config/effective", "/orgs/acme%2F/nodes",
		"/events?org=acme&org=rival", "/runs?org=rival&org=acme",
		"/orgs/acme/audit", "/orgs/acme/runs", "/orgs/acme/runs/export",
		"/orgs/acme/audit/export?format=ndjson", "/orgs/rival/audit",
		"/orgs/rival/runs?org=acme", "/orgs/rival/runs?team=shop",
		"/orgs/acme/feedback/stats"};
	char line[256];

	for (size_t i = 0; i < countof(lists); i++) {
		(void)snprintf(line, sizeof(line), "GET /api/v1/admin%s", lists[i]);
		check_blind(token, line, event_id, run_id);
	}
	(void)snprintf(line, sizeof(line), "GET /api/v1/admin/events/%s", event_id);
	check_blind(token, line, event_id, run_id);
	(void)snprintf(line, sizeof(line), "GET /api/v1/admin/runs/%s", run_id);
	check_blind(token, line, event_id, run_id);
	(void)snprintf(line, sizeof(line), "GET /api/v1/admin/runs?event=%s", event_id);
	check_blind(token, line, event_id, run_id);
	(void)snprintf(
		line, sizeof(line), "GET /api/v1/admin/orgs/rival/runs/%s", run_id);
	check_blind(token, line, event_id, run_id);
	(void)snprintf(line, sizeof(line), "GET /api/v1/team/agent-runs/%s", run_id);
	check_blind(token, line, event_id, run_id);
	check_blind(token, "GET /api/v1/team/agent-runs?org=acme", event_id, run_id);
	check_blind(token, "GET /api/v1/config/me/effective", event_id, run_id);
	check_blind(token, "GET /api/v1/config/me/raw", event_id, run_id);
}

/* Nor can it change anything there. */
static void check_writes(const char *token)
{
	static const char *const lines[] = {
		"PUT /api/v1/admin/orgs/acme/nodes/shop/config",
		"PATCH /api/v1/admin/orgs/acme/nodes/shop/config",
		"POST /api/v1/admin/orgs/acme/teams/shop/tokens",
		"POST /api/v1/admin/orgs/acme/teams/mine",
		"POST /api/v1/admin/orgs/acme/nodes",
		"POST /api/v1/admin/orgs/acme/admin-tokens", "POST /api/v1/admin/orgs",
		"DELETE /api/v1/admin/orgs/acme/teams/shop",
		"DELETE /api/v1/admin/orgs/acme/nodes/shop",
		"DELETE /api/v1/admin/orgs/acme",
		"POST /api/v1/internal/routing/lookup"};

	for (size_t i = 0; i < countof(lines); i++) {
		int status = stack_call(&stack, token, lines[i],
			"{\"patch\":{\"entrance_agent\":\"evil\"},\"org_id\":\"acme\","
			"\"name\":\"x\",\"node_id\":\"y\",\"parent_id\":\"acme\","
			"\"node_type\":\"team\",\"identifiers\":{"
			"\"slack_channel_id\":\"C0SHOP1\"}}",
			NULL);

		cr_expect(status == 401 || status == 403 || status == 404, "%s: %d",
			lines[i], status);
	}
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.node WHERE org_id = 'acme'"),
		2);
}

Test(tenants, nobody_reads_or_changes_what_is_another_organisations, .timeout = 110)
{
	char event_id[64], run_id[64], admin[TOKEN_SIZE], team[TOKEN_SIZE];
	const char *bad[] = {
		NULL, "", "no-token", "a.b", "00000000000000000000000000000000.secret"};

	stack_start(&stack, NULL);
	ask_acme(event_id, run_id);
	make_token("POST /api/v1/admin/orgs/rival/admin-tokens", admin);
	make_token("POST /api/v1/admin/orgs/rival/teams/lab/tokens", team);
	check_reads(admin, event_id, run_id);
	check_writes(admin);
	check_reads(team, event_id, run_id);
	check_writes(team);
	for (size_t i = 0; i < countof(bad); i++) {
		cr_expect_eq(stack_call(&stack, bad[i], "GET /api/v1/admin/events",
				     NULL, NULL),
			401, "'%s'", bad[i] ? bad[i] : "(none)");
		check_writes(bad[i]);
	}
	stack_stop(&stack);
}

Test(tenants, an_admin_sees_what_is_its_own, .timeout = 110)
{
	char event_id[64], run_id[64], admin[TOKEN_SIZE], line[128];
	json_t *answer AUTO(json_decref) = NULL;
	char *printed AUTO(free) = NULL;

	stack_start(&stack, NULL);
	ask_acme(event_id, run_id);
	make_token("POST /api/v1/admin/orgs/acme/admin-tokens", admin);
	cr_expect_eq(stack_call(&stack, admin, "GET /api/v1/admin/runs", NULL, &answer),
		200);
	printed = json_dumps(answer, 0);
	cr_expect(strstr(printed, run_id), "%s", printed);
	(void)snprintf(line, sizeof(line), "GET /api/v1/admin/events/%s", event_id);
	cr_expect_eq(stack_call(&stack, admin, line, NULL, NULL), 200);
	stack_stop(&stack);
}

Test(tenants, answers_stay_in_their_own_places, .timeout = 110)
{
	static const struct mention asked[] = {
		{"Ev0SHOP", "C0SHOP1", "1795926230.000001", NULL, "shop asks", NULL},
		{"Ev0LAB", "C0LAB1", "1795926230.000002", NULL, "lab asks", NULL},
	};
	json_t *state AUTO(json_decref) = NULL;

	stack_start(&stack, NULL);
	for (size_t i = 0; i < countof(asked); i++) {
		char event_id[64];

		cr_expect_eq(
			stack_send_slack(&stack, body_of_mention(&asked[i]), event_id),
			200);
		cr_expect_str_eq(
			stack_run_state(&stack, event_id, RUN_MS), "completed");
	}
	state = stack_standin(&stack);
	for (size_t i = 0; i < countof(asked); i++) {
		const json_t *post = NULL;
		char *text AUTO(free) = NULL;

		cr_expect_eq(seen_messages(state, asked[i].channel, NULL, &post), 1);
		text = post ? seen_text(post) : strdup("");
		cr_expect(strstr(text, asked[i].text), "%s", text);
	}
	cr_expect_str_eq(rows_of(stack.database,
				 "SELECT org_id, team_id, count(*) FROM config.run "
				 "GROUP BY 1, 2 ORDER BY 1"),
		"acme|shop|1\nrival|lab|1");
	stack_stop(&stack);
}

Test(tenants, an_identifier_of_one_team_cannot_be_taken_by_another, .timeout = 110)
{
	/* clang-format off */
	static const char *const claims[] = {
		"{\"patch\":{\"routing\":{\"slack_channel_ids\":[\"C0LAB1\",\"C0SHOP1\"]}}}",
		"{\"patch\":{\"routing\":{\"github_repos\":[\"ACME/Shop\"]}}}",
		"{\"patch\":{\"routing\":{\"slack_channel_ids\":[\" C0SHOP1 \"]}}}",
	};
	/* clang-format on */

	stack_start(&stack, NULL);
	for (size_t i = 0; i < countof(claims); i++)
		cr_expect_eq(stack_call(&stack, ADMIN_TOKEN,
				     "PUT /api/v1/admin/orgs/rival/nodes/lab/config",
				     claims[i], NULL),
			409, "%s", claims[i]);
	stack_stop(&stack);
}
