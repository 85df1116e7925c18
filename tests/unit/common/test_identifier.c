// SPDX-License-Identifier: Apache-2.0
#include "common/identifier.h"

#include <criterion/criterion.h>
#include <string.h>

Test(identifier, types_stand_in_the_order_of_the_look_up)
{
	static const char *const order[] = {"incidentio_team_id",
		"pagerduty_service_id", "slack_channel_id", "github_repo",
		"coralogix_team_name", "incidentio_alert_source_id", "service"};

	cr_assert_eq(countof(order), (size_t)IDENTIFIER_TYPES);
	for (size_t i = 0; i < countof(order); i++) {
		enum identifier_type type = IDENTIFIER_TYPES;

		cr_expect_str_eq(identifier_kinds[i].name, order[i]);
		cr_expect(identifier_type_parse(&type, order[i]));
		cr_expect_eq((size_t)type, i);
	}
}

Test(identifier, a_name_that_is_no_type_is_refused)
{
	enum identifier_type type;

	cr_expect_not(identifier_type_parse(&type, ""));
	cr_expect_not(identifier_type_parse(&type, "github_repos"));
	cr_expect_not(identifier_type_parse(&type, "GITHUB_REPO"));
}

Test(identifier, values_are_trimmed_and_lowered_where_the_type_says_so)
{
	static const struct {
		enum identifier_type type;
		const char *value, *expected;
	} cases[] = {
		{IDENTIFIER_GITHUB_REPO, " Acme/Shop\r\n", "acme/shop"},
		{IDENTIFIER_SERVICE, "\tCheckout API ", "checkout api"},
		{IDENTIFIER_CORALOGIX_TEAM_NAME, "Acme-EU", "acme-eu"},
		{IDENTIFIER_SLACK_CHANNEL_ID, " C0123abc ", "C0123abc"},
		{IDENTIFIER_PAGERDUTY_SERVICE_ID, "PABC", "PABC"},
		{IDENTIFIER_SERVICE, "\xC3\x84pfel", "\xC3\x84pfel"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		char out[IDENTIFIER_SIZE];
		struct fault fault = {0};

		cr_assert(identifier_normalise(
				  out, cases[i].type, cases[i].value, &fault),
			"case %zu: %s", i, fault.text);
		cr_expect_str_eq(out, cases[i].expected, "case %zu", i);
	}
}

Test(identifier, what_cannot_be_a_value_is_refused_with_the_type_named)
{
	static const char *const cases[] = {
		"", "  \t", "a\nb", "a\x7F", "\xFF\xFE", "\xC0\x80"};

	for (size_t i = 0; i < countof(cases); i++) {
		char out[IDENTIFIER_SIZE] = "untouched";
		struct fault fault = {0};

		cr_expect_not(identifier_normalise(
			out, IDENTIFIER_SERVICE, cases[i], &fault));
		cr_expect_eq(fault.kind, FAULT_REJECT, "case %zu", i);
		cr_expect(strstr(fault.text, "service"), "case %zu", i);
		cr_expect_str_eq(out, "untouched");
	}
}

Test(identifier, the_longest_value_has_255_bytes)
{
	char value[IDENTIFIER_SIZE + 1] = {0}, out[IDENTIFIER_SIZE];
	struct fault fault = {0};

	memset(value, 'a', IDENTIFIER_SIZE - 1);
	cr_expect(identifier_normalise(out, IDENTIFIER_SERVICE, value, &fault));
	cr_expect_eq(strlen(out), (size_t)IDENTIFIER_SIZE - 1);
	value[IDENTIFIER_SIZE - 1] = 'a';
	cr_expect_not(identifier_normalise(out, IDENTIFIER_SERVICE, value, &fault));
}
