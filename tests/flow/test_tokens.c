// SPDX-License-Identifier: Apache-2.0
// Story: tokens are made, used, narrowed, extended and ended.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/flow/cast.h"

enum { WAIT_MS = 30000, LINE_SIZE = 256 };

#define ACME "/api/v1/admin/orgs/acme"

static struct stack stack;

static int call_as(enum cast_member who, const char *line, const char *body)
{
	return stack_call(&stack, cast_token(who), line, body, NULL);
}

static struct cast_made issue_for_team(const char *body)
{
	return cast_issue(&stack, "POST " ACME "/teams/sre/tokens", body);
}

static json_t *show(const char *id)
{
	json_t *answer = NULL;
	char line[LINE_SIZE];

	(void)snprintf(line, sizeof(line), "GET " ACME "/tokens/%s", id);
	cr_assert_eq(
		stack_call(&stack, cast_token(CAST_ADMIN), line, "", &answer), 200);
	return answer;
}

static int extend(enum cast_member who, const char *id, const char *body)
{
	char line[LINE_SIZE];

	(void)snprintf(line, sizeof(line), "POST " ACME "/tokens/%s/extend", id);
	return call_as(who, line, body);
}

static int bulk_revoke(const char *first, const char *second)
{
	char body[LINE_SIZE];

	(void)snprintf(
		body, sizeof(body), "{\"token_ids\":[\"%s\",\"%s\"]}", first, second);
	return call_as(CAST_ADMIN, "POST " ACME "/tokens/bulk-revoke", body);
}

Test(tokens, are_shown_extended_and_ended, .timeout = 200)
{
	struct cast_made made, other;
	json_t *shown AUTO(json_decref) = NULL, *later AUTO(json_decref) = NULL;
	char line[LINE_SIZE];

	cast_start(&stack);
	made = issue_for_team("{\"label\":\"ci\",\"scopes\":[\"runs:read\","
			      "\"config:read\"],\"days\":10}");
	shown = show(made.id);
	cr_expect_str_eq(json_string_or(shown, "/label", ""), "ci");
	cr_expect_str_eq(json_string_or(shown, "/status", ""), "active");
	cr_expect_str_eq(json_string_or(shown, "/team_node_id", ""), "sre");
	cr_expect_str_eq(json_string_or(shown, "/scopes/0", ""), "config:read");
	cr_expect_str_eq(json_string_or(shown, "/scopes/1", ""), "runs:read");
	cr_expect_null(json_at(shown, "/token"));
	cr_expect_null(json_at(shown, "/hash"));
	cr_expect_eq(extend(CAST_ADMIN, made.id, "{\"days\":5}"), 200);
	later = show(made.id);
	cr_expect_gt(strcmp(json_string_or(later, "/expires_at", ""),
			     json_string_or(shown, "/expires_at", "z")),
		0);
	cr_expect_eq(number_of(stack.database,
			     "SELECT round(extract(epoch FROM expires_at - now()) / "
			     "86400) FROM config.token WHERE token_id = '%s'",
			     made.id),
		15);
	(void)snprintf(
		line, sizeof(line), "DELETE " ACME "/teams/sre/tokens/%s", made.id);
	cr_expect_eq(call_as(CAST_ADMIN, line, ""), 204);
	cr_expect_eq(cast_me(&stack, made.token), 401);
	cr_expect_eq(extend(CAST_ADMIN, made.id, ""), 409);
	other = issue_for_team("");
	(void)snprintf(
		line, sizeof(line), "DELETE " ACME "/teams/ops/tokens/%s", other.id);
	cr_expect_eq(call_as(CAST_ADMIN, line, ""), 404, "of another team");
	cr_expect_eq(cast_me(&stack, other.token), 200);
	cast_stop(&stack);
}

