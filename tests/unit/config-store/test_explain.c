// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/explain.h"

#include <criterion/criterion.h>
#include <string.h>

#include "config-store/config/inherit.h"

static json_t *parse(const char *text)
{
	struct fault fault = {0};
	json_t *json;

	cr_assert(json_parse(&json, text, strlen(text), &fault), "%s: %s", text,
		fault.text);
	return json;
}

static void expect_values(
	const char *const owns[3], const char *path, const char *wanted)
{
	struct policy_level levels[3] = {{"acme"}, {"platform"}, {"sre"}};
	json_t *documents[3], *effective = NULL;
	json_t *expected AUTO(json_decref) = parse(wanted);
	json_t *got AUTO(json_decref) = NULL;
	char *printed AUTO(free) = NULL;

	for (int i = 0; i < 3; i++) {
		json_t *base = inherit_base(effective);

		json_decref(effective);
		effective = base;
		levels[i].own = documents[i] = parse(owns[i]);
		cr_assert(inherit_lay(effective, documents[i]));
	}
	got = explain_values(&(struct explain_subject){levels, 3, effective}, path);
	printed = json_print(got);
	cr_expect(json_equal(got, expected), "%s: %s\nnot %s", path, printed, wanted);
	json_decref(effective);
	for (int i = 0; i < 3; i++)
		json_decref(documents[i]);
}

Test(explain, names_who_said_it_last)
{
	static const char *const owns[] = {
		"{\"x\":{\"a\":1,\"b\":1},\"l\":[1]}",
		"{\"x\":{\"b\":2,\"c\":{}}}",
		"{\"x\":{\"b\":2},\"l\":[]}",
	};

	expect_values(owns, "/x",
		"[{\"path\":\"/x/a\",\"value\":1,\"from\":\"acme\"},"
		"{\"path\":\"/x/b\",\"value\":2,\"from\":\"sre\"},"
		"{\"path\":\"/x/c\",\"value\":{},\"from\":\"platform\"}]");
	expect_values(owns, "/l", "[{\"path\":\"/l\",\"value\":[],\"from\":\"sre\"}]");
	expect_values(owns, "/entrance_agent",
		"[{\"path\":\"/entrance_agent\",\"value\":\"runbook\",\"from\":"
		"\"defaults\"}]");
	expect_values(owns, "/gone", "[]");
	/* What is inside a leaf is explained by the leaf. */
	expect_values(
		owns, "/l/0", "[{\"path\":\"/l\",\"value\":[],\"from\":\"sre\"}]");
}

Test(explain, what_was_replaced_does_not_count)
{
	static const char *const owns[] = {
		"{\"x\":{\"a\":1}}", "{\"x\":5}", "{\"x\":{\"b\":1}}"};
	static const char *const empty[] = {
		"{\"x\":{\"a\":1}}", "{\"x\":5}", "{\"x\":{}}"};

	expect_values(owns, "/x", "[{\"path\":\"/x/b\",\"value\":1,\"from\":\"sre\"}]");
	expect_values(empty, "/x", "[{\"path\":\"/x\",\"value\":{},\"from\":\"sre\"}]");
}

Test(explain, claims_are_ones_own)
{
	static const char *const owns[] = {"{}",
		"{\"routing\":{\"services\":[\"up\"]}}",
		"{\"routing\":{\"github_repos\":[\"a/b\"]}}"};

	expect_values(owns, "/routing/services",
		"[{\"path\":\"/routing/"
		"services\",\"value\":[],\"from\":\"defaults\"}]");
	expect_values(owns, "/routing/github_repos",
		"[{\"path\":\"/routing/github_repos\",\"value\":[\"a/b\"],\"from\":"
		"\"sre\"}]");
}

Test(explain, tells_the_lock_that_holds)
{
	static const char root[] =
		"{\"policy\":{\"locked\":[\"/x/a\",\"/l/0\"]},\"x\":{\"a\":1,\"ab\":1},"
		"\"l\":[1]}";
	static const char *const owns[] = {root, "{\"policy\":{\"locked\":[\"/x\"]}}",
		"{\"policy\":{\"locked\":[\"/\"]},\"\":1}"};

	expect_values(owns, "/x",
		"[{\"path\":\"/x/a\",\"value\":1,\"from\":\"acme\",\"locked_by\":{"
		"\"node\":\"acme\",\"path\":\"/x/a\"}},"
		"{\"path\":\"/x/ab\",\"value\":1,\"from\":\"acme\",\"locked_by\":{"
		"\"node\":\"platform\",\"path\":\"/x\"}}]");
	expect_values(owns, "/l",
		"[{\"path\":\"/l\",\"value\":[1],\"from\":\"acme\",\"locked_by\":{"
		"\"node\":\"acme\",\"path\":\"/l/0\"}}]");
	/* One's own policy binds those below, not oneself, and is no value. */
	expect_values(owns, "/", "[{\"path\":\"/\",\"value\":1,\"from\":\"sre\"}]");
	expect_values(owns, "/policy", "[]");
}

Test(explain, a_secret_is_a_leaf)
{
	static const char *const owns[] = {
		"{\"integrations\":{\"slack\":{\"bot_token\":{\"$secret\":true}}}}",
		"{}", "{}"};

	expect_values(owns, "/integrations",
		"[{\"path\":\"/integrations/slack/bot_token\",\"value\":{\"$secret\":"
		"true},\"from\":\"acme\"}]");
}
