// SPDX-License-Identifier: Apache-2.0
#include "config-store/tree/identifiers.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/json.h"

static json_t *parse(const char *text)
{
	struct fault fault = {0};
	json_t *json;

	cr_assert(json_parse(&json, text, strlen(text), &fault), "%s", fault.text);
	return json;
}

Test(identifiers, are_read_normalised_sorted_and_once)
{
	static const struct {
		const char *config, *list;
	} cases[] = {
		{"{}", "[]"},
		{"{\"routing\":{}}", "[]"},
		{"{\"routing\":{\"github_repos\":[\" Acme/Shop \",\"acme/shop\"]}}",
			"[{\"type\":\"github_repo\",\"value\":\"acme/shop\"}]"},
		{"{\"routing\":{\"slack_channel_ids\":[\"C2\",\"C1\"],"
		 "\"services\":[\"Pay\"]}}",
			"[{\"type\":\"service\",\"value\":\"pay\"},"
			"{\"type\":\"slack_channel_id\",\"value\":\"C1\"},"
			"{\"type\":\"slack_channel_id\",\"value\":\"C2\"}]"},
		{"{\"routing\":{\"slack_channel_ids\":[\"c1\",\"C1\"],\"other\":5}}",
			"[{\"type\":\"slack_channel_id\",\"value\":\"C1\"},"
			"{\"type\":\"slack_channel_id\",\"value\":\"c1\"}]"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *config AUTO(json_decref) = parse(cases[i].config);
		json_t *wanted AUTO(json_decref) = parse(cases[i].list);
		json_t *problems AUTO(json_decref) = json_array();
		json_t *list AUTO(json_decref) = identifiers_of(config, problems);
		char *printed AUTO(free) = json_print(list);

		cr_expect(json_equal(list, wanted), "case %zu: %s", i, printed);
		cr_expect_eq(json_array_size(problems), 0, "case %zu", i);
	}
}

Test(identifiers, that_cannot_be_are_all_named_with_their_paths)
{
	json_t *config AUTO(json_decref) =
		parse("{\"routing\":{\"slack_channel_ids\":[5,\"C1\",\"  \",null],"
		      "\"github_repos\":\"acme/shop\",\"services\":[\"a\\u0007b\"]}}");
	json_t *problems AUTO(json_decref) = json_array();
	json_t *list AUTO(json_decref) = identifiers_of(config, problems);
	char *printed AUTO(free) = json_print(problems);

	cr_expect_eq(json_array_size(list), 1);
	cr_expect_eq(json_array_size(problems), 5, "%s", printed);
	cr_expect(strstr(printed, "\"/routing/slack_channel_ids/0\""), "%s", printed);
	cr_expect(strstr(printed, "\"/routing/slack_channel_ids/2\""), "%s", printed);
	cr_expect(strstr(printed, "\"/routing/slack_channel_ids/3\""), "%s", printed);
	cr_expect(strstr(printed, "\"/routing/github_repos\""), "%s", printed);
	cr_expect(strstr(printed, "\"/routing/services/0\""), "%s", printed);
}

Test(identifiers, have_a_limit)
{
	json_t *values = json_array();
	json_t *config AUTO(json_decref) =
		json_pack("{s{so}}", "routing", "services", values);
	json_t *problems AUTO(json_decref) = json_array();
	json_t *list AUTO(json_decref) = NULL;

	for (int i = 0; i < 1001; i++)
		(void)json_array_append_new(values, json_sprintf("s%d", i));
	list = identifiers_of(config, problems);
	cr_expect_eq(json_array_size(problems), 1);
}
