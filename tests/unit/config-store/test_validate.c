// SPDX-License-Identifier: Apache-2.0
#include "config-store/validate.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/json.h"
#include "config-store/defaults.h"
#include "config-store/merge.h"

static json_t *parse(const char *text)
{
	struct fault fault = {0};
	json_t *json;

	cr_assert(json_parse(&json, text, strlen(text), &fault), "%s: %s", text,
		fault.text);
	return json;
}

/* Paths of all problems, joined by spaces. */
static char *paths_of(const json_t *problems)
{
	struct text text = {0};
	const json_t *problem;
	size_t i;

	json_array_foreach(problems, i, problem) text_printf(
		&text, "%s%s", i ? " " : "", json_string_or(problem, "/path", "?"));
	text_add(&text, "");
	return text_take(&text);
}

static void expect_own(const char *config, const char *paths)
{
	json_t *document AUTO(json_decref) = parse(config);
	json_t *problems AUTO(json_decref) = json_array();
	char *got AUTO(free) = NULL;

	validate_own(document, true, problems);
	got = paths_of(problems);
	cr_expect_str_eq(got ? got : "", paths, "%s", config);
}

static void expect_effective(const char *config, const char *paths)
{
	json_t *document AUTO(json_decref) = defaults_new();
	json_t *own AUTO(json_decref) = parse(config);
	json_t *problems AUTO(json_decref) = json_array();
	char *got AUTO(free) = NULL;

	cr_assert(merge_into(document, own));
	validate_effective(document, problems);
	got = paths_of(problems);
	cr_expect_str_eq(got ? got : "", paths, "%s", config);
}

Test(validate, takes_what_the_documentation_shows)
{
	static const char config[] =
		"{\"routing\":{\"slack_channel_ids\":[\"C0123\"]},"
		"\"entrance_agent\":\"triage\",\"agents\":{\"triage\":{\"kind\":"
		"\"runbook\",\"enabled\":true,\"timeout_seconds\":60,\"steps\":[{"
		"\"id\":"
		"\"ready\",\"tool\":\"t\",\"arguments\":{\"verbose\":\"1\"}}],"
		"\"answer\":\"x\"},\"helper\":{\"kind\":\"model\",\"prompt\":{"
		"\"system\":"
		"\"s\"},\"model\":{\"name\":\"gpt-4o\",\"temperature\":0.2},\"tools\":"
		"{\"t\":true,\"gone\":false}}},\"tools\":{\"t\":{\"type\":\"http\","
		"\"method\":\"GET\",\"url\":\"http://127.0.0.1:8081/ready?v={v}\","
		"\"headers\":{\"Accept\":\"x\"},\"body\":{\"q\":\"{q}\"},\"result\":"
		"{\"select\":\"/status\",\"max_bytes\":8000},\"idempotent\":true}},"
		"\"integrations\":{\"slack\":{\"bot_token\":{\"$secret\":true}}},"
		"\"output_config\":{\"default_destinations\":[{\"type\":\"slack\","
		"\"channel_id\":\"C0\"},{\"type\":\"log\"}],\"trigger_overrides\":"
		"{\"slack\":\"reply_in_thread\"}},\"runtime\":{\"max_concurrent_runs\":"
		"5},"
		"\"unknown\":{\"kept\":[1,null]}}";

	expect_own(config, "");
	expect_effective(config, "");
}

Test(validate, the_defaults_are_good)
{
	json_t *defaults AUTO(json_decref) = defaults_new();
	json_t *problems AUTO(json_decref) = json_array();

	cr_assert(defaults);
	validate_own(defaults, true, problems);
	validate_effective(defaults, problems);
	cr_expect_eq(json_array_size(problems), 0);
}

