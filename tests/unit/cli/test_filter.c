// SPDX-License-Identifier: Apache-2.0
#include "cli/filter.h"

#include <criterion/criterion.h>

#include "common/clock.h"

/* 2026-11-23T16:00:00Z */
static const int64_t now_us = 1795449600000000;

Test(filter, since_takes_how_long_ago_and_times)
{
	static const struct {
		const char *text, *time;
	} cases[] = {
		{"1h", "2026-11-23T15:00:00.000000Z"},
		{"90s", "2026-11-23T15:58:30.000000Z"},
		{"15m", "2026-11-23T15:45:00.000000Z"},
		{"7d", "2026-11-16T16:00:00.000000Z"},
		{"2026-11-23T16:00:00Z", "2026-11-23T16:00:00.000000Z"},
		{"2026-11-23T16:00:00.25+01:00", "2026-11-23T15:00:00.250000Z"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct cli cli = {0};
		char since[CLOCK_TEXT_SIZE];

		cr_assert(filter_since(&cli, cases[i].text, now_us, since), "case %zu",
			i);
		cr_expect_str_eq(since, cases[i].time, "case %zu", i);
	}
}

Test(filter, since_refuses_what_is_unclear_as_a_usage_error)
{
	static const char *const cases[] = {"", "1", "yesterday", "-1h", "1h30", "1w",
		"2026-11-23", "2026-13-01T00:00:00Z", "99999999d"};

	for (size_t i = 0; i < countof(cases); i++) {
		struct cli cli = {0};
		char since[CLOCK_TEXT_SIZE];

		cr_expect_not(
			filter_since(&cli, cases[i], now_us, since), "%s", cases[i]);
		cr_expect_eq(cli.status, CLI_USAGE);
		cli_done(&cli);
	}
}

Test(filter, becomes_a_query_with_everything_encoded)
{
	struct cli cli = {.values = {[OPTION_ORG] = "acme",
				  [OPTION_KIND] = "a b&c",
				  [OPTION_UNROUTED] = ""}};
	struct text path AUTO(text_done) = {0};

	text_add(&path, "/api");
	cr_assert(filter_add(&cli, &path));
	cr_expect_str_eq(
		text_string(&path), "/api?org=acme&kind=a%20b%26c&outcome=unrouted");
}

Test(filter, does_not_take_two_outcomes)
{
	struct cli cli = {
		.values = {[OPTION_OUTCOME] = "routed", [OPTION_UNROUTED] = ""}};
	struct text path AUTO(text_done) = {0};

	cr_expect_not(filter_add(&cli, &path));
	cr_expect_eq(cli.status, CLI_USAGE);
	cli_done(&cli);
}
