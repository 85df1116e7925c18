// SPDX-License-Identifier: Apache-2.0
// Story: two organisations have marked everything they own, and every answer to every
// GET of either is searched for the other's marks.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "tests/flow/cast.h"

enum { LINE_SIZE = 512, CALL_MS = 20000, WAIT_MS = 30000, BODY_SIZE = 2048 };

/* Whose data is marked with which word. */
static const char *const orgs[] = {"acme", "rival"};
static const char *const marks[] = {"zebrafish", "quicksilver"};
static const char *const runs[] = {
	"0198aaaa-aaaa-7aaa-8aaa-aaaaaaaaaaaa", "0198bbbb-bbbb-7bbb-8bbb-bbbbbbbbbbbb"};
static const char *const events[] = {
	"0198aaaa-eeee-7aaa-8aaa-aaaaaaaaaaaa", "0198bbbb-eeee-7bbb-8bbb-bbbbbbbbbbbb"};

static struct stack stack;
static char token_ids[2][64];

static const struct {
	enum cast_member who;
	int org; /* which of the two it is of */
} callers[] = {
	{CAST_TEAM, 0},
	{CAST_TEAM_JWT, 0},
	{CAST_OTHER_TEAM, 0},
	{CAST_ADMIN, 0},
	{CAST_ADMIN_OIDC, 0},
	{CAST_RIVAL_TEAM, 1},
	{CAST_RIVAL_JWT, 1},
	{CAST_RIVAL_ADMIN, 1},
	{CAST_RIVAL_OIDC, 1},
	/* Of neither: nothing at all. */
	{CAST_NOBODY, 2},
	{CAST_REVOKED, 2},
	{CAST_STRANGER_OIDC, 2},
};

static void must(const char *line, const char *body, json_t **answer)
{
	int status = stack_call(&stack, ADMIN_TOKEN, line, body, answer);

	cr_assert(status == 200 || status == 201, "%s: %d", line, status);
}

static void plant_config(int org, const char *node)
{
	char line[LINE_SIZE], body[BODY_SIZE];

	(void)snprintf(line, sizeof(line),
		"PATCH /api/v1/admin/orgs/%s/nodes/%s/config", orgs[org], node);
	(void)snprintf(body, sizeof(body),
		"{\"%s\":{\"note\":\"%s of %s\"},\"entrance_agent\":\"%s\",\"agents\":{"
		"\"%s\":{\"kind\":\"runbook\",\"enabled\":true,\"timeout_seconds\":60,"
		"\"steps\":[],\"answer\":\"%s\"}}}",
		marks[org], marks[org], node, marks[org], marks[org], marks[org]);
	must(line, body, NULL);
}

/* Names, labels, configurations with their history, identifiers, tokens. */
static void plant(int org)
{
	json_t *answer AUTO(json_decref) = NULL;
	char line[LINE_SIZE], body[BODY_SIZE];

	(void)snprintf(
		line, sizeof(line), "POST /api/v1/admin/orgs/%s/nodes", orgs[org]);
	(void)snprintf(body, sizeof(body),
		"{\"node_id\":\"unit-%s\",\"parent_id\":\"%s\",\"node_type\":\"unit\","
		"\"name\":\"%s\"}",
		marks[org], orgs[org], marks[org]);
	must(line, body, NULL);
	plant_config(org, orgs[org]);
	plant_config(org, "sre");
	(void)snprintf(line, sizeof(line),
		"PATCH /api/v1/admin/orgs/%s/nodes/sre/config", orgs[org]);
	(void)snprintf(body, sizeof(body),
		"{\"routing\":{\"services\":[\"%s\"],\"github_repos\":[\"%s/%s\"]}}",
		marks[org], marks[org], marks[org]);
	must(line, body, NULL);
	(void)snprintf(line, sizeof(line),
		"POST /api/v1/admin/orgs/%s/teams/sre/tokens", orgs[org]);
	(void)snprintf(body, sizeof(body), "{\"label\":\"%s\"}", marks[org]);
	must(line, body, &answer);
	(void)snprintf(token_ids[org], sizeof(token_ids[org]), "%s",
		json_string_or(answer, "/token_id", ""));
}

