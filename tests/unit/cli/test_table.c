// SPDX-License-Identifier: Apache-2.0
#include "cli/table.h"

#include <criterion/criterion.h>

static char *printed(const struct table *table)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	cr_assert(table_print(table, out, "", false));
	(void)fclose(out);
	return text;
}

Test(table, aligns_columns_and_leaves_no_space_at_the_end)
{
	static const struct table_column columns[] = {
		{"NAME", 0, false}, {"MS", 0, true}, {"WHAT", 0, false}, {0}};
	struct table table AUTO(table_done);
	char *text AUTO(free) = NULL;

	table_init(&table, columns);
	table_add(&table, "a");
	table_printf(&table, "%d", 7);
	table_add(&table, "x");
	table_add(&table, "grün");
	table_add(&table, "1234");
	table_add(&table, NULL);
	text = printed(&table);
	cr_expect_str_eq(text,
		"NAME    MS  WHAT\n"
		"a        7  x\n"
		"grün  1234  \n");
}

Test(table, cuts_wide_cells_between_characters)
{
	static const struct table_column columns[] = {{"T", 4, false}, {0}};
	static const struct {
		const char *value, *cut;
	} cases[] = {{"abcd", "abcd"}, {"abcde", "abc…"}, {"äöüßx", "äöü…"}, {"", ""},
		{"日本語です", "日本語…"}};

	for (size_t i = 0; i < countof(cases); i++) {
		struct table table AUTO(table_done);

		table_init(&table, columns);
		table_add(&table, cases[i].value);
		cr_expect_str_eq(table.cells[0], cases[i].cut, "case %zu", i);
	}
}

Test(table, lets_nothing_through_that_steers_a_terminal)
{
	static const struct {
		const char *value, *clean;
	} cases[] = {
		{"\033[31mred\033[0m", "?[31mred?[0m"}, {"a\rb\ab\bc\177", "a?b?b?c?"},
		{"two\nlines\tand tab", "two lines and tab"},
		{"\xc2\x9b"
		 "2J",
			"?2J"}, /* C1 CSI */
		{"\xe2\x80\xae"
		 "evil",
			"?evil"}, /* right-to-left override */
		{"\xe2\x81\xa6"
		 "evil",
			"?evil"},                     /* isolate */
		{"\xff\xfe", "??"},                   /* no UTF-8 */
		{"\xe2\x82", "??"},                   /* cut in the middle */
		{"\xc0\xaf", "??"},                   /* overlong */
		{"\xe2\x82\xac 5", "\xe2\x82\xac 5"}, /* a euro is fine */
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct text out AUTO(text_done) = {0};

		table_clean(&out, cases[i].value, false);
		cr_expect_str_eq(text_string(&out), cases[i].clean, "case %zu", i);
	}
}

Test(table, keeps_the_lines_of_an_answer)
{
	struct text out AUTO(text_done) = {0};

	table_clean(&out, "a\n\tb\033", true);
	cr_expect_str_eq(text_string(&out), "a\n\tb?");
}
