// SPDX-License-Identifier: Apache-2.0
// Story: an organisation takes all of its audit trail with it. It comes whole and in order,
// and the config store's memory stays what it was.
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/support/exports.h"

enum { RECORDS = 210000, GROWTH_MAX_KB = 20 << 10 };

static void export_flat(const char *path, void (*take)(struct exports_reader *, char))
{
	struct exports_reader warm = {.stop_after = 2 << 20}, reader = {.take = take};
	long before, growth;

	(void)exports_fetch(&warm, path);
	before = exports_resident_kb();
	cr_assert(exports_fetch(&reader, path), "%s was broken off", path);
	cr_expect_eq(reader.status, 200);
	cr_expect_eq(reader.rows, RECORDS);
	cr_expect_eq(reader.last, 1, "the oldest is the last");
	growth = reader.most_kb - before;
	cr_expect_lt(growth, GROWTH_MAX_KB, "%s: %ld KiB more for %ld MiB", path,
		growth, reader.bytes >> 20);
	(void)fprintf(stderr, "%s: %ld rows, %ld MiB, memory %+ld KiB\n", path,
		reader.rows, reader.bytes >> 20, growth);
}

Test(export, of_many_records_is_whole_and_takes_no_memory, .timeout = 280)
{
	exports_start(RECORDS, NULL);
	export_flat("/api/v1/admin/orgs/acme/audit/export?format=csv&" RANGE,
		exports_take_csv);
	export_flat("/api/v1/admin/orgs/acme/audit/export?format=ndjson&" RANGE,
		exports_take_ndjson);
	exports_stop();
}

Test(export, is_filtered_and_harmless_in_a_spreadsheet, .timeout = 90)
{
	struct exports_reader csv = {.take = exports_take_csv}, runs = {0}, bad = {0};

	exports_start(10, NULL);
	cr_assert_eq(number_of(exports_stack.database,
			     "WITH changed AS (UPDATE audit.record SET reason = "
			     "'=cmd|''/c calc''!A1, \"x\"' WHERE sequence = 10 AND "
			     "stream = 'AUDIT-acme' RETURNING 1) SELECT count(*) FROM "
			     "changed"),
		1);
	cr_assert(exports_fetch(&csv,
		"/api/v1/admin/orgs/acme/audit/export?" RANGE
		"&since=2026-01-01T00:00:06Z"));
	cr_expect_eq(csv.rows, 5);
	cr_expect_str_eq(csv.first_reason, "'=cmd|'/c calc'!A1, \"x\"");
	cr_assert(exports_fetch(
		&runs, "/api/v1/admin/orgs/acme/runs/export?format=ndjson"));
	cr_expect_eq(runs.status, 200);
	cr_expect_eq(runs.bytes, 0, "there are none");
	(void)exports_fetch(&bad, "/api/v1/admin/orgs/acme/audit/export?format=xml");
	cr_expect_eq(bad.status, 400);
	exports_stop();
}
