// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/validate.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/json.h"
#include "config-store/config/defaults.h"
#include "config-store/config/merge.h"
#include "config-store/config/problem.h"
#include "config-store/config/validate_private.h"

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
		{"{\"agents\":{\"a\":{\"sub_agents\":{\"b\":1},\"mcps\":[]}}}",
			"/agents/a/sub_agents/b /agents/a/mcps"},
		{"{\"mcp_servers\":{\"s\":{\"url\":\"ws://x\",\"args\":[1],"
		 "\"env\":{\"A\":1,\"B\":{\"$secret\":\"b\"},\"C\":{\"$secret\":"
		 "1}}}}}",
			"/mcp_servers/s/url /mcp_servers/s/args/0 "
			"/mcp_servers/s/env/A /mcp_servers/s/env/C"},
		{"{\"integrations\":{\"slack\":{\"enabled\":\"yes\"}}}",
			"/integrations/slack/enabled"},
		{"{\"notifications\":{\"default_slack_channel_id\":5,"
		 "\"pagerduty_output\":{\"post_pagerduty_note\":\"x\"}}}",
			"/notifications/default_slack_channel_id "
			"/notifications/pagerduty_output/post_pagerduty_note"},
		{"{\"schedules\":{\"a b\":{},\"s\":{\"cron\":\"* * * *\","
		 "\"time_zone\":\"Mars//Base\",\"agent\":1,\"message\":{}}}}",
			"/schedules/a b /schedules/s/cron "
			"/schedules/s/time_zone /schedules/s/agent "
			"/schedules/s/message"},
		{"{\"correlation\":{\"enabled\":1,\"temporal_window_seconds\":0,"
		 "\"semantic_threshold\":1.5},\"feature_flags\":[],"
		 "\"additional_instructions\":{}}",
			"/correlation/enabled "
			"/correlation/temporal_window_seconds "
			"/correlation/semantic_threshold "
			"/additional_instructions /feature_flags"},
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
			"/agents/runbook/steps/0/tool"},
		{"{\"agents\":{\"runbook\":{\"steps\":[{}]}}}",
			"/agents/runbook/steps/0 /agents/runbook/steps/0"},
		{"{\"agents\":{\"m\":{\"kind\":\"model\",\"tools\":{\"t\":true}}}}",
			"/agents/m/tools/t"},
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
	cr_expect_eq(json_array_size(problems), PROBLEMS_MAX + 1);
	cr_expect_eq(problem_count(problems), 900);
	cr_expect_eq(json_integer_or(problems, "/100/left_out", 0), 800);
}

/* Each on its own is good; what it rests on is not. */
Test(validate, nothing_enabled_rests_on_what_is_disabled_or_missing)
{
#define TOOL "{\"type\":\"http\",\"url\":\"http://x/\""
#define MODEL(rest) "{\"kind\":\"model\"," rest "}"
	static const char *const cases[][2] = {
		{"{\"tools\":{\"t\":" TOOL
		 ",\"enabled\":false}},\"agents\":{\"m\":" MODEL(
			 "\"tools\":{\"t\":true}") "}}",
			"/agents/m/tools/t"},
		{"{\"tools\":{\"t\":" TOOL
		 ",\"enabled\":false}},\"agents\":{\"runbook\":{\"steps\":"
		 "[{"
		 "\"id\":\"x\",\"tool\":\"t\"}]}}}",
			"/agents/runbook/steps/0/tool"},
		{"{\"agents\":{\"m\":" MODEL("\"sub_agents\":{\"gone\":true,"
					     "\"other\":false}") "}}",
			"/agents/m/sub_agents/gone"},
		{"{\"agents\":{\"m\":" MODEL("\"sub_agents\":{\"off\":"
					     "true}") ",\"off\":" MODEL("\"enable"
									"d\":"
									"false") "}"
										 "}",
			"/agents/m/sub_agents/off"},
		{"{\"agents\":{\"m\":" MODEL("\"mcps\":{\"s\":true}") "}}",
			"/agents/m/mcps/s"},
		{"{\"mcp_servers\":{\"s\":{\"url\":\"https://x/"
		 "\",\"enabled\":"
		 "false}},\"agents\":{\"m\":" MODEL("\"mcps\":{\"s\":true}") "}}",
			"/agents/m/mcps/s"},
		{"{\"mcp_servers\":{\"s\":{\"url\":\"https://x/"
		 "\"}},\"agents\":{"
		 "\"m\":" MODEL("\"mcps\":{\"s\":true}") "}}",
			""},
		{"{\"mcp_servers\":{\"a\":{},\"b\":{\"url\":\"http://x\","
		 "\"command\":\"y\"},\"c\":{\"command\":\"y\"}}}",
			"/mcp_servers/a /mcp_servers/b"},
		{"{\"tools\":{\"t\":" TOOL ",\"requires_integration\":\"i\"}}}",
			"/tools/t/requires_integration"},
		{"{\"tools\":{\"t\":" TOOL ",\"auth\":{\"integration\":\"i\"}}}}",
			"/tools/t/auth/integration"},
		{"{\"integrations\":{\"i\":{\"enabled\":false,\"api_key\":"
		 "\"k\"}},"
		 "\"tools\":{\"t\":" TOOL ",\"auth\":{\"integration\":\"i\"}}}}",
			"/tools/t/auth/integration"},
		{"{\"integrations\":{\"i\":{\"token\":\"k\"}},\"tools\":{"
		 "\"t\":" TOOL ",\"auth\":{\"integration\":\"i\"}},\"u\":" TOOL
		 ",\"auth\":{\"integration\":\"i\",\"field\":\"token\"}}}"
		 "}",
			"/tools/t/auth/field"},
		{"{\"tools\":{\"t\":" TOOL ",\"auth\":{}}}}", "/tools/t/auth"},
		{"{\"tools\":{\"t\":" TOOL ",\"enabled\":false,"
		 "\"auth\":{\"integration\":\"i\"}}}}",
			""},
		{"{\"schedules\":{\"s\":{\"cron\":\"0 9 * * "
		 "*\",\"message\":\"m\","
		 "\"agent\":\"gone\"}}}",
			"/schedules/s/agent"},
		{"{\"schedules\":{\"s\":{\"message\":\"\"},\"t\":{"
		 "\"enabled\":"
		 "false},\"u\":{\"cron\":\"@daily\",\"message\":\"m\"}}}",
			"/schedules/s /schedules/s"},
		/* Every one of them, at once. */
		{"{\"entrance_agent\":\"gone\",\"tools\":{\"t\":{}},"
		 "\"schedules\":{"
		 "\"s\":{\"cron\":\"@daily\",\"message\":\"m\",\"agent\":"
		 "\"gone\"}}"
		 "}",
			"/entrance_agent /tools/t /tools/t "
			"/schedules/s/agent"},
	};

	for (size_t i = 0; i < countof(cases); i++)
		expect_effective(cases[i][0], cases[i][1]);
}

