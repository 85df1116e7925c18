// SPDX-License-Identifier: Apache-2.0
// Story: an organisation decrees, its units add to it, and no team gets around it, by
// whatever call it writes and whoever writes.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/store_only.h"

#define NODES "/api/v1/admin/orgs/acme/nodes"

static const char *const secret_settings[] = {
	"TOCSIN_SECRETS_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", NULL};
static const struct stack_options options = {.settings = secret_settings};
static struct stack stack;
static struct bus *bus;

/* The status, and the first error's path, rule, policy's node and own node. */
static int write_node(
	char said[256], const char *method, const char *node, const char *body)
{
	json_t *answer AUTO(json_decref) = NULL;
	char line[256];
	int status;

	(void)snprintf(line, sizeof(line), "%s " NODES "/%s/config", method, node);
	status = stack_call(&stack, ADMIN_TOKEN, line, body, &answer);
	(void)snprintf(said, 256, "%s %s %s %s",
		json_string_or(answer, "/errors/0/path", "-"),
		json_string_or(answer, "/errors/0/policy/rule", "-"),
		json_string_or(answer, "/errors/0/policy/node", "-"),
		json_string_or(answer, "/errors/0/node", "-"));
	return status;
}

static void expect(const char *method, const char *node, const char *body, int status,
	const char *wanted)
{
	char said[256];

	cr_expect_eq(write_node(said, method, node, body), status, "%s %s: %s", node,
		body, said);
	cr_expect_str_eq(said, wanted, "%s %s", node, body);
}

#define GOOD "- - - -"

/* acme, platform under it, shop under that; sre stands under acme. */
static void start(void)
{
	store_only_start(&stack, &bus, &options);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, "POST " NODES,
			     "{\"node_id\":\"platform\",\"node_type\":\"unit\"}", NULL),
		201);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, "POST " NODES,
			     "{\"node_id\":\"shop\",\"node_type\":\"team\","
			     "\"parent_id\":\"platform\"}",
			     NULL),
		201);
}

Test(policy, a_lock_holds_below_for_every_way_of_writing)
{
	start();
	expect("PATCH", "acme",
		"{\"policy\":{\"locked\":[\"/runtime\",\"/feature_flags/beta\"]}}", 200,
		GOOD);
	expect("PATCH", "sre", "{\"runtime\":{\"max_turns\":7}}", 403,
		"/runtime/max_turns locked acme -");
	expect("PUT", "sre", "{\"config\":{\"runtime\":{\"max_turns\":7}}}", 403,
		"/runtime/max_turns locked acme -");
	expect("PUT", "sre", "{\"patch\":{\"runtime\":{\"new\":1}}}", 403,
		"/runtime/new locked acme -");
	expect("PATCH", "platform", "{\"feature_flags\":{\"beta\":true}}", 403,
		"/feature_flags/beta locked acme -");
	/* Wrong in itself as well: that is no matter of rights. */
	expect("PATCH", "sre", "{\"runtime\":{\"max_turns\":\"x\"}}", 422,
		"/runtime/max_turns - - -");
	/* Not locked, and the same value again. */
	expect("PATCH", "sre",
		"{\"feature_flags\":{\"alpha\":true},\"runtime\":{\"max_turns\":20}}",
		200, GOOD);
	/* A lower policy that says less takes nothing away. */
	expect("PATCH", "platform", "{\"policy\":{\"locked\":[]}}", 200, GOOD);
	expect("PATCH", "shop", "{\"runtime\":{\"max_turns\":7}}", 403,
		"/runtime/max_turns locked acme -");
	/* Who has locked it changes it, and it changes for all. */
	expect("PATCH", "sre", "{\"runtime\":null}", 200, GOOD);
	expect("PATCH", "acme", "{\"runtime\":{\"max_turns\":9}}", 200, GOOD);
	store_only_stop(&stack, bus);
}

Test(policy, a_policy_that_nodes_below_break_is_refused_and_names_them)
{
	start();
	expect("PATCH", "shop", "{\"runtime\":{\"max_turns\":50}}", 200, GOOD);
	expect("PATCH", "acme", "{\"policy\":{\"locked\":[\"/runtime/max_turns\"]}}",
		422, "/runtime/max_turns locked acme shop");
	expect("PATCH", "platform",
		"{\"policy\":{\"max_values\":{\"/runtime/max_turns\":30}}}", 422,
		"/runtime/max_turns max_values platform shop");
	expect("PATCH", "acme", "{\"policy\":{\"required\":[\"/owner\"]}}", 422,
		"/owner required acme sre");
	expect("PATCH", "acme",
		"{\"policy\":{\"allowed_values\":{\"/runtime/max_turns\":[10,50]}}}",
		422, "/runtime/max_turns allowed_values acme platform");
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.node_config WHERE"
			     " config::text LIKE '%%policy%%'"),
		0);
	store_only_stop(&stack, bus);
}

Test(policy, bounds_and_choices_hold)
{
	start();
	expect("PATCH", "acme",
		"{\"policy\":{\"max_values\":{\"/runtime/max_turns\":30},"
		"\"allowed_values\":{\"/runtime/pool\":[\"shared\"]}}}",
		200, GOOD);
	expect("PATCH", "shop", "{\"runtime\":{\"max_turns\":31}}", 422,
		"/runtime/max_turns max_values acme -");
	expect("PATCH", "shop", "{\"runtime\":{\"pool\":\"dedicated\"}}", 422,
		"/runtime/pool allowed_values acme -");
	expect("PATCH", "shop", "{\"runtime\":{\"max_turns\":30,\"pool\":\"shared\"}}",
		200, GOOD);
	/* It does not bind who has set it. */
	expect("PATCH", "acme", "{\"policy\":{\"max_values\":{\"/x\":1}},\"x\":1}", 200,
		GOOD);
	store_only_stop(&stack, bus);
}

