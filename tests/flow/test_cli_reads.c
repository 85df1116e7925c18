// SPDX-License-Identifier: Apache-2.0
// Story: what services and people ask a config store for is at hand on the command line.
#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/reads.h"
#include "tests/support/rows.h"

static char printed[1 << 20];

#define CLI(...)                                                                   \
	stack_cli(&reads_stack, (const char *const[]){__VA_ARGS__, NULL}, printed, \
		sizeof(printed))

static void expect_printed(const char *words)
{
	cr_expect_not_null(strstr(printed, words), "no '%s' in: %s", words, printed);
}

Test(cli_reads, the_command_line_asks_the_same, .timeout = 90)
{
	reads_start();
	reads_give_identifiers();
	rows_add_records(&reads_stack, "acme", "sre", 1000);
	cr_assert_eq(reads_report(RUN_A, "acme", NULL), 201);
	cr_assert_eq(reads_report(RUN_C, "rival", NULL), 201);

	cr_expect_eq(CLI("route", "lookup", "github_repo=Acme/Shop", "no_type=x",
			     "slack_channel_id=C0RIVAL", "--explain"),
		0);
	expect_printed("rival/sre, by slack_channel_id C0RIVAL");
	expect_printed("no type of identifier: no_type");
	expect_printed("shadowed");
	cr_expect_eq(CLI("route", "lookup", "github_repo"), 2);

	cr_expect_eq(CLI("runs", "list", "--org", "acme", "--agent", "planner"), 0);
	expect_printed("what happened?");
	cr_expect_eq(CLI("runs", "export", "acme", "--state", "running"), 0);
	expect_printed("run_id,event_id,org_id");
	expect_printed(RUN_A);
	cr_expect_null(strstr(printed, RUN_C), "another organisation's run");

	cr_expect_eq(CLI("feedback", "give", RUN_A, "positive", "--user", "ann"), 0);
	cr_expect_eq(CLI("feedback", "give", RUN_A, "great"), 1);
	expect_printed("400 invalid_feedback");
	cr_expect_eq(CLI("feedback", "stats", "acme"), 0);
	expect_printed("100 %");

	cr_expect_eq(CLI("audit", "search", "acme", "--text", "reason 77", "--limit",
			     "5", "--area", "run"),
		0);
	expect_printed("reason 77");
	cr_expect_eq(CLI("audit", "export", "acme", "--format", "ndjson", "--until",
			     "2026-01-01T00:00:02Z"),
		0);
	expect_printed("\"reason 1\"");
	cr_expect_eq(CLI("audit", "export", "acme", "--format", "xml"), 1);
	expect_printed("invalid_format");
	cr_expect_eq(CLI("audit", "export", "nobody"), 0, "an empty trail is none");
	reads_stop();
}
