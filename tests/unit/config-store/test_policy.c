// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/policy.h"

#include <criterion/criterion.h>
#include <string.h>

#include "config-store/config/inherit.h"
#include "config-store/config/validate.h"

static json_t *parse(const char *text)
{
	struct fault fault = {0};
	json_t *json;

	cr_assert(json_parse(&json, text, strlen(text), &fault), "%s: %s", text,
		fault.text);
	return json;
}

/* "path:rule:node" of every problem, joined by spaces. */
static char *told(const json_t *problems)
{
	struct text text = {0};
	const json_t *problem;
	size_t i;

	json_array_foreach(problems, i, problem) text_printf(&text, "%s%s:%s:%s",
		i ? " " : "", json_string_or(problem, "/path", "?"),
		json_string_or(problem, "/policy/rule", "-"),
		json_string_or(problem, "/policy/node", "-"));
	if (text.len == 0)
		text_add(&text, "-");
	return text_take(&text);
}

/* An organisation, a unit and a team; what of the team's own is not allowed. */
static void expect_team(const char *const owns[3], const char *wanted)
{
	json_t *documents[3], *effective = NULL, *inherited = NULL;
	struct policy_level levels[3] = {{"acme"}, {"platform"}, {"sre"}};
	json_t *problems AUTO(json_decref) = json_array();
	struct policy_subject subject = {.above = levels, .count = 2};
	char *got AUTO(free) = NULL;

	for (int i = 0; i < 3; i++) {
		levels[i].own = documents[i] = parse(owns[i]);
		json_decref(inherited);
		inherited = inherit_base(effective);
		json_decref(effective);
		effective = json_deep_copy(inherited);
		cr_assert(inherit_lay(effective, documents[i]));
	}
	subject.own = documents[2];
	subject.effective = effective;
	subject.inherited = inherited;
	subject.is_complete = true;
	policy_check(&subject, problems);
	got = told(problems);
	cr_expect_str_eq(got, wanted, "%s\n%s\n%s", owns[0], owns[1], owns[2]);
	json_decref(effective);
	json_decref(inherited);
	for (int i = 0; i < 3; i++)
		json_decref(documents[i]);
}

#define LOCK(path) "{\"policy\":{\"locked\":[\"" path "\"]}}"

Test(policy, what_is_locked_stays_as_it_is_inherited)
{
	static const struct {
		const char *owns[3], *wanted;
	} cases[] = {
		{{LOCK("/runtime/max_turns"), "{}", "{}"}, "-"},
		{{LOCK("/runtime/max_turns"), "{}", "{\"runtime\":{\"max_turns\":5}}"},
			"/runtime/max_turns:locked:acme"},
		/* The value that is inherited may be said again. */
		{{LOCK("/runtime/max_turns"), "{}", "{\"runtime\":{\"max_turns\":20}}"},
			"-"},
		/* Under the lock, and above it. */
		{{LOCK("/runtime"), "{}", "{\"runtime\":{\"max_turns\":5}}"},
			"/runtime/max_turns:locked:acme"},
		{{LOCK("/runtime/max_turns"), "{}", "{\"runtime\":7}"},
			"/runtime/max_turns:locked:acme"},
		/* Nobody set it, and nobody below may. */
		{{LOCK("/feature_flags/beta"), "{}",
			 "{\"feature_flags\":{\"beta\":true}}"},
			"/feature_flags/beta:locked:acme"},
		{{LOCK("/feature_flags/beta"), "{}",
			 "{\"feature_flags\":{\"alpha\":true}}"},
			"-"},
		/* A unit's lock binds as well, and not the unit itself. */
		{{"{}", "{\"policy\":{\"locked\":[\"/a\"]},\"a\":1}", "{\"a\":2}"},
			"/a:locked:platform"},
		/* A lower policy cannot loosen, and one's own does not bind oneself. */
		{{LOCK("/a"), "{\"policy\":{\"locked\":[]}}", "{\"a\":2}"},
			"/a:locked:acme"},
		{{"{}", "{}", "{\"policy\":{\"locked\":[\"/a\"]},\"a\":2}"}, "-"},
		/* Claims are not inherited: locked means that there can be none. */
		{{LOCK("/routing/services"), "{}",
			 "{\"routing\":{\"services\":[\"pay\"]}}"},
			"/routing/services:locked:acme"},
		/* An array is locked as a whole, or by its elements. */
		{{"{\"policy\":{\"locked\":[\"/l/0\"]},\"l\":[1,2]}", "{}",
			 "{\"l\":[1,3]}"},
			"-"},
		{{"{\"policy\":{\"locked\":[\"/l/0\"]},\"l\":[1,2]}", "{}",
			 "{\"l\":[]}"},
			"/l/0:locked:acme"},
	};

	for (size_t i = 0; i < countof(cases); i++)
		expect_team(cases[i].owns, cases[i].wanted);
}

