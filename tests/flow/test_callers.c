// SPDX-License-Identifier: Apache-2.0
// Story: every call of the config store, tried by everybody. Both come from tables, so
// that neither a new route nor a new kind of caller can be forgotten.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "config-store/caller/scopes.h"
#include "tests/flow/cast.h"

enum { LINE_SIZE = 512, CALL_MS = 20000 };

#define NO_ID "00000000000000000000000000000000"

static struct stack stack;

/* What a team may do about a team, it may do about itself. */
static bool is_own_team(const struct route *route, const struct cast_role *role,
	const struct cast_place *place)
{
	bool named = strstr(route->path, "{team}") || strstr(route->path, "{node}");

	return role->kind != CALLER_TEAM || !named ||
		strcmp(role->team, place->team) == 0;
}

/* 0: it is let in. */
static int refusal(const struct route *route, const struct cast_role *role,
	const struct cast_place *place)
{
	unsigned needs = route->needs ? route->needs : RIGHT_ALL;
	bool owns;

	if (role->refused)
		return role->refused;
	owns = role->kind & (CALLER_SUPER_ADMIN | CALLER_SERVICE) ||
		!strstr(route->path, "{org}") || strcmp(role->org, place->org) == 0;
	if (!(route->callers & role->kind) || !owns ||
		!is_own_team(route, role, place) || needs & ~role->rights ||
		(role->read_only && strcmp(route->method, "GET") != 0))
		return 403;
	return 0;
}

/* All that a call could have changed; when tokens were used last is none of it. */
static const char *snapshot(void)
{
	return rows_of(stack.database,
		"SELECT md5(string_agg(all_rows, E'\\n' ORDER BY all_rows)) FROM ("
		"SELECT n::text AS all_rows FROM config.node n UNION ALL "
		"SELECT c::text FROM config.node_config c UNION ALL "
		"SELECT i::text FROM config.identifier i UNION ALL "
		"SELECT r::text FROM config.run r UNION ALL "
		"SELECT (to_jsonb(t) - 'last_used_at')::text FROM config.token t) x");
}

static int ask(const char *token, const char *line, char **body)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	char headers[4096] = "Content-Type: application/json\r\n";
	size_t len = strlen(headers);

	if (token)
		(void)snprintf(headers + len, sizeof(headers) - len,
			"Authorization: Bearer %s\r\n", token);
	request_write(&exchange.request, line, headers, "", 0);
	(void)exchange_run(&exchange, stack.addresses[CONFIG_STORE], CALL_MS);
	if (body)
		*body = strdup(exchange.body);
	return exchange.status;
}

Test(callers, are_refused_what_is_not_theirs_and_change_nothing, .timeout = 240)
{
	const struct cast_place place = {"acme", "sre", NO_ID};
	char *before AUTO(free) = NULL;
	size_t tried = 0;

	cast_start(&stack);
	before = strdup(snapshot());
	for (size_t i = 0; i < route_count; i++)
		for (int who = 0; who < CAST_MEMBERS; who++) {
			int expected = refusal(&routes[i], &cast_roles[who], &place);
			char line[LINE_SIZE];

			if (expected == 0)
				continue;
			cr_expect_eq(ask(cast_token(who),
					     cast_line(line, &routes[i], &place), NULL),
				expected, "%s: %s is not %d", cast_roles[who].name,
				line, expected);
			tried++;
		}
	cr_expect_geq(tried, 10 * route_count);
	cr_expect_str_eq(snapshot(), before);
	cast_stop(&stack);
}

/* With ids of nothing, so that what is let in destroys nothing. */
Test(callers, are_let_in_where_they_may, .timeout = 240)
{
	cast_start(&stack);
	for (size_t i = 0; i < route_count; i++) {
		int let_in = 0;

		for (int who = 0; who < CAST_MEMBERS; who++) {
			const struct cast_role *role = &cast_roles[who];
			const struct cast_place place = {"acme",
				role->kind == CALLER_TEAM ? "sre" : "ghost", NO_ID};
			char line[LINE_SIZE];
			int status;

			if (refusal(&routes[i], role, &place) != 0)
				continue;
			status = ask(cast_token(who),
				cast_line(line, &routes[i], &place), NULL);
			cr_expect(status >= 200 && status < 500 && status != 401 &&
					status != 403,
				"%s: %s is %d", role->name, line, status);
			let_in++;
		}
		/* Three ways to be the super admin; or a team and its JWT. */
		cr_expect_geq(let_in, 2, "%s %s", routes[i].method, routes[i].path);
	}
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.node WHERE node_id IN "
			     "('acme', 'rival', 'sre', 'ops')"),
		5);
	cast_stop(&stack);
}

