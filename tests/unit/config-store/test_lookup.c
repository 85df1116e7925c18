// SPDX-License-Identifier: Apache-2.0
#include "config-store/routing/lookup.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/json.h"

static const struct caller super = {.kind = CALLER_SUPER_ADMIN};
static const struct caller acme = {.kind = CALLER_ORG_ADMIN, .org = "acme"};

static void add(struct lookup *lookup, const char *type, const char *value)
{
	struct fault fault = {0};

	cr_assert(lookup_add(lookup, type, value, &fault), "%s", fault.text);
}

static void own(struct lookup *lookup, enum identifier_type type, const char *org)
{
	(void)snprintf(lookup->tries[type].org, NAME_MAX_LEN, "%s", org);
	(void)snprintf(lookup->tries[type].team, NAME_MAX_LEN, "team");
}

static const char *outcome_of(const json_t *answer, enum identifier_type type)
{
	char pointer[64];

	(void)snprintf(pointer, sizeof(pointer), "/explain/%d/outcome", type);
	return json_string_or(answer, pointer, "");
}

Test(lookup, says_what_was_wrong_with_each_identifier)
{
	struct lookup lookup AUTO(lookup_done) = {.matched = -1};
	json_t *answer AUTO(json_decref) = NULL;

	add(&lookup, "email_domain", "acme.example");
	add(&lookup, "github_repo", " ");
	add(&lookup, "slack_channel_id", NULL);
	add(&lookup, "service", " Pay ");
	answer = lookup_print(&lookup, &super, true);
	cr_expect_str_eq(json_string_or(answer, "/unknown/0", ""), "email_domain");
	cr_expect_eq(json_array_size(json_at(answer, "/invalid")), 2);
	cr_expect_str_eq(
		json_string_or(answer, "/invalid/0/type", ""), "slack_channel_id");
	cr_expect_str_eq(
		json_string_or(answer, "/invalid/0/message", ""), "must be a string");
	cr_expect_eq(json_array_size(json_at(answer, "/tried")), 1);
	cr_expect_str_eq(json_string_or(answer, "/tried/0", ""), "service");
	cr_expect(json_is_null(json_at(answer, "/team_token")));
	cr_expect_str_eq(outcome_of(answer, IDENTIFIER_GITHUB_REPO), "invalid");
	cr_expect_str_eq(outcome_of(answer, IDENTIFIER_SERVICE), "unclaimed");
	cr_expect_str_eq(outcome_of(answer, IDENTIFIER_PAGERDUTY_SERVICE_ID), "absent");
}

Test(lookup, names_no_other_organisation_to_an_admin)
{
	struct lookup lookup AUTO(lookup_done) = {
		.matched = IDENTIFIER_SLACK_CHANNEL_ID};
	json_t *answer AUTO(json_decref) = NULL;
	char *printed AUTO(free) = NULL;

	add(&lookup, "slack_channel_id", "C1");
	add(&lookup, "github_repo", "acme/shop");
	own(&lookup, IDENTIFIER_SLACK_CHANNEL_ID, "rival");
	own(&lookup, IDENTIFIER_GITHUB_REPO, "acme");
	answer = lookup_print(&lookup, &acme, true);
	printed = json_print(answer);
	cr_expect_null(strstr(printed, "rival"), "%s", printed);
	cr_expect(json_bool_or(answer, "/found", false));
	cr_expect(json_is_null(json_at(answer, "/team_node_id")));
	cr_expect_str_eq(json_string_or(answer, "/owner", ""), "another organisation");
	cr_expect_str_eq(outcome_of(answer, IDENTIFIER_SLACK_CHANNEL_ID), "matched");
	cr_expect_str_eq(outcome_of(answer, IDENTIFIER_GITHUB_REPO), "shadowed");
	cr_expect_str_eq(json_string_or(answer, "/explain/3/org_id", ""), "acme");
	cr_expect_eq(json_array_size(json_at(answer, "/tried")), 1);
}
