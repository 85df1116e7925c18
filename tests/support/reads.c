// SPDX-License-Identifier: Apache-2.0
// What the stories of what is read from a config store share: who asks, and a run to ask for.
#include "tests/support/reads.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>

#include "tests/support/store_only.h"

enum { WAIT_MS = 20000 };

static const struct stack_options options = {0};
struct stack reads_stack;
struct bus *reads_bus;
char reads_admin[TOKEN_TEXT_SIZE], reads_team[TOKEN_TEXT_SIZE],
	reads_rival[TOKEN_TEXT_SIZE];

int reads_ask(const char *token, const char *line, const char *body, json_t **out)
{
	return stack_call(&reads_stack, token, line, body, out);
}

int reads_super(const char *line, const char *body, json_t **out)
{
	return reads_ask(ADMIN_TOKEN, line, body, out);
}

static void keep_token(char *token, const char *line)
{
	json_t *answer AUTO(json_decref) = NULL;

	cr_assert_eq(reads_super(line, "", &answer), 201, "%s", line);
	(void)snprintf(
		token, TOKEN_TEXT_SIZE, "%s", json_string_or(answer, "/token", ""));
}

void reads_start(void)
{
	store_only_start(&reads_stack, &reads_bus, &options);
	stack_daemon_start(&reads_stack, AUDIT_SINK);
	cr_assert_eq(
		reads_super("POST /api/v1/admin/orgs", "{\"org_id\":\"rival\"}", NULL),
		201);
	cr_assert_eq(
		reads_super("POST /api/v1/admin/orgs/rival/teams/sre", "", NULL), 201);
	keep_token(reads_admin, "POST /api/v1/admin/orgs/acme/admin-tokens");
	keep_token(reads_team, "POST /api/v1/admin/orgs/acme/teams/sre/tokens");
	keep_token(reads_rival, "POST /api/v1/admin/orgs/rival/teams/sre/tokens");
}

void reads_stop(void)
{
	cr_expect_eq(
		process_stop(&reads_stack.daemons[AUDIT_SINK], SIGTERM, WAIT_MS), 0);
	store_only_stop(&reads_stack, reads_bus);
}

void reads_expect(const json_t *answer, const char *pointer, const char *value)
{
	cr_expect_str_eq(
		json_string_or(answer, pointer, "(none)"), value, "%s", pointer);
}

void reads_give_identifiers(void)
{
	cr_assert_eq(store_only_patch(&reads_stack,
			     "{\"routing\":{\"github_repos\":[\"Acme/Shop\"],"
			     "\"services\":[\"pay\"]}}"),
		200);
	cr_assert_eq(
		reads_super("PATCH /api/v1/admin/orgs/rival/nodes/sre/config",
			"{\"routing\":{\"slack_channel_ids\":[\"C0RIVAL\"]}}", NULL),
		200);
}

int reads_report(const char *run, const char *org, json_t **out)
{
	char body[512];

	(void)snprintf(body, sizeof(body),
		"{\"run_id\":\"%s\",\"org_id\":\"%s\",\"team_node_id\":\"sre\","
		"\"correlation_id\":\"ev-1\",\"agent_name\":\"planner\","
		"\"trigger_message\":\"what happened?\",\"metadata\":{\"a\":1}}",
		run, org);
	return reads_super("POST /api/v1/internal/agent-runs", body, out);
}