/* What workers and daemons would have written. */
static void plant_rows(int org)
{
	const char *mark = marks[org];

	(void)rows_of(stack.database,
		"INSERT INTO config.run (run_id, event_id, org_id, team_id, agent, "
		"source, text, actor, state, worker, summary, finished_at) VALUES "
		"('%s',"
		" '%s', '%s', 'sre', '%s', 'api', '%s', '%s', 'completed', '%s', '%s',"
		" now()) RETURNING 1",
		runs[org], events[org], orgs[org], mark, mark, mark, mark, mark);
	(void)rows_of(stack.database,
		"INSERT INTO audit.record SELECT 'PLANTED', 1, %d + n, now(), "
		"'planted-%d-' || n, now(), 'event', (ARRAY['event.received',"
		" 'event.routed', 'run.claimed'])[n], '%s', 'sre', '%s', '%s', '%s',"
		" '%s', '{\"mark\":\"%s\"}', '', 'api', '%s', '%s-' || n"
		" FROM generate_series(1, 3) n RETURNING 1",
		org * 10, org, orgs[org], events[org], runs[org], mark, mark, mark,
		mark, mark);
}

static bool has_marks(const char *text, int org)
{
	return strstr(text, marks[org]) || strstr(text, runs[org]) ||
		strstr(text, events[org]) || strstr(text, token_ids[org]);
}

/* An answer may repeat what it was asked for; with a refusal that tells nothing. */
static char *ask(const char *token, const char *line, int *status)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	char headers[4096] = "";

	if (token)
		(void)snprintf(headers, sizeof(headers), "Authorization: Bearer %s\r\n",
			token);
	request_write(&exchange.request, line, headers, "", 0);
	(void)exchange_run(&exchange, stack.addresses[CONFIG_STORE], CALL_MS);
	*status = exchange.status;
	return strdup(exchange.body);
}

/* How many answers had the caller's own marks. */
static int check_line(size_t caller, const char *line)
{
	int own = callers[caller].org, status;
	char *body AUTO(free) = ask(cast_token(callers[caller].who), line, &status);

	cr_expect(status > 0 && status < 500, "%s: %d", line, status);
	if (status >= 300)
		return 0;
	for (int org = 0; org < 2; org++)
		cr_expect(org == own || !has_marks(body, org), "%s sees with %s: %s",
			cast_roles[callers[caller].who].name, line, body);
	return own < 2 && has_marks(body, own);
}

static int check_route(size_t caller, const struct route *route, int asked)
{
	static const char *const queries[] = {"", "?org=", "?org_id=", "?team=sre&org=",
		"?org=rival&org=", "?limit=500&q="};
	const char *const ids[] = {
		runs[asked], events[asked], token_ids[asked], "0198"};
	const char *const teams[] = {"sre", "ops", orgs[asked]};
	char line[LINE_SIZE];
	int own = 0;

	for (size_t i = 0; i < countof(ids); i++)
		for (size_t k = 0; k < countof(teams); k++) {
			const struct cast_place place = {orgs[asked], teams[k], ids[i]};

			own += check_line(caller, cast_line(line, route, &place));
		}
	for (size_t i = 1; i < countof(queries); i++) {
		const struct cast_place place = {orgs[asked], "sre", ids[0]};
		size_t len = strlen(cast_line(line, route, &place));

		(void)snprintf(line + len, sizeof(line) - len, "%s%s", queries[i],
			orgs[asked]);
		own += check_line(caller, line);
	}
	return own;
}

Test(tenant_reads, never_show_anything_of_another_organisation, .timeout = 280)
{
	cast_start(&stack);
	for (int org = 0; org < 2; org++) {
		plant(org);
		plant_rows(org);
	}
	for (size_t caller = 0; caller < countof(callers); caller++) {
		int own = 0;

		for (size_t i = 0; i < route_count; i++)
			for (int asked = 0; asked < 2; asked++)
				if (strcmp(routes[i].method, "GET") == 0)
					own += check_route(caller, &routes[i], asked);
		/* Or the search would find nothing because there is nothing. */
		cr_expect_eq(own > 0, callers[caller].org < 2, "%s",
			cast_roles[callers[caller].who].name);
	}
	cast_stop(&stack);
}
