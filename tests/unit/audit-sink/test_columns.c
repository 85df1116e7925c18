// SPDX-License-Identifier: Apache-2.0
#include "audit-sink/columns.h"

#include <criterion/criterion.h>

DEFINE_AUTO_DONE(struct columns, columns_done)

Test(columns, quotes_what_an_array_literal_would_misread)
{
	static const struct {
		const char *value, *literal;
	} cases[] = {
		{"plain", "{\"plain\"}"},
		{"", "{\"\"}"},
		{NULL, "{NULL}"},
		{"NULL", "{\"NULL\"}"},
		{"a\"b", "{\"a\\\"b\"}"},
		{"a\\", "{\"a\\\\\"}"},
		{"\\\"", "{\"\\\\\\\"\"}"},
		{"{a,b}", "{\"{a,b}\"}"},
	};
	struct columns columns AUTO(columns_done) = {0};

	for (size_t i = 0; i < countof(cases); i++) {
		struct row row = {.epoch = 3, .sequence = 7, .stored_at_us = 11};
		struct fault fault = {0};

		row_add(&row, cases[i].value);
		cr_assert(columns_fill(&columns, &row, 1, 1, &fault));
		cr_expect_str_eq(columns_array(&columns, 0), "{\"3\"}");
		cr_expect_str_eq(columns_array(&columns, 1), "{\"7\"}");
		cr_expect_str_eq(columns_array(&columns, 2), "{\"11\"}");
		cr_expect_str_eq(
			columns_array(&columns, 3), cases[i].literal, "case %zu", i);
	}
}

Test(columns, keep_the_order_of_rows_and_forget_the_batch_before)
{
	struct columns columns AUTO(columns_done) = {0};
	struct row rows[3] = {{.sequence = 1}, {.sequence = 2}, {.sequence = 3}};
	struct fault fault = {0};

	row_add(&rows[0], "a");
	row_add(&rows[1], NULL);
	row_add(&rows[2], "");
	cr_assert(columns_fill(&columns, rows, 3, 1, &fault));
	cr_expect_str_eq(columns_array(&columns, 1), "{\"1\",\"2\",\"3\"}");
	cr_expect_str_eq(columns_array(&columns, 3), "{\"a\",NULL,\"\"}");

	cr_assert(columns_fill(&columns, rows + 1, 1, 1, &fault));
	cr_expect_str_eq(columns_array(&columns, 3), "{NULL}");
}