Test(validate, names_every_wrong_type_with_its_path)
{
	static const char *const cases[][2] = {
		{"{\"routing\":5}", "/routing"},
		{"{\"routing\":{\"services\":[{}]}}", "/routing/services/0"},
		{"{\"entrance_agent\":5,\"agents\":[]}", "/entrance_agent /agents"},
		{"{\"agents\":{\"a b\":5}}", "/agents/a b /agents/a b"},
		{"{\"agents\":{\"a\":{\"kind\":\"x\",\"enabled\":1}}}",
			"/agents/a/kind /agents/a/enabled"},
		{"{\"agents\":{\"a\":{\"timeout_seconds\":0,\"max_turns\":1.5}}}",
			"/agents/a/timeout_seconds /agents/a/max_turns"},
		{"{\"agents\":{\"a\":{\"steps\":{}}}}", "/agents/a/steps"},
		{"{\"agents\":{\"a\":{\"steps\":[5,{\"id\":1,\"arguments\":[]}]}}}",
			"/agents/a/steps/0 /agents/a/steps/1/id "
			"/agents/a/steps/1/arguments"},
		{"{\"agents\":{\"a\":{\"model\":{\"temperature\":3}}}}",
			"/agents/a/model/temperature"},
		{"{\"tools\":{\"t\":{\"type\":\"shell\",\"method\":\"get\"}}}",
			"/tools/t/type /tools/t/method"},
		{"{\"tools\":{\"t\":{\"url\":\"file:///etc/passwd\"}}}",
			"/tools/t/url"},
		{"{\"tools\":{\"t\":{\"headers\":{\"a/b\":1}}}}",
			"/tools/t/headers/a~1b"},
		{"{\"integrations\":{\"slack\":\"xoxb\"}}", "/integrations/slack"},
		{"{\"output_config\":{\"trigger_overrides\":{\"slack\":\"x\"}}}",
			"/output_config/trigger_overrides/slack"},
		{"{\"runtime\":{\"max_concurrent_runs\":\"5\",\"pool\":\"mine\"}}",
			"/runtime/max_concurrent_runs /runtime/pool"},
		{"{\"x\":[{\"$encrypted\":\"v1\"}]}", "/x"},
		{"[]", ""},
	};

	for (size_t i = 0; i < countof(cases); i++)
		expect_own(cases[i][0], cases[i][1]);
}

Test(validate, names_what_is_not_there)
{
	static const char *const cases[][2] = {
		{"{\"entrance_agent\":\"gone\"}", "/entrance_agent"},
		{"{\"agents\":{\"runbook\":{\"enabled\":false}}}", "/entrance_agent"},
		{"{\"agents\":{\"a\":{}}}", "/agents/a"},
		{"{\"agents\":{\"a\":{\"enabled\":false}}}", ""},
		{"{\"agents\":{\"runbook\":{\"steps\":[{\"id\":\"x\",\"tool\":\"t\"}]}}"
		 "}",
			"/agents/runbook/steps/0"},
		{"{\"agents\":{\"runbook\":{\"steps\":[{}]}}}",
			"/agents/runbook/steps/0 /agents/runbook/steps/0"},
		{"{\"agents\":{\"m\":{\"kind\":\"model\",\"tools\":{\"t\":true}}}}",
			"/agents/m/tools"},
		{"{\"tools\":{\"t\":{}}}", "/tools/t /tools/t"},
		{"{\"tools\":{\"t\":{\"enabled\":false}}}", ""},
		{"{\"output_config\":{\"default_destinations\":[{\"type\":\"slack\"},{}"
		 ","
		 "{\"type\":\"github_pr_comment\",\"repo\":\"a/b\"}]}}",
			"/output_config/default_destinations/0 "
			"/output_config/default_destinations/1 "
			"/output_config/default_destinations/2"},
	};

	for (size_t i = 0; i < countof(cases); i++)
		expect_effective(cases[i][0], cases[i][1]);
}

Test(validate, only_teams_claim)
{
	json_t *config AUTO(json_decref) =
		parse("{\"routing\":{\"services\":[\"a\"]}}");
	json_t *problems AUTO(json_decref) = json_array();

	validate_own(config, false, problems);
	cr_expect_eq(json_array_size(problems), 1);
}

Test(validate, refuses_depth_before_anything_else)
{
	json_t *config AUTO(json_decref) = json_object();
	json_t *problems AUTO(json_decref) = json_array();

	for (int i = 0; i < CONFIG_MAX_DEPTH; i++)
		config = json_pack("{so}", "x", config);
	validate_own(config, true, problems);
	cr_expect_eq(json_array_size(problems), 1);
	cr_expect_str_eq(json_string_at(problems, "/0/path"), "");
}

Test(validate, the_number_of_problems_is_bounded)
{
	json_t *values = json_array();
	json_t *config AUTO(json_decref) =
		json_pack("{s{so}}", "routing", "services", values);
	json_t *problems AUTO(json_decref) = json_array();

	for (int i = 0; i < 900; i++)
		(void)json_array_append_new(values, json_integer(i));
	validate_own(config, true, problems);
	cr_expect_eq(json_array_size(problems), 100);
}