/* Agents a0, a1, ... of which each has the next one under it; `back` closes a circle. */
static size_t problems_of_chain(int len, bool back)
{
	json_t *config AUTO(json_decref) = defaults_new();
	json_t *problems AUTO(json_decref) = json_array();
	char name[16], next[16];

	for (int i = 0; i < len; i++) {
		json_t *agent = json_pack("{ss,s{}}", "kind", "model", "sub_agents");

		(void)snprintf(name, sizeof(name), "a%d", i);
		(void)snprintf(next, sizeof(next), "a%d", i + 1 < len ? i + 1 : 0);
		if (i + 1 < len || back)
			(void)json_object_set_new(json_object_get(agent, "sub_agents"),
				next, json_true());
		(void)json_object_set_new(
			json_object_get(config, "agents"), name, agent);
	}
	validate_effective(config, problems);
	return json_array_size(problems);
}

Test(validate, agents_under_agents_end_somewhere)
{
	cr_expect_eq(problems_of_chain(1, true), 1, "an agent under itself");
	cr_expect_eq(problems_of_chain(3, true), 1);
	cr_expect_eq(problems_of_chain(3, false), 0);
	cr_expect_eq(problems_of_chain(9, false), 0);
	cr_expect_eq(problems_of_chain(10, false), 1);
	cr_expect_eq(problems_of_chain(20000, false), 1);
	cr_expect_eq(problems_of_chain(20000, true), 1);
}

/* 60 agents in 6 rows, each with the whole next row under it: 10^6 ways, 60 looks. */
Test(validate, many_ways_to_an_agent_take_no_longer)
{
	json_t *config AUTO(json_decref) = defaults_new();
	json_t *problems AUTO(json_decref) = json_array();
	char name[32];

	for (int i = 0; i < 60; i++) {
		json_t *subs = json_object();

		for (int k = i / 10 * 10 + 10; k < i / 10 * 10 + 20 && k < 60; k++) {
			(void)snprintf(name, sizeof(name), "a%d", k);
			(void)json_object_set_new(subs, name, json_true());
		}
		(void)snprintf(name, sizeof(name), "a%d", i);
		(void)json_object_set_new(json_object_get(config, "agents"), name,
			json_pack("{ss,so}", "kind", "model", "sub_agents", subs));
	}
	validate_effective(config, problems);
	cr_expect_eq(json_array_size(problems), 0);
}

/* A part of the machinery that names a key twice, or a child before its parent. */
Test(validate, the_table_names_each_key_once_and_parents_first)
{
	for (size_t i = 0; i < validate_rule_count; i++) {
		const char *path = validate_rules[i].path;
		const char *last = strrchr(path, '/');
		bool has_parent = last == path;

		for (size_t k = 0; k < i; k++) {
			cr_expect_str_neq(validate_rules[k].path, path);
			has_parent = has_parent ||
				(strlen(validate_rules[k].path) ==
						(size_t)(last - path) &&
					strncmp(validate_rules[k].path, path,
						(size_t)(last - path)) == 0);
		}
		cr_expect(has_parent, "%s", path);
	}
}
