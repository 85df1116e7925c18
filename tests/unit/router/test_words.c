// SPDX-License-Identifier: Apache-2.0
#include "router/words.h"

#include <criterion/criterion.h>

Test(words, lengths_count_characters_and_never_split_one)
{
	cr_expect_eq(words_length("abc", 2), 2);
	cr_expect_eq(words_length("abc", 9), 3);
	cr_expect_eq(words_length("\xC3\xA4\xC3\xB6", 1), 2);
	cr_expect_eq(words_length("\xF0\x9F\x98\x80x", 1), 4);
	cr_expect_eq(words_length("", 3), 0);
}

Test(words, a_line_is_the_first_one_and_says_when_more_follows)
{
	static const struct {
		const char *string, *expected;
		size_t max;
	} cases[] = {
		{"one\ntwo", "one...", 9},
		{"one\n\n", "one", 9},
		{"  one", "one", 9},
		{"abcdef", "abc...", 3},
		{NULL, "", 9},
		{"\n", "", 9},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct text text AUTO(text_done) = {0};

		words_add_line(&text, cases[i].string, cases[i].max);
		cr_expect_str_eq(text_string(&text), cases[i].expected, "case %zu", i);
	}
}

Test(words, a_block_is_set_off_and_an_empty_one_adds_nothing)
{
	struct text text AUTO(text_done) = {0};

	words_add_block(&text, NULL, 9);
	words_add_block(&text, " \r\n", 9);
	cr_expect_str_eq(text_string(&text), "");
	words_add_block(&text, "\na b\n", 9);
	cr_expect_str_eq(text_string(&text), "\n\na b");
	words_add_block(&text, "abcd", 2);
	cr_expect_str_eq(text_string(&text), "\n\na b\n\nab...");
}

Test(words, a_cut_keeps_the_number_of_characters)
{
	struct text text AUTO(text_done) = {0};

	for (int i = 0; i < 10; i++)
		text_add(&text, "\xC3\xA4");
	words_cut(&text, 10);
	cr_expect_eq(text.len, 20);
	words_cut(&text, 9);
	cr_expect_eq(text.len, 6 * 2 + 3);
	cr_expect_str_eq(text.data + 12, "...");
}

Test(words, trimming_takes_both_ends)
{
	struct text text AUTO(text_done) = {0};

	words_trim(&text);
	text_add(&text, " \n a b \t");
	words_trim(&text);
	cr_expect_str_eq(text_string(&text), "a b");
	text_clear(&text);
	text_add(&text, "  ");
	words_trim(&text);
	cr_expect_eq(text.len, 0);
}
