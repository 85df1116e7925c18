// SPDX-License-Identifier: Apache-2.0
#include "ingress/json_find.h"

#include <string.h>

#include <criterion/criterion.h>

#include "common/auto.h"

Test(json_find, finds_what_the_pointer_says_and_nothing_else)
{
	static const struct {
		const char *json, *pointer, *span; /* NULL: nothing */
	} cases[] = {
		{" {\"a\" : {\"b\":[1,{\"c\":\"x\"}]} } ", "/a/b/1/c", "\"x\""},
		{"{\"a\":1,\"a\":2}", "/a", "2"},
		{"{\"a/b\":{\"~\":true}}", "/a~1b/~0", "true"},
		{"{\"\\u0061\":7}", "/a", "7"},
		{"{\"x\":\"}\\\"]{\",\"a\":null}", "/a", "null"},
		{"[[],{},3]", "/2", "3"},
		{"[1]", "", "[1]"},
		{"{\"\":5}", "/", "5"},
		{"{\"a\":{}}", "/a/b", NULL},
		{"[1]", "/01", NULL},
		{"[1]", "/1", NULL},
		{"[1]", "/-", NULL},
		{"7", "/a", NULL},
		{"{\"a\":1}", "a", NULL},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct json_span span;
		bool found = json_find(
			&span, cases[i].json, strlen(cases[i].json), cases[i].pointer);

		cr_assert_eq(found, cases[i].span != NULL, "case %zu", i);
		if (found)
			cr_expect(span.len == strlen(cases[i].span) &&
					memcmp(span.start, cases[i].span, span.len) ==
						0,
				"case %zu: %.*s", i, (int)span.len, span.start);
	}
}

static long text_of(char *out, size_t size, const char *json, bool cut)
{
	const struct json_span span = {json, strlen(json)};

	return json_span_string(out, size, &span, cut);
}

Test(json_find, strings_are_decoded_and_what_cannot_be_a_c_string_is_none)
{
	char out[8];

	cr_expect_eq(text_of(out, sizeof(out), "\"a\\n\\u00e9\"", false), 4);
	cr_expect_str_eq(out, "a\n\u00e9");
	cr_expect_eq(text_of(out, sizeof(out), "\"\\ud83d\\ude00\"", false), 4);
	cr_expect_str_eq(out, "\U0001F600");
	cr_expect_eq(text_of(out, sizeof(out), "\"\\ud83dx\"", false), 4);
	cr_expect_str_eq(out, "\uFFFDx");
	cr_expect_eq(text_of(out, sizeof(out), "\"a\\u0000b\"", false), -1);
	cr_expect_eq(text_of(out, sizeof(out), "12", false), -1);
	cr_expect_eq(text_of(out, sizeof(out), "\"12345678\"", false), -1);
	cr_expect_eq(text_of(out, sizeof(out), "\"123456\u00e9\"", true), 6);
	cr_expect_str_eq(out, "123456", "cut before the character, not inside");
}