Test(tokens, are_revoked_together_or_not_at_all, .timeout = 200)
{
	struct cast_made first, second, admin, rival;

	cast_start(&stack);
	first = issue_for_team("");
	second = cast_issue(&stack, "POST " ACME "/teams/ops/tokens", "");
	admin = cast_issue(&stack, "POST " ACME "/admin-tokens", "");
	rival = cast_issue(
		&stack, "POST /api/v1/admin/orgs/rival/teams/sre/tokens", "");
	cr_expect_eq(bulk_revoke(first.id, rival.id), 403);
	cr_expect_eq(bulk_revoke(first.id, "00000000000000000000000000000000"), 403);
	cr_expect_eq(bulk_revoke(first.id, "x"), 400);
	cr_expect_eq(call_as(CAST_ADMIN, "POST " ACME "/tokens/bulk-revoke",
			     "{\"token_ids\":[]}"),
		400);
	cr_expect_eq(cast_me(&stack, first.token), 200);
	cr_expect_eq(cast_me(&stack, rival.token), 200);
	cr_expect_eq(bulk_revoke(first.id, second.id), 200);
	cr_expect_eq(bulk_revoke(first.id, admin.id), 200);
	cr_expect_eq(cast_me(&stack, first.token), 401);
	cr_expect_eq(cast_me(&stack, second.token), 401);
	cr_expect_eq(cast_me(&stack, admin.token), 401);
	cr_expect_eq(cast_me(&stack, rival.token), 200);
	cast_stop(&stack);
}

/* Nobody gives what they have not, and a limited admin does not lift its own limit. */
Test(tokens, never_have_more_than_who_made_them, .timeout = 200)
{
	static const char *const bad[] = {"{\"scopes\":[]}", "{\"scopes\":\"x\"}",
		"{\"scopes\":[\"x\"]}", "{\"scopes\":[\"tokens:write\"]}",
		"{\"scopes\":[\"admin:*\"]}", "{\"scopes\":[1]}", "{\"days\":0}",
		"{\"days\":\"1\"}", "{\"days\":99999}", "{\"expires_at\":\"soon\"}",
		"{\"expires_at\":\"2001-01-01T00:00:00Z\"}",
		"{\"expires_at\":\"2999-01-01T00:00:00Z\"}",
		"{\"days\":1,\"expires_at\":\"2999-01-01T00:00:00Z\"}", "{\"label\":1}",
		"[]", "{"};
	struct cast_made keeper;
	json_t *listed AUTO(json_decref) = NULL;
	static const char tokens[] = "POST " ACME "/teams/sre/tokens";

	cast_start(&stack);
	keeper = cast_issue(&stack, "POST " ACME "/admin-tokens",
		"{\"scopes\":[\"tokens:write\",\"tokens:read\",\"config:read\"],"
		"\"days\":1}");
	cr_expect_eq(stack_call(&stack, keeper.token, tokens, "", NULL), 403);
	cr_expect_eq(stack_call(&stack, keeper.token, tokens,
			     "{\"scopes\":[\"config:write\"]}", NULL),
		403);
	cr_expect_eq(stack_call(&stack, keeper.token, tokens,
			     "{\"scopes\":[\"config:read\"]}", NULL),
		201);
	cr_expect_eq(stack_call(&stack, keeper.token,
			     "POST " ACME "/teams/sre/impersonation-token", "", NULL),
		403, "that would read runs too");
	cr_expect_eq(extend(CAST_ADMIN, keeper.id, ""), 403);
	cr_expect_eq(extend(CAST_SUPER, keeper.id, ""), 200);
	for (size_t i = 0; i < countof(bad); i++)
		cr_expect_eq(call_as(CAST_SUPER, tokens, bad[i]), 400, "%s", bad[i]);
	cr_expect_eq(stack_call(&stack, keeper.token, "GET " ACME "/tokens?limit=2", "",
			     &listed),
		200);
	cr_expect_eq(json_array_size(json_at(listed, "/items")), 2);
	cr_expect(*json_string_or(listed, "/next", ""));
	cast_stop(&stack);
}

/* Its end as extending answers it: "none" for null. */
static void expect_end(const char *id, const char *body, const char *end)
{
	json_t *answer AUTO(json_decref) = NULL;
	char line[LINE_SIZE];

	(void)snprintf(line, sizeof(line), "POST " ACME "/tokens/%s/extend", id);
	cr_assert_eq(
		stack_call(&stack, cast_token(CAST_ADMIN), line, body, &answer), 200);
	cr_expect(json_is_null(json_at(answer, "/expires_at")) ==
		(strcmp(end, "none") == 0));
	cr_expect_str_eq(json_string_or(answer, "/expires_at", "none"), end);
}