/* Word for word: nobody learns whether another organisation exists. */
Test(callers, cannot_tell_another_organisation_from_none, .timeout = 240)
{
	static const enum cast_member strangers[] = {CAST_RIVAL_TEAM, CAST_RIVAL_JWT,
		CAST_RIVAL_ADMIN, CAST_RIVAL_OIDC, CAST_SERVICE, CAST_NOBODY,
		CAST_WRONG_SECRET, CAST_STRANGER_OIDC};
	const struct cast_place there = {"acme", "sre", NO_ID};
	const struct cast_place nowhere = {"nowhere", "sre", NO_ID};

	cast_start(&stack);
	for (size_t i = 0; i < route_count; i++)
		for (size_t k = 0; k < countof(strangers); k++) {
			const char *token = cast_token(strangers[k]);
			char line[LINE_SIZE], *first AUTO(free) = NULL,
						     *second AUTO(free) = NULL;

			if (!strstr(routes[i].path, "{org}"))
				continue;
			cr_expect_eq(
				ask(token, cast_line(line, &routes[i], &there), &first),
				ask(token, cast_line(line, &routes[i], &nowhere),
					&second),
				"%s", line);
			cr_expect_str_eq(first, second, "%s", line);
		}
	cast_stop(&stack);
}

/* Headers that the predecessor believed. */
Test(callers, are_nobody_without_a_credential_whatever_they_say, .timeout = 240)
{
	static const char lies[] =
		"X-Internal-Service: agent\r\nX-Org-Id: acme\r\n"
		"X-Team-Node-Id: sre\r\nX-Admin-Actor: root\r\nX-Admin-Token: \r\n"
		"x_bypass_approval: 1\r\nX-Forwarded-For: 127.0.0.1\r\n"
		"Cookie: token=" ADMIN_TOKEN "\r\n";
	const struct cast_place place = {"acme", "sre", NO_ID};

	cast_start(&stack);
	for (size_t i = 0; i < route_count; i++) {
		struct exchange exchange AUTO(exchange_done) = {0};
		char line[LINE_SIZE];

		request_write(&exchange.request, cast_line(line, &routes[i], &place),
			lies, "", 0);
		(void)exchange_run(&exchange, stack.addresses[CONFIG_STORE], CALL_MS);
		cr_expect_eq(exchange.status, 401, "%s", line);
	}
	cast_stop(&stack);
}

Test(callers, are_told_who_they_are, .timeout = 240)
{
	static const struct {
		enum cast_member who;
		const char *role, *auth_kind, *org, *team;
		bool writes;
	} cases[] = {
		{CAST_TEAM, "team", "team_token", "acme", "sre", true},
		{CAST_TEAM_NARROW, "team", "team_token", "acme", "sre", false},
		{CAST_TEAM_JWT, "team", "impersonation", "acme", "sre", false},
		{CAST_ADMIN, "admin", "admin_token", "acme", NULL, true},
		{CAST_ADMIN_NARROW, "admin", "admin_token", "acme", NULL, false},
		{CAST_ADMIN_OIDC, "admin", "oidc", "acme", NULL, true},
		{CAST_SUPER, "admin", "admin_token", NULL, NULL, true},
		{CAST_SUPER_OIDC, "admin", "oidc", NULL, NULL, true},
		{CAST_SERVICE, "service", "service_token", NULL, NULL, true},
	};

	cast_start(&stack);
	for (size_t i = 0; i < countof(cases); i++) {
		const char *name = cast_roles[cases[i].who].name;
		char *text AUTO(free) = NULL;
		json_t *me AUTO(json_decref) = NULL;

		cr_assert_eq(
			ask(cast_token(cases[i].who), "GET /api/v1/auth/me", &text),
			200, "%s", name);
		me = json_loads(text, 0, NULL);
		cr_expect_str_eq(
			json_string_or(me, "/role", ""), cases[i].role, "%s", name);
		cr_expect_str_eq(json_string_or(me, "/auth_kind", ""),
			cases[i].auth_kind, "%s", name);
		cr_expect_str_eq(json_string_or(me, "/org_id", ""),
			cases[i].org ? cases[i].org : "", "%s", name);
		cr_expect_str_eq(json_string_or(me, "/team_node_id", ""),
			cases[i].team ? cases[i].team : "", "%s", name);
		cr_expect_eq(json_bool_or(me, "/can_write", !cases[i].writes),
			cases[i].writes, "%s", name);
		cr_expect_gt(
			json_array_size(json_at(me, "/permissions")), 0, "%s", name);
		cr_expect_gt(json_array_size(json_at(me, "/scopes")), 0, "%s", name);
		cr_expect(*json_string_or(me, "/subject", ""), "%s", name);
	}
	cast_stop(&stack);
}
