// SPDX-License-Identifier: Apache-2.0
#include "common/http/http_private.h"

#include <criterion/criterion.h>
#include <string.h>

Test(http_path, matches_whole_segments)
{
	static const struct {
		const char *pattern, *path;
		bool matches;
	} cases[] = {
		{"/a", "/a", true},
		{"/a", "/a/", false},
		{"/a", "/ab", false},
		{"/ab", "/a", false},
		{"/a/{x}", "/a/b", true},
		{"/a/{x}", "/a/", false},
		{"/a/{x}", "/a/b/c", false},
		{"/a/{x}/c", "/a/b/c", true},
		{"/a/{x}/c", "/a//c", false},
		{"/a/{x}/c", "/a/b/d", false},
		{"/{x}/{y}", "/a/b", true},
		{"/{x}/{y}", "/a", false},
		{"/a", "", false},
		{"/a", "*", false},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct http_match match;

		cr_expect_eq(http_path_match(cases[i].pattern, cases[i].path, &match),
			cases[i].matches, "%s at %s", cases[i].pattern, cases[i].path);
	}
}

Test(http_path, tells_what_stands_for_what)
{
	struct http_match match;

	cr_assert(http_path_match("/o/{org}/n/{node}", "/o/acme/n/shop", &match));
	cr_assert_eq(match.count, 2);
	cr_expect_eq(match.segments[1].name_len, 4);
	cr_expect_eq(strncmp(match.segments[1].name, "node", 4), 0);
	cr_expect_eq(match.segments[0].value_len, 4);
	cr_expect_eq(strncmp(match.segments[0].value, "acme", 4), 0);
}

Test(http_path, decodes_escapes_and_refuses_broken_ones)
{
	static const struct {
		const char *text, *decoded;
	} cases[] = {
		{"", ""},
		{"plain+text", "plain+text"},
		{"%41%62%2f%2F", "Ab//"},
		{"100%25", "100%"},
		{"%", NULL},
		{"%4", NULL},
		{"a%", NULL},
		{"%4g", NULL},
		{"%g4", NULL},
		{"%00", NULL},
		{"%%41", NULL},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		char out[32];
		bool good = http_decode(out, cases[i].text, strlen(cases[i].text));

		cr_expect_eq(good, cases[i].decoded != NULL, "case %zu", i);
		if (good && cases[i].decoded)
			cr_expect_str_eq(out, cases[i].decoded, "case %zu", i);
	}
}