/* Placeholders are all alike: comparing them would let any secret through. */
Test(policy, no_secret_is_set_under_a_lock)
{
	expect_team(
		(const char *const[]){
			"{\"policy\":{\"locked\":[\"/integrations/slack\"]},"
			"\"integrations\":{\"slack\":{\"bot_token\":{\"$secret\":true}}"
			"}}",
			"{}",
			"{\"integrations\":{\"slack\":{\"bot_token\":{\"$secret\":true}"
			"}}"
			"}"},
		"/integrations/slack:locked:acme");
}

Test(policy, bounds_and_choices_hold_below)
{
#define MAX "{\"policy\":{\"max_values\":{\"/runtime/max_turns\":30}}}"
#define ONE_OF                                                                  \
	"{\"policy\":{\"allowed_values\":{\"/agents/a/model/name\":[\"small\"," \
	"2]}}}"
	static const struct {
		const char *owns[3], *wanted;
	} cases[] = {
		{{MAX, "{}", "{}"}, "-"},
		{{MAX, "{}", "{\"runtime\":{\"max_turns\":30}}"}, "-"},
		{{MAX, "{}", "{\"runtime\":{\"max_turns\":31}}"},
			"/runtime/max_turns:max_values:acme"},
		{{MAX, "{}", "{\"runtime\":{\"max_turns\":\"1\"}}"},
			"/runtime/max_turns:max_values:acme"},
		/* The lower of two, wherever it stands. */
		{{MAX, "{\"policy\":{\"max_values\":{\"/runtime/max_turns\":100}}}",
			 "{\"runtime\":{\"max_turns\":50}}"},
			"/runtime/max_turns:max_values:acme"},
		{{MAX, "{\"policy\":{\"max_values\":{\"/runtime/max_turns\":10}}}",
			 "{\"runtime\":{\"max_turns\":11}}"},
			"/runtime/max_turns:max_values:platform"},
		{{ONE_OF, "{}", "{}"}, "-"},
		{{ONE_OF, "{}",
			 "{\"agents\":{\"a\":{\"model\":{\"name\":\"small\"}}}}"},
			"-"},
		{{ONE_OF, "{}", "{\"agents\":{\"a\":{\"model\":{\"name\":2.0}}}}"},
			"-"},
		{{ONE_OF, "{}", "{\"agents\":{\"a\":{\"model\":{\"name\":\"big\"}}}}"},
			"/agents/a/model/name:allowed_values:acme"},
	};

	for (size_t i = 0; i < countof(cases); i++)
		expect_team(cases[i].owns, cases[i].wanted);
}

Test(policy, what_is_required_is_there_and_says_something)
{
#define NEED "{\"policy\":{\"required\":[\"/owner/mail\"]}}"
	static const struct {
		const char *owns[3], *wanted;
	} cases[] = {
		{{NEED, "{}", "{}"}, "/owner/mail:required:acme"},
		{{NEED, "{}", "{\"owner\":{\"mail\":\"\"}}"},
			"/owner/mail:required:acme"},
		{{NEED, "{}", "{\"owner\":5}"}, "/owner/mail:required:acme"},
		{{NEED, "{\"owner\":{\"mail\":\"m\"}}", "{}"}, "-"},
		{{NEED, "{}", "{\"owner\":{\"mail\":\"m\"}}"}, "-"},
		{{NEED, "{}", "{\"owner\":{\"mail\":false}}"}, "-"},
		{{NEED, NEED, "{}"},
			"/owner/mail:required:acme /owner/mail:required:platform"},
	};

	for (size_t i = 0; i < countof(cases); i++)
		expect_team(cases[i].owns, cases[i].wanted);
}

