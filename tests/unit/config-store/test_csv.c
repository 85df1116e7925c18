// SPDX-License-Identifier: Apache-2.0
#include "config-store/read/csv.h"

#include <criterion/criterion.h>
#include <string.h>

Test(csv, quotes_what_must_be_and_defuses_formulas)
{
	static const struct {
		const char *value, *cell;
	} cases[] = {
		{NULL, ""},
		{"", ""},
		{"plain words", "plain words"},
		{"a,b", "\"a,b\""},
		{"say \"hi\"", "\"say \"\"hi\"\"\""},
		{"\"", "\"\"\"\""},
		{"two\nlines", "\"two\nlines\""},
		{"cr\r", "\"cr\r\""},
		{"=1+1", "'=1+1"},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"\t=1", "'\t=1"},
		{"\r=1", "\"'\r=1\""},
		{"=HYPERLINK(\"http://x\",\"y\")",
			"\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
		{"1=1", "1=1"},
		{"{\"a\": 1}", "\"{\"\"a\"\": 1}\""},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct text line AUTO(text_done) = {0};

		csv_cell(&line, cases[i].value, true);
		csv_cell(&line, cases[i].value, false);
		csv_end(&line);
		cr_expect_not(text_failed(&line));
		cr_expect_eq(line.len, 2 * strlen(cases[i].cell) + 3, "case %zu: %s", i,
			text_string(&line));
		cr_expect_eq(strncmp(text_string(&line), cases[i].cell,
				     strlen(cases[i].cell)),
			0, "case %zu: %s", i, text_string(&line));
	}
}
