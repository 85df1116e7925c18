// SPDX-License-Identifier: Apache-2.0
#include "audit-sink/batch.h"

#include <criterion/criterion.h>

/* A table that refuses rows whose sequence is a multiple of `bad`. */
struct table {
	uint64_t bad;
	size_t statements, written, refused;
	uint64_t refused_sum;
	size_t down_after; /* statements until the database goes away; 0: never */
};

static bool write_rows(
	void *context, struct row *rows, size_t count, struct fault *fault)
{
	struct table *table = context;

	table->statements++;
	if (table->down_after && table->statements > table->down_after)
		return fault_set(fault, FAULT_RETRY, "database down");
	for (size_t i = 0; i < count; i++)
		if (table->bad && rows[i].sequence % table->bad == 0)
			return fault_set(fault, FAULT_REJECT, "row is refused");
	table->written += count;
	return true;
}

static void refuse(void *context, struct row *row, const struct fault *fault)
{
	struct table *table = context;

	cr_expect_eq(fault->kind, FAULT_REJECT);
	cr_expect_str_eq(fault->text, "row is refused");
	table->refused++;
	table->refused_sum += row->sequence;
}

static bool write_sequences(struct table *table, size_t count, struct fault *fault)
{
	struct row *rows = calloc(count + 1, sizeof(*rows));
	const struct batch batch = {write_rows, refuse, table};
	bool good;

	for (size_t i = 0; i < count; i++)
		rows[i].sequence = i + 1;
	good = batch_write(&batch, rows, count, fault);
	free(rows);
	return good;
}

Test(batch, writes_good_rows_in_one_statement)
{
	struct table table = {0};
	struct fault fault = {0};

	cr_expect(write_sequences(&table, 512, &fault));
	cr_expect_eq(table.statements, 1);
	cr_expect_eq(table.written, 512);
}

Test(batch, writes_nothing_for_no_rows)
{
	struct table table = {0};
	struct fault fault = {0};

	cr_expect(write_sequences(&table, 0, &fault));
	cr_expect_eq(table.statements, 0);
}

Test(batch, refuses_each_bad_row_alone_and_writes_all_others)
{
	static const struct {
		size_t count;
		uint64_t bad;
		size_t refused;
	} cases[] = {{1, 1, 1}, {2, 2, 1}, {7, 7, 1}, {512, 300, 1}, {512, 100, 5},
		{33, 1, 33}};

	for (size_t i = 0; i < countof(cases); i++) {
		struct table table = {.bad = cases[i].bad};
		struct fault fault = {0};

		cr_expect(
			write_sequences(&table, cases[i].count, &fault), "case %zu", i);
		cr_expect_eq(fault.kind, FAULT_NONE, "case %zu", i);
		cr_expect_eq(table.refused, cases[i].refused, "case %zu", i);
		cr_expect_eq(table.written, cases[i].count - cases[i].refused,
			"case %zu", i);
	}
}

Test(batch, finds_one_bad_row_of_512_in_twenty_statements)
{
	struct table table = {.bad = 300};
	struct fault fault = {0};

	cr_expect(write_sequences(&table, 512, &fault));
	cr_expect_eq(table.refused_sum, 300);
	cr_expect_leq(table.statements, 20);
}

Test(batch, refuses_nothing_when_the_database_goes_away_while_searching)
{
	for (size_t after = 1; after < 6; after++) {
		struct table table = {.bad = 512, .down_after = after};
		struct fault fault = {0};

		cr_expect_not(write_sequences(&table, 512, &fault));
		cr_expect_eq(fault.kind, FAULT_RETRY);
		cr_expect_eq(table.refused, 0);
	}
}
