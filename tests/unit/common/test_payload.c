// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>

#include "common/payload.h"

struct payload_case {
	enum verb verb;
	const char *given, *expected;
};

Test(payload, keeps_what_is_asked_for_and_nothing_else)
{
	static const struct payload_case cases[] = {
		{VERB_PROVISION, "", "{}"},
		{VERB_PROVISION, "{}", "{}"},
		{VERB_PROVISION, "{\"slack_channel_ids\":[],\"name\":\"\"}", "{}"},
		{VERB_PROVISION,
			"{\"name\":\"Check out\",\"github_repos\":[\"acme/shop\"],"
			"\"slack_channel_ids\":[\"C1\",\"C2\"]}",
			"{\"github_repos\":[\"acme/shop\"],\"name\":\"Check out\","
			"\"slack_channel_ids\":[\"C1\",\"C2\"]}"},
		{VERB_PROVISION,
			"{\"deployment_mode\":\"shared\",\"parent_id\":\"p-1\"}",
			"{\"deployment_mode\":\"shared\",\"parent_id\":\"p-1\"}"},
		{VERB_DEPROVISION, "{\"delete_node\":false}", "{}"},
		{VERB_DEPROVISION, "{\"delete_node\":true}", "{\"delete_node\":true}"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *payload AUTO(json_decref) = NULL;
		struct fault fault = {0};

		cr_assert(
			payload_parse(&payload, cases[i].verb, cases[i].given, &fault),
			"case %zu: %s", i, fault.text);
		char *printed AUTO(free) =
			json_dumps(payload, JSON_COMPACT | JSON_SORT_KEYS);
		cr_expect_str_eq(printed, cases[i].expected, "case %zu", i);
	}
}

Test(payload, refuses_everything_else_and_names_it)
{
	static const struct payload_case cases[] = {
		{VERB_PROVISION, "[]", "not a JSON object"},
		{VERB_PROVISION, "{", "not JSON"},
		{VERB_PROVISION, "{\"slack_channels\":[]}",
			"payload: unknown key \"slack_channels\""},
		{VERB_PROVISION, "{\"delete_node\":true}",
			"unknown key \"delete_node\""},
		{VERB_DEPROVISION, "{\"name\":\"x\"}", "unknown key \"name\""},
		{VERB_DEPROVISION, "{\"delete_node\":1}",
			"delete_node must be true or false"},
		{VERB_PROVISION, "{\"slack_channel_ids\":\"C1\"}",
			"slack_channel_ids must be a list"},
		{VERB_PROVISION, "{\"slack_channel_ids\":[1]}",
			"slack_channel_ids must be a list"},
		{VERB_PROVISION, "{\"slack_channel_ids\":[\"\"]}",
			"slack_channel_ids must be a list"},
		{VERB_PROVISION, "{\"slack_channel_ids\":[\"C 1\"]}",
			"slack_channel_ids must be a list"},
		{VERB_PROVISION, "{\"slack_channel_ids\":null}",
			"slack_channel_ids must be a list"},
		{VERB_PROVISION, "{\"github_repos\":[\"acme\"]}",
			"of the form owner/name"},
		{VERB_PROVISION, "{\"github_repos\":[\"a/b/c\"]}",
			"of the form owner/name"},
		{VERB_PROVISION, "{\"github_repos\":[\"/b\"]}",
			"of the form owner/name"},
		{VERB_PROVISION, "{\"name\":7}", "name must be a string"},
		{VERB_PROVISION, "{\"name\":\"a\\nb\"}", "name must be a string"},
		{VERB_PROVISION, "{\"parent_id\":\"a.b\"}",
			"parent_id must be a node's id"},
		{VERB_PROVISION, "{\"deployment_mode\":\"dedicated\"}",
			"deployment_mode must be \"shared\""},
		{VERB_PROVISION, "{\"name\":7,\"parent_id\":7}", "; parent_id must be"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *payload = NULL;
		struct fault fault = {0};

		cr_expect_not(
			payload_parse(&payload, cases[i].verb, cases[i].given, &fault),
			"case %zu", i);
		cr_expect_null(payload);
		cr_expect_eq(fault.kind, FAULT_REJECT, "case %zu", i);
		cr_expect(strstr(fault.text, cases[i].expected), "case %zu: %s", i,
			fault.text);
	}
}

Test(payload, knows_its_two_verbs)
{
	enum verb verb;

	cr_expect(verb_parse(&verb, "provision") && verb == VERB_PROVISION);
	cr_expect(verb_parse(&verb, "deprovision") && verb == VERB_DEPROVISION);
	cr_expect_not(verb_parse(&verb, ""));
	cr_expect_not(verb_parse(&verb, "provisions"));
}
