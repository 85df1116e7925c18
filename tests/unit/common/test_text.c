// SPDX-License-Identifier: Apache-2.0
#include "common/text.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

Test(text, is_empty_before_anything_was_added)
{
	struct text text AUTO(text_done) = {0};
	char *taken AUTO(free) = NULL;

	cr_expect_str_eq(text_string(&text), "");
	cr_expect_not(text_failed(&text));
	taken = text_take(&text);
	cr_expect_str_eq(taken, "");
}

Test(text, grows_and_stays_terminated)
{
	struct text text AUTO(text_done) = {0};

	for (int i = 0; i < 5000; i++) {
		text_add_char(&text, 'x');
		text_printf(&text, "%s", "yz");
		text_add_bytes(&text, "", 0);
	}
	cr_expect_not(text_failed(&text));
	cr_expect_eq(text.len, 15000);
	cr_expect_eq(strlen(text_string(&text)), 15000);
	cr_expect_eq(strncmp(text_string(&text) + 14997, "xyz", 4), 0);
}

Test(text, keeps_nul_bytes_that_are_added_as_bytes)
{
	struct text text AUTO(text_done) = {0};

	text_add_bytes(&text, "a\0b", 3);
	cr_expect_eq(text.len, 3);
	cr_expect_arr_eq(text_string(&text), "a\0b", 4);
}

Test(text, fails_at_its_limit_and_stays_failed)
{
	struct text text AUTO(text_done) = {.limit = 4};

	text_add(&text, "1234");
	cr_expect_not(text_failed(&text));
	text_add_char(&text, '5');
	cr_expect(text_failed(&text));
	text_add_bytes(&text, "", 0);
	cr_expect(text_failed(&text));
	cr_expect_null(text_take(&text));
	cr_expect_not(text_failed(&text), "taking starts anew");
}

Test(text, refuses_lengths_that_overflow)
{
	struct text text AUTO(text_done) = {0};

	text_add(&text, "x");
	text_add_bytes(&text, "x", SIZE_MAX);
	cr_expect(text_failed(&text));
	cr_expect_str_eq(text_string(&text), "x");
}

Test(text, can_be_cleared_and_used_again)
{
	struct text text AUTO(text_done) = {.limit = 3};

	text_add(&text, "abcd");
	text_clear(&text);
	cr_expect_not(text_failed(&text));
	text_add(&text, "ab");
	cr_expect_str_eq(text_string(&text), "ab");
	text_clear(&text);
	cr_expect_str_eq(text_string(&text), "");
}

Test(text, is_cut_between_characters)
{
	static const struct {
		const char *string;
		size_t max, len;
	} cases[] = {
		{"", 0, 0}, {"", 5, 0}, {"abc", 0, 0}, {"abc", 2, 2}, {"abc", 3, 3},
		{"abc", SIZE_MAX, 3}, {"a\xc3\xa9", 1, 1}, {"a\xc3\xa9", 2, 1},
		{"a\xc3\xa9", 3, 3}, {"\xf0\x9f\x98\x80", 3, 0},
		{"\xf0\x9f\x98\x80", 4, 4}, {"\xf0\x9f\x98\x80x", 4, 4},
		{"a\x80\x80\x80\x80\x80\x80", 6, 6}, /* no UTF-8: cut anywhere */
	};

	for (size_t i = 0; i < countof(cases); i++)
		cr_expect_eq(text_cut(cases[i].string, cases[i].max), cases[i].len,
			"case %zu: %zu", i, text_cut(cases[i].string, cases[i].max));
}

Test(text, knows_utf8)
{
	static const struct {
		const char *string;
		bool good;
	} cases[] = {
		{"", true},
		{"plain", true},
		{"caf\xc3\xa9", true},
		{"\xe2\x82\xac", true},
		{"\xf0\x9f\x98\x80", true},
		{"\xf4\x8f\xbf\xbf", true},
		{"\xed\x9f\xbf", true},
		{"12345678caf\xc3\xa9 12345678", true},
		{"\x80", false},
		{"\xc3", false},
		{"\xc3(", false},
		{"\xc0\x80", false},         /* overlong */
		{"\xc1\xbf", false},         /* overlong */
		{"\xe0\x9f\xbf", false},     /* overlong */
		{"\xf0\x8f\xbf\xbf", false}, /* overlong */
		{"\xed\xa0\x80", false},     /* surrogate */
		{"\xf4\x90\x80\x80", false}, /* above U+10FFFF */
		{"\xf5\x80\x80\x80", false},
		{"\xff", false},
		{"\xe2\x82", false},
		{"12345678\xe2\x82", false},
		{"1234567812345678\xff", false},
	};

	for (size_t i = 0; i < countof(cases); i++)
		cr_expect_eq(text_is_utf8(cases[i].string, strlen(cases[i].string)),
			cases[i].good, "case %zu", i);
	cr_expect(text_is_utf8("a\0b", 3));
}