Test(policy, a_misspelt_rule_is_no_rule)
{
	static const char *const cases[][2] = {
		{"{\"policy\":{}}", "-"},
		{"{\"policy\":{\"locked\":[\"/a\",\"/a~1b\"],\"required\":[\"/b\"],"
		 "\"max_values\":{\"/c\":1.5},\"allowed_values\":{\"/d\":[1]}}}",
			"-"},
		{"{\"policy\":5}", "/policy:-:-"},
		{"{\"policy\":{\"lock\":[]}}", "/policy/lock:-:-"},
		{"{\"policy\":{\"locked\":\"/a\"}}", "/policy/locked:-:-"},
		{"{\"policy\":{\"locked\":[5,\"a\",\"/~2\",\"\",\"/policy/locked\"]}}",
			"/policy/locked/0:-:- /policy/locked/1:-:- "
			"/policy/locked/2:-:- /policy/locked/3:-:- "
			"/policy/locked/4:-:-"},
		{"{\"policy\":{\"max_values\":{\"/a/b\":\"1\"}}}",
			"/policy/max_values/~1a~1b:-:-"},
		{"{\"policy\":{\"allowed_values\":{\"/a\":[],\"/b\":1}}}",
			"/policy/allowed_values/~1a:-:- "
			"/policy/allowed_values/~1b:-:-"},
		{"{\"policy\":{\"required\":{\"/a\":1}}}", "/policy/required:-:-"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *document AUTO(json_decref) = parse(cases[i][0]);
		json_t *problems AUTO(json_decref) = json_array();
		char *got AUTO(free) = NULL;

		validate_own(document, true, problems);
		got = told(problems);
		cr_expect_str_eq(got, cases[i][1], "%s", cases[i][0]);
	}
}

/* As it may stand there from the time before policies. */
Test(policy, what_is_malformed_decrees_nothing)
{
	static const char odd[] =
		"{\"policy\":{\"locked\":[5,\"a\"],\"max_values\":[\"/a\"],"
		"\"required\":{\"/b\":1},\"allowed_values\":{\"/a\":1}}}";
	json_t *above AUTO(json_decref) = parse(odd);
	json_t *got AUTO(json_decref) =
		policy_describe(&(struct policy_level){"acme", above}, 1, NULL);

	expect_team((const char *const[]){odd, "{\"policy\":7}", "{\"a\":2}"}, "-");
	cr_expect_eq(json_array_size(json_object_get(got, "locked")), 0);
	cr_expect_eq(json_array_size(json_object_get(got, "allowed_values")), 0);
}

Test(policy, is_bounded)
{
	json_t *list = json_array();
	json_t *document AUTO(json_decref) =
		json_pack("{s{so}}", "policy", "locked", list);
	json_t *problems AUTO(json_decref) = json_array();

	for (int i = 0; i <= POLICY_ENTRIES_MAX; i++)
		(void)json_array_append_new(list, json_string("/a"));
	validate_own(document, true, problems);
	cr_expect_eq(json_array_size(problems), 1);
}

Test(policy, says_what_is_decreed)
{
	json_t *above AUTO(json_decref) =
		parse("{\"policy\":{\"locked\":[\"/a\"],\"required\":[\"/b\",\"/c\"],"
		      "\"max_values\":{\"/d\":3}}}");
	json_t *effective AUTO(json_decref) = parse("{\"b\":1,\"c\":\"\"}");
	json_t *expected AUTO(json_decref) = parse(
		"{\"locked\":[{\"path\":\"/a\",\"node\":\"acme\"}],\"required\":["
		"{\"path\":\"/b\",\"node\":\"acme\",\"missing\":false},"
		"{\"path\":\"/c\",\"node\":\"acme\",\"missing\":true}],"
		"\"max_values\":[{\"path\":\"/d\",\"node\":\"acme\",\"value\":3}],"
		"\"allowed_values\":[]}");
	json_t *got AUTO(json_decref) =
		policy_describe(&(struct policy_level){"acme", above}, 1, effective);

	cr_expect(json_equal(got, expected));
}