Test(policy, what_is_required_comes_with_the_first_change_of_a_new_team)
{
	start();
	expect("PATCH", "acme",
		"{\"owner\":\"all\",\"policy\":{\"required\":[\"/owner\"]}}", 200,
		GOOD);
	expect("PATCH", "acme", "{\"owner\":null}", 422, "/owner required acme sre");
	expect("PATCH", "acme", "{\"owner\":\"\"}", 422, "/owner required acme sre");
	expect("PATCH", "sre", "{\"owner\":\"sre\"}", 200, GOOD);
	expect("PATCH", "shop", "{\"owner\":\"shop\"}", 200, GOOD);
	expect("PATCH", "acme", "{\"owner\":null}", 200, GOOD);
	/* A new team has nothing yet, and does not stand in the others' way. */
	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN,
			     "POST /api/v1/admin/orgs/acme/teams/fresh", "", NULL),
		201);
	expect("PATCH", "acme", "{\"anything\":1}", 200, GOOD);
	expect("PATCH", "fresh", "{\"runtime\":{\"max_turns\":5}}", 422,
		"/owner required acme -");
	expect("PATCH", "fresh", "{\"runtime\":{\"max_turns\":5},\"owner\":\"f\"}", 200,
		GOOD);
	expect("PATCH", "fresh", "{\"owner\":null}", 422, "/owner required acme -");
	store_only_stop(&stack, bus);
}

/* Placeholders cannot be told apart, so what is compared is not enough. */
Test(policy, a_locked_secret_cannot_be_set_below)
{
	start();
	expect("PATCH", "acme",
		"{\"integrations\":{\"slack\":{\"bot_token\":\"xoxb-1\"}},"
		"\"policy\":{\"locked\":[\"/integrations/slack\"]}}",
		200, GOOD);
	expect("PATCH", "sre",
		"{\"integrations\":{\"slack\":{\"bot_token\":\"xoxb-2\"}}}", 403,
		"/integrations/slack locked acme -");
	expect("PATCH", "sre",
		"{\"integrations\":{\"other\":{\"bot_token\":\"xoxb-2\"}}}", 200, GOOD);
	store_only_stop(&stack, bus);
}

static const char *from_of(const json_t *answer, const char *path)
{
	const json_t *value;
	size_t i;

	json_array_foreach(json_object_get(answer, "values"), i, value)
	{
		if (strcmp(json_string_or(value, "/path", ""), path) == 0)
			return json_string_or(value, "/from", "");
	}
	return "nowhere";
}

Test(policy, explain_says_where_from_and_locked_by_whom)
{
	json_t *token AUTO(json_decref) = NULL, *mine AUTO(json_decref) = NULL;
	json_t *answer AUTO(json_decref) = NULL, *part AUTO(json_decref) = NULL;
	char *printed AUTO(free) = NULL;

	start();
	expect("PATCH", "acme",
		"{\"integrations\":{\"slack\":{\"bot_token\":\"xoxb-1\"}},\"a\":{\"x\":"
		"1},"
		"\"policy\":{\"locked\":[\"/a/x\"],\"required\":[\"/a/x\"]}}",
		200, GOOD);
	expect("PATCH", "platform", "{\"a\":{\"y\":[1]}}", 200, GOOD);
	expect("PATCH", "shop", "{\"a\":{\"z\":{}}}", 200, GOOD);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN,
			     "GET " NODES "/shop/config/explain", "", &answer),
		200);
	cr_expect_str_eq(from_of(answer, "/a/x"), "acme");
	cr_expect_str_eq(from_of(answer, "/a/y"), "platform");
	cr_expect_str_eq(from_of(answer, "/a/z"), "shop");
	cr_expect_str_eq(from_of(answer, "/runtime/max_turns"), "defaults");
	cr_expect_str_eq(from_of(answer, "/integrations/slack/bot_token"), "acme");
	cr_expect_str_eq(json_string_or(answer, "/lineage/1", ""), "platform");
	cr_expect_str_eq(json_string_or(answer, "/policy/required/0/path", ""), "/a/x");
	printed = json_print(answer);
	cr_expect_not(strstr(printed, "xoxb"));
	cr_assert_eq(
		stack_call(&stack, ADMIN_TOKEN,
			"GET " NODES "/shop/config/explain?path=%2Fa%2Fx", "", &part),
		200);
	cr_expect_eq(json_array_size(json_object_get(part, "values")), 1);
	cr_expect_str_eq(json_string_or(part, "/values/0/locked_by/node", ""), "acme");
	cr_assert_eq(
		stack_call(&stack, ADMIN_TOKEN,
			"POST /api/v1/admin/orgs/acme/teams/shop/tokens", "", &token),
		201);
	cr_assert_eq(stack_call(&stack, json_string_or(token, "/token", ""),
			     "GET /api/v1/config/me/explain", "", &mine),
		200);
	cr_expect(json_equal(mine, answer));
	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN,
			     "GET " NODES "/shop/config/explain?path=a", "", NULL),
		400);
	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN,
			     "GET " NODES "/gone/config/explain", "", NULL),
		404);
	store_only_stop(&stack, bus);
}
