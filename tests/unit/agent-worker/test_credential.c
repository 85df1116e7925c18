// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/credential.h"

#include <criterion/criterion.h>

#include "common/json.h"

static const char *choose(const char *config_text, const char *operators,
	enum identifier_type type, const char *place, struct fault *fault)
{
	json_t *config AUTO(json_decref) = NULL;
	static char kept[64];
	const char *token = NULL;

	cr_assert(json_parse_object(&config, config_text, fault));
	if (!credential_choose(&token, config,
		    &(struct credential){.service = "Slack",
			    .own = "/integrations/slack/bot_token",
			    .operators = operators,
			    .setting = "TOCSIN_SLACK_BOT_TOKEN",
			    .type = type,
			    .place = place},
		    fault))
		return NULL;
	(void)snprintf(kept, sizeof(kept), "%s", token);
	return kept;
}

Test(credential, the_operators_token_goes_only_where_the_team_has_its_routing)
{
	static const struct {
		const char *config, *place;
		enum identifier_type type;
		bool allowed;
	} cases[] = {
		{"{\"routing\":{\"slack_channel_ids\":[\"C1\",\"C2\"]}}", "C2",
			IDENTIFIER_SLACK_CHANNEL_ID, true},
		{"{\"routing\":{\"slack_channel_ids\":[\"C1\"]}}", "C3",
			IDENTIFIER_SLACK_CHANNEL_ID, false},
		{"{\"routing\":{\"slack_channel_ids\":\"C3\"}}", "C3",
			IDENTIFIER_SLACK_CHANNEL_ID, false},
		{"{\"routing\":{\"github_repos\":[\"C3\"]}}", "C3",
			IDENTIFIER_SLACK_CHANNEL_ID, false},
		{"{\"routing\":{\"slack_channel_ids\":[7,null,{}]}}", "7",
			IDENTIFIER_SLACK_CHANNEL_ID, false},
		{"{}", "C3", IDENTIFIER_SLACK_CHANNEL_ID, false},
		{"{}", "", IDENTIFIER_SLACK_CHANNEL_ID, false},
		{"{\"routing\":{\"github_repos\":[\" Acme/Shop \"]}}", "acme/shop",
			IDENTIFIER_GITHUB_REPO, true},
		{"{\"routing\":{\"github_repos\":[\"acme/shop\"]}}", "acme/shop2",
			IDENTIFIER_GITHUB_REPO, false},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct fault fault = {0};
		const char *token = choose(cases[i].config, "operators", cases[i].type,
			cases[i].place, &fault);

		if (cases[i].allowed) {
			cr_expect_str_eq(token, "operators", "case %zu", i);
			continue;
		}
		cr_expect_null(token, "case %zu", i);
		cr_expect_eq(fault.kind, FAULT_REJECT, "case %zu", i);
		cr_expect_null(strstr(fault.text, "operators"),
			"case %zu: no token in words", i);
	}
}

Test(credential, a_teams_own_token_goes_wherever_it_says)
{
	struct fault fault = {0};

	cr_expect_str_eq(
		choose("{\"integrations\":{\"slack\":{\"bot_token\":\"own\"}}}",
			"operators", IDENTIFIER_SLACK_CHANNEL_ID, "C9", &fault),
		"own");
}

Test(credential, without_any_token_both_ways_out_are_named)
{
	struct fault fault = {0};

	cr_expect_null(choose("{\"routing\":{\"slack_channel_ids\":[\"C1\"]}}", "",
		IDENTIFIER_SLACK_CHANNEL_ID, "C1", &fault));
	cr_expect_not_null(strstr(fault.text, "integrations/slack/bot_token"));
	cr_expect_not_null(strstr(fault.text, "TOCSIN_SLACK_BOT_TOKEN"));
}