Test(tokens, are_extended_by_who_could_make_them_and_not_revived, .timeout = 200)
{
	struct cast_made keeper, narrow, wide, over, endless;
	char line[LINE_SIZE];

	cast_start(&stack);
	keeper = cast_issue(&stack, "POST " ACME "/admin-tokens",
		"{\"scopes\":[\"tokens:write\",\"config:read\"]}");
	narrow = issue_for_team("{\"scopes\":[\"config:read\"],\"days\":1}");
	wide = issue_for_team("{\"days\":1}");
	over = issue_for_team("{\"days\":1}");
	endless = issue_for_team("");
	(void)snprintf(line, sizeof(line), "POST " ACME "/tokens/%s/extend", narrow.id);
	cr_expect_eq(stack_call(&stack, keeper.token, line, "", NULL), 200);
	(void)snprintf(line, sizeof(line), "POST " ACME "/tokens/%s/extend", wide.id);
	cr_expect_eq(stack_call(&stack, keeper.token, line, "", NULL), 403);
	(void)rows_of(stack.database,
		"UPDATE config.token SET expires_at = now() WHERE token_id = '%s' "
		"RETURNING 1",
		over.id);
	cr_expect_eq(extend(CAST_ADMIN, over.id, ""), 409);
	cr_expect_eq(extend(CAST_SUPER, over.id,
			     "{\"expires_at\":\"2030-01-01T00:00:00Z\"}"),
		409);
	cr_expect_eq(cast_me(&stack, over.token), 401);
	expect_end(endless.id, "", "none");
	expect_end(endless.id, "{\"days\":5}", "none");
	expect_end(endless.id, "{\"expires_at\":\"2030-01-01T00:00:00Z\"}",
		"2030-01-01T00:00:00.000000Z");
	cast_stop(&stack);
}

static bool is_told(const struct cast_made *made, const char *org, const char *team)
{
	return number_of(stack.database,
		       "SELECT count(*) FROM audit.record WHERE action = "
		       "'token.revoked' AND org = '%s' AND team = '%s' AND actor = "
		       "'super_admin' AND detail ->> 'token_id' = '%s'",
		       org, team, made->id) == 1;
}

Test(tokens, that_end_with_their_team_or_organisation_are_told, .timeout = 200)
{
	struct cast_made gone, kept, admin;
	static const char rival[] = "DELETE /api/v1/admin/orgs/rival";

	cast_start(&stack);
	gone = cast_issue(&stack, "POST " ACME "/teams/ops/tokens", "");
	kept = issue_for_team("");
	admin = cast_issue(&stack, "POST /api/v1/admin/orgs/rival/admin-tokens", "");
	cr_assert_eq(call_as(CAST_SUPER, "DELETE " ACME "/teams/ops", ""), 204);
	cr_expect_eq(cast_me(&stack, gone.token), 401);
	cr_expect_eq(cast_me(&stack, kept.token), 200);
	cr_expect(WAIT_UNTIL(is_told(&gone, "acme", "ops"), WAIT_MS));
	cr_assert_eq(
		call_as(CAST_SUPER, "DELETE /api/v1/admin/orgs/rival/teams/sre", ""),
		204);
	cr_assert_eq(call_as(CAST_SUPER, rival, ""), 204);
	cr_expect_eq(cast_me(&stack, admin.token), 401);
	cr_expect(WAIT_UNTIL(is_told(&admin, "rival", ""), WAIT_MS));
	cr_expect_not(is_told(&kept, "acme", "sre"));
	cast_stop(&stack);
}

static bool was_used_lately(const char *id)
{
	return number_of(stack.database,
		       "SELECT count(*) FROM config.token WHERE token_id = '%s' AND "
		       "last_used_at > now() - interval '1 minute'",
		       id) == 1;
}

