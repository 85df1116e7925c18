// SPDX-License-Identifier: Apache-2.0
// Story: every call of the config store, tried by everybody who may not make it.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/stack.h"

enum { WAIT_MS = 20000, TOKEN_TEXT_SIZE = 128 };

enum who { NOBODY, WRONG, TEAM, RIVAL, ADMIN, CALLERS };

static const struct {
	const char *line;
	int refused[CALLERS]; /* 0: allowed, not tried here */
} calls[] = {
	{"GET /api/v1/auth/me", {401, 401}},
	{"GET /api/v1/config/me/effective", {401, 401, 0, 403, 403}},
	{"GET /api/v1/config/me/raw", {401, 401, 0, 403, 403}},
	{"POST /api/v1/internal/routing/lookup", {401, 401, 403, 403, 403}},
	{"POST /api/v1/admin/orgs", {401, 401, 403, 403, 403}},
	{"GET /api/v1/admin/orgs", {401, 401, 403}},
	{"DELETE /api/v1/admin/orgs/acme", {401, 401, 403, 403, 403}},
	{"POST /api/v1/admin/orgs/acme/admin-tokens", {401, 401, 403, 403, 403}},
	{"GET /api/v1/admin/orgs/acme/admin-tokens", {401, 401, 403, 403}},
	{"DELETE /api/v1/admin/orgs/acme/admin-tokens/x", {401, 401, 403, 403}},
	{"POST /api/v1/admin/orgs/acme/nodes", {401, 401, 403, 403}},
	{"GET /api/v1/admin/orgs/acme/nodes", {401, 401, 403, 403}},
	{"GET /api/v1/admin/orgs/acme/nodes/sre", {401, 401, 403, 403}},
	{"DELETE /api/v1/admin/orgs/acme/nodes/sre", {401, 401, 403, 403}},
	{"GET /api/v1/admin/orgs/acme/nodes/sre/config", {401, 401, 403, 403}},
	{"PUT /api/v1/admin/orgs/acme/nodes/sre/config", {401, 401, 403, 403}},
	{"PATCH /api/v1/admin/orgs/acme/nodes/sre/config", {401, 401, 403, 403}},
	{"GET /api/v1/admin/orgs/acme/nodes/sre/config/effective",
		{401, 401, 403, 403}},
	{"POST /api/v1/admin/orgs/acme/teams/sre", {401, 401, 403, 403}},
	{"DELETE /api/v1/admin/orgs/acme/teams/sre", {401, 401, 403, 403}},
	{"POST /api/v1/admin/orgs/acme/teams/sre/tokens", {401, 401, 403, 403}},
	{"GET /api/v1/admin/orgs/acme/teams/sre/tokens", {401, 401, 403, 403}},
	{"DELETE /api/v1/admin/orgs/acme/teams/sre/tokens/x", {401, 401, 403, 403}},
	{"POST /api/v1/admin/orgs/acme/teams/sre/tokens/x/collect",
		{401, 401, 403, 403}},
	{"GET /api/v1/admin/events", {401, 401, 403}},
	{"GET /api/v1/admin/events/x", {401, 401, 403}},
	{"GET /api/v1/admin/runs", {401, 401, 403}},
	{"GET /api/v1/admin/runs/x", {401, 401, 403}},
	{"GET /api/v1/openapi.json", {401, 401}},
	{"POST /api/v1/admin/orgs/acme/routing/lookup", {401, 401, 403, 403}},
	{"GET /api/v1/admin/orgs/acme/audit", {401, 401, 403, 403}},
	{"GET /api/v1/admin/orgs/acme/audit/export", {401, 401, 403, 403}},
	{"GET /api/v1/admin/orgs/acme/runs", {401, 401, 403, 403}},
	{"GET /api/v1/admin/orgs/acme/runs/export", {401, 401, 403, 403}},
	{"GET /api/v1/admin/orgs/acme/runs/x", {401, 401, 403, 403}},
	{"GET /api/v1/admin/orgs/acme/feedback/stats", {401, 401, 403, 403}},
	{"GET /api/v1/team/agent-runs", {401, 401, 0, 403, 403}},
	{"GET /api/v1/team/agent-runs/x", {401, 401, 0, 403, 403}},
	{"GET /api/v1/team/agent-runs/x/trace", {401, 401, 0, 403, 403}},
	{"POST /api/v1/team/agent-runs/x/feedback", {401, 401, 0, 403, 403}},
	{"GET /api/v1/team/feedback/stats", {401, 401, 0, 403, 403}},
	{"POST /api/v1/internal/agent-runs", {401, 401, 403, 403, 403}},
	{"GET /api/v1/internal/agent-runs/list", {401, 401, 403, 403, 403}},
	{"PATCH /api/v1/internal/agent-runs/x", {401, 401, 403, 403, 403}},
	{"POST /api/v1/internal/agent-runs/x/tool-calls", {401, 401, 403, 403, 403}},
	{"GET /api/v1/internal/agent-runs/x/tool-calls", {401, 401, 403, 403, 403}},
	{"POST /api/v1/internal/feedback", {401, 401, 403, 403, 403}},
	{"GET /api/v1/internal/feedback/stats", {401, 401, 403, 403, 403}},
};

static const struct stack_options options = {0};
static struct stack stack;
static char tokens[CALLERS][TOKEN_TEXT_SIZE];

static void keep_token(enum who who, const char *line)
{
	json_t *answer AUTO(json_decref) = NULL;

	cr_assert_eq(
		stack_call(&stack, ADMIN_TOKEN, line, "", &answer), 201, "%s", line);
	(void)snprintf(tokens[who], sizeof(tokens[who]), "%s",
		json_string_or(answer, "/token", ""));
}

static void start(void)
{
	stack = (struct stack){.directory = place_of_test(), .options = &options};
	postgres_database(stack.database, sizeof(stack.database));
	stack_nats_start(&stack);
	stack_daemon_start(&stack, CONFIG_STORE);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, "POST /api/v1/admin/orgs",
			     "{\"org_id\":\"acme\"}", NULL),
		201);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, "POST /api/v1/admin/orgs",
			     "{\"org_id\":\"rival\"}", NULL),
		201);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN,
			     "POST /api/v1/admin/orgs/acme/teams/sre", "", NULL),
		201);
	keep_token(TEAM, "POST /api/v1/admin/orgs/acme/teams/sre/tokens");
	keep_token(RIVAL, "POST /api/v1/admin/orgs/rival/admin-tokens");
	keep_token(ADMIN, "POST /api/v1/admin/orgs/acme/admin-tokens");
	(void)snprintf(tokens[WRONG], sizeof(tokens[WRONG]), "%.33s%s", tokens[ADMIN],
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
}

Test(callers, are_refused_what_is_not_theirs)
{
	start();
	for (size_t i = 0; i < countof(calls); i++)
		for (int who = NOBODY; who < CALLERS; who++) {
			if (calls[i].refused[who] == 0)
				continue;
			cr_expect_eq(
				stack_call(&stack, who == NOBODY ? NULL : tokens[who],
					calls[i].line, "", NULL),
				calls[i].refused[who], "caller %d: %s", who,
				calls[i].line);
		}
	cr_expect_eq(number_of(stack.database, "SELECT count(*) FROM config.node"), 3);
	cr_expect_eq(number_of(stack.database, "SELECT count(*) FROM config.token"), 3);
	cr_expect_eq(process_stop(&stack.daemons[CONFIG_STORE], SIGTERM, WAIT_MS), 0);
	stack_nats_stop(&stack);
}
