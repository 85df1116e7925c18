// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>

#include "common/payload.h"

struct payload_case {
	enum verb verb;
	const char *given, *expected;
};

#define SCHEDULE "\"name\":\"n\",\"cron\":\"@daily\",\"message\":\"m\""

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
		{VERB_SCHEDULE,
			"{\"name\":\"m\",\"cron\":\"0 9 * * "
			"1-5\",\"message\":\"a\\nb\","
			"\"time_zone\":\"Europe/Berlin\",\"agent\":\"a\","
			"\"enabled\":true}",
			"{\"agent\":\"a\",\"cron\":\"0 9 * * 1-5\",\"enabled\":true,"
			"\"message\":\"a\\nb\",\"name\":\"m\","
			"\"time_zone\":\"Europe/Berlin\"}"},
		/* Not enabled says something: it is enabled otherwise. */
		{VERB_SCHEDULE,
			"{" SCHEDULE ",\"enabled\":false,\"agent\":\"\","
			"\"time_zone\":null}",
			"{\"cron\":\"@daily\",\"enabled\":false,\"message\":\"m\","
			"\"name\":\"n\"}"},
		{VERB_UNSCHEDULE, "{\"name\":\"n\"}", "{\"name\":\"n\"}"},
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
		{VERB_SCHEDULE, "{}",
			"payload: name is missing; cron is missing; message is "
			"missing"},
		{VERB_SCHEDULE, "{" SCHEDULE ",\"crno\":\"x\"}",
			"unknown key \"crno\" (known: name cron message time_zone "
			"agent "
			"enabled)"},
		{VERB_SCHEDULE,
			"{\"name\":\"a.b\",\"cron\":\"@daily\",\"message\":\"m\"}",
			"payload: name must be 1 to 63"},
		{VERB_SCHEDULE, "{\"name\":\"n\",\"cron\":\"\",\"message\":\"m\"}",
			"payload: cron must be"},
		{VERB_SCHEDULE,
			"{\"name\":\"n\",\"cron\":\"a\\u0007\",\"message\":\"m\"}",
			"payload: cron must be"},
		{VERB_SCHEDULE, "{\"name\":\"n\",\"cron\":\"@daily\",\"message\":null}",
			"payload: message must be"},
		{VERB_SCHEDULE, "{" SCHEDULE ",\"time_zone\":1}", "time_zone must be"},
		{VERB_SCHEDULE, "{" SCHEDULE ",\"agent\":{}}", "agent must be"},
		{VERB_SCHEDULE, "{" SCHEDULE ",\"enabled\":\"no\"}",
			"enabled must be true or false"},
		{VERB_UNSCHEDULE, "", "payload: name is missing"},
		{VERB_UNSCHEDULE, "{" SCHEDULE "}",
			"unknown key \"cron\" (known: name)"},
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

Test(payload, takes_messages_as_long_as_said_and_no_longer)
{
	for (int len = 20000; len <= 20001; len++) {
		struct text text AUTO(text_done) = {0};
		json_t *payload AUTO(json_decref) = NULL;
		struct fault fault = {0};

		text_printf(&text,
			"{\"name\":\"n\",\"cron\":\"@daily\",\"message\":"
			"\"%0*d\"}",
			len, 0);
		cr_expect_eq(payload_parse(&payload, VERB_SCHEDULE, text_string(&text),
				     &fault),
			len == 20000, "%d: %s", len, fault.text);
	}
}

Test(payload, knows_its_verbs)
{
	enum verb verb;

	for (enum verb one = VERB_PROVISION; one < VERB_COUNT; one++)
		cr_expect(verb_parse(&verb, verb_word(one)) && verb == one);
	cr_expect_str_eq(verb_word(VERB_DEPROVISION), "deprovision");
	cr_expect_str_eq(verb_word(VERB_UNSCHEDULE), "unschedule");
	cr_expect_not(verb_parse(&verb, ""));
	cr_expect_not(verb_parse(&verb, "provisions"));
}