/* `id` was used so long ago, as far as the table knows. */
static void used_before(const char *id, const char *interval)
{
	(void)rows_of(stack.database,
		"UPDATE config.token SET last_used_at = now() - interval '%s' WHERE "
		"token_id = '%s' RETURNING 1",
		interval, id);
}

Test(tokens, say_when_they_were_used_last, .timeout = 200)
{
	struct cast_made fresh, recent, stale;

	cast_start(&stack);
	fresh = issue_for_team("");
	recent = issue_for_team("");
	stale = issue_for_team("");
	used_before(recent.id, "4 minutes");
	used_before(stale.id, "6 minutes");
	cr_expect_not(was_used_lately(fresh.id));
	/* Whatever becomes of the call: it was used. */
	cr_expect_eq(
		stack_call(&stack, fresh.token, "GET " ACME "/nodes", "", NULL), 403);
	cr_expect_eq(cast_me(&stack, recent.token), 200);
	cr_expect_eq(cast_me(&stack, stale.token), 200);
	cr_expect(was_used_lately(fresh.id));
	cr_expect_not(was_used_lately(recent.id), "at most every five minutes");
	cr_expect(was_used_lately(stale.id));
	cast_stop(&stack);
}

/* What the command prints; its exit status must be 0. */
static void cli(char *out, size_t size, const char *const *words)
{
	struct environment environment = {0};
	char program[PATH_SIZE * 2];
	const char *arguments[16] = {program, "token"};
	size_t count = 2;

	(void)snprintf(
		program, sizeof(program), "%s/cli/tocsin", getenv("TOCSIN_BUILD_DIR"));
	for (; *words; words++)
		arguments[count++] = *words;
	environment_set(&environment, "TOCSIN_CONFIG_URL=http://%s",
		stack.addresses[CONFIG_STORE]);
	environment_set(&environment, "TOCSIN_ADMIN_TOKEN=%s", ADMIN_TOKEN);
	cr_expect_eq(process_output(&(struct process_start){.name = "cli",
					    .arguments = arguments,
					    .environment = &environment,
					    .directory = stack.directory},
			     out, size),
		0, "%s: %s", arguments[2], out);
	environment_done(&environment);
}

/* Of what it prints as JSON. */
static struct cast_made secret_of(const char *out)
{
	json_t *answer AUTO(json_decref) = json_loads(out, 0, NULL);
	struct cast_made made;

	(void)snprintf(made.token, sizeof(made.token), "%s",
		json_string_or(answer, "/token", ""));
	(void)snprintf(made.id, sizeof(made.id), "%s",
		json_string_or(answer, "/token_id", ""));
	cr_expect_eq(cast_me(&stack, made.token), 200, "%s", out);
	return made;
}

#define CLI(...) cli(out, sizeof(out), (const char *const[]){__VA_ARGS__, NULL})

Test(tokens, are_managed_from_the_command_line, .timeout = 200)
{
	struct cast_made made;
	char out[8192];

	cast_start(&stack);
	CLI("issue", "acme", "sre", "--label", "ci", "--days", "2", "--scopes",
		"runs:read", "--output", "json");
	made = secret_of(out);
	CLI("extend", "acme", made.id, "--expires", "2027-06-01T00:00:00Z");
	cr_expect(strstr(out, "2027-06-01T00:00:00"), "%s", out);
	CLI("list", "acme");
	cr_expect(strstr(out, made.id), "%s", out);
	CLI("show", "acme", made.id);
	cr_expect(strstr(out, "runs:read"), "%s", out);
	CLI("bulk-revoke", "acme", made.id);
	cr_expect_str_eq(out, "1 of 1 revoked now\n");
	cr_expect_eq(cast_me(&stack, made.token), 401);
	CLI("issue-admin", "acme", "--scopes", "audit:read,audit:export", "--output",
		"json");
	(void)secret_of(out);
	CLI("impersonate", "acme", "sre", "--ttl", "60", "--output", "json");
	(void)secret_of(out);
	CLI("whoami");
	cr_expect(strstr(out, "super_admin"), "%s", out);
	cast_stop(&stack);
}
