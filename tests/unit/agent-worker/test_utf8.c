// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "agent-worker/utf8.h"
#include "common/auto.h"

Test(utf8, clean_replaces_what_is_none)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *expected;
	} cases[] = {
		{"abc", 3, "abc"},
		{"a\0b", 3, "a?b"},
		{"\xc3\xbc", 2, "ü"},
		{"\xc3", 1, "?"},
		{"\xf0\x9f\x98", 3, "???"},
		{"\xed\xa0\x80x", 4, "???x"},
		{"", 0, ""},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		char *clean AUTO(free) = utf8_clean(cases[i].bytes, cases[i].len);

		cr_expect_str_eq(clean, cases[i].expected, "case %zu", i);
	}
}

Test(utf8, counts_and_fits_as_utf_16_does)
{
	static const char text[] = "aü\U0001F600b";

	cr_expect_eq(utf8_units(text, strlen(text)), 5);
	cr_expect_eq(utf8_fit(text, strlen(text), 5), strlen(text));
	cr_expect_eq(utf8_fit(text, strlen(text), 4), 7);
	cr_expect_eq(utf8_fit(text, strlen(text), 3), 3);
	cr_expect_eq(utf8_fit(text, strlen(text), 2), 3);
	cr_expect_eq(utf8_fit(text, strlen(text), 0), 0);
}
