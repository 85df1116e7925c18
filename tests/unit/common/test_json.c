// SPDX-License-Identifier: Apache-2.0
#include "common/json.h"

#include <criterion/criterion.h>
#include <string.h>

Test(json, parses_any_value)
{
	static const char *const cases[] = {
		"{}", "[]", "1", "\"x\"", "null", " {\"a\": [1, 2.5, true]} \n"};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *json AUTO(json_decref) = NULL;
		struct fault fault = {0};

		cr_expect(json_parse(&json, cases[i], strlen(cases[i]), &fault),
			"case %zu: %s", i, fault.text);
	}
}

Test(json, rejects_everything_else_and_says_where)
{
	static char deep[5000];
	static const char *const cases[] = {"", " ", "{", "{\"a\":1,}", "{} {}", "nul",
		"{'a':1}", "\"\\u0000\"", "{\"a\\u0000b\":1}", "\"\xff\"",
		"\"\\ud800\"", "01", "1e999", "\"a\nb\"", deep};

	memset(deep, '[', sizeof(deep) - 1);
	for (size_t i = 0; i < countof(cases); i++) {
		json_t *json = NULL;
		struct fault fault = {0};

		cr_expect_not(json_parse(&json, cases[i], strlen(cases[i]), &fault),
			"case %zu", i);
		cr_expect_null(json);
		cr_expect_eq(fault.kind, FAULT_REJECT, "case %zu", i);
		cr_expect(strstr(fault.text, "line "), "%s", fault.text);
	}
}

Test(json, a_key_that_is_there_twice_is_refused_where_people_write)
{
	static const char *const cases[] = {
		"{\"a\":1,\"a\":1}", "{\"x\":[{\"a\":1,\"b\":2,\"\\u0061\":3}]}"};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *json AUTO(json_decref) = NULL;
		struct fault fault = {0};

		cr_expect_not(
			json_parse_strict(&json, cases[i], strlen(cases[i]), &fault));
		cr_expect(strstr(fault.text, "duplicate"), "%s", fault.text);
		cr_expect(json_parse(&json, cases[i], strlen(cases[i]), &fault));
	}
}

Test(json, does_not_read_past_the_end)
{
	json_t *json AUTO(json_decref) = NULL;
	struct fault fault = {0};

	cr_expect(json_parse(&json, "123456", 3, &fault));
	cr_expect_eq(json_integer_value(json), 123);
}

Test(json, takes_nothing_for_an_empty_object)
{
	static const struct {
		const char *string;
		bool good;
	} cases[] = {{NULL, true}, {"", true}, {"{}", true}, {"[]", false},
		{"1", false}, {"{", false}};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *json AUTO(json_decref) = NULL;
		struct fault fault = {0};

		cr_expect_eq(json_parse_object(&json, cases[i].string, &fault),
			cases[i].good, "case %zu", i);
		cr_expect_eq(json_is_object(json), cases[i].good, "case %zu", i);
		cr_expect_eq(fault.kind, cases[i].good ? FAULT_NONE : FAULT_REJECT);
	}
}

/* The examples of RFC 6901. */
Test(json, follows_pointers)
{
	static const char document[] =
		"{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,"
		"\"g|h\":4,\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8,\"~1\":9}";
	static const struct {
		const char *pointer;
		long value; /* -1: nothing */
	} cases[] = {
		{"/", 0},
		{"/a~1b", 1},
		{"/c%d", 2},
		{"/e^f", 3},
		{"/g|h", 4},
		{"/i\\j", 5},
		{"/k\"l", 6},
		{"/ ", 7},
		{"/m~0n", 8},
		{"/~01", 9},
		{"/nothing", -1},
		{"foo", -1},
		{"//", -1},
		{"/a/b", -1},
	};
	json_t *json AUTO(json_decref) = NULL;
	struct fault fault = {0};

	cr_assert(json_parse(&json, document, sizeof(document) - 1, &fault));
	for (size_t i = 0; i < countof(cases); i++)
		cr_expect_eq(json_integer_or(json, cases[i].pointer, -1),
			cases[i].value, "'%s'", cases[i].pointer);
	cr_expect_eq(json_at(json, ""), json);
	cr_expect_str_eq(json_string_at(json, "/foo/0"), "bar");
	cr_expect_str_eq(json_string_at(json, "/foo/1"), "baz");
}

Test(json, finds_nothing_where_arrays_have_nothing)
{
	static const char *const pointers[] = {"/2", "/-", "/-1", "/00", "/01", "/1x",
		"/ 1", "/+1", "/18446744073709551616", "/99999999999999999999999", "/",
		"/0/x"};
	json_t *json AUTO(json_decref) = json_pack("[s, s]", "a", "b");

	for (size_t i = 0; i < countof(pointers); i++)
		cr_expect_null(json_at(json, pointers[i]), "'%s'", pointers[i]);
	cr_expect_null(json_at(NULL, "/0"));
	cr_expect_null(json_at(NULL, ""));
}

Test(json, survives_long_pointers)
{
	char pointer[2000];
	json_t *json AUTO(json_decref) = json_object();

	memset(pointer, 'x', sizeof(pointer) - 1);
	pointer[0] = '/';
	pointer[sizeof(pointer) - 1] = '\0';
	cr_expect_null(json_at(json, pointer));
	memset(pointer, '/', sizeof(pointer) - 1);
	cr_expect_null(json_at(json, pointer));
}

Test(json, gives_what_was_asked_for_or_the_other)
{
	json_t *json AUTO(json_decref) = json_pack(
		"{s:s, s:i, s:b, s:f, s:n}", "s", "x", "i", 7, "b", 1, "f", 1.5, "n");

	cr_expect_str_eq(json_string_or(json, "/s", "none"), "x");
	cr_expect_str_eq(json_string_or(json, "/i", "none"), "none");
	cr_expect_str_eq(json_string_or(json, "/n", "none"), "none");
	cr_expect_null(json_string_at(json, "/i"));
	cr_expect_eq(json_integer_or(json, "/i", 1), 7);
	cr_expect_eq(json_integer_or(json, "/f", 1), 1);
	cr_expect_eq(json_integer_or(json, "/s", 1), 1);
	cr_expect(json_bool_or(json, "/b", false));
	cr_expect(json_bool_or(json, "/i", true));
	cr_expect_not(json_bool_or(json, "/nothing", false));
}

Test(json, prints_compactly)
{
	json_t *json AUTO(json_decref) = json_pack("{s:[i, s]}", "a", 1, "\xc3\xa9");
	char *printed AUTO(free) = json_print(json);

	cr_expect_str_eq(printed, "{\"a\":[1,\"\xc3\xa9\"]}");
	cr_expect_null(json_print(NULL));
}

Test(json, what_is_no_json_can_be_said_without_its_text)
{
	static const char *const cases[] = {"{\"a\" \"hidden-1\"}", "{\"a\": hidden1}",
		"[1, \"hidden\", (line 7", "{\"a\": \"hidden (line \" \"hidden\"}"};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *json = NULL;
		struct fault fault = {0};

		cr_expect_not(json_parse(&json, cases[i], strlen(cases[i]), &fault));
		json_forget_quote(&fault);
		cr_expect_not(strstr(fault.text, "hidden"), "%s", fault.text);
		cr_expect(strstr(fault.text, "(line 1, column"), "%s", fault.text);
	}
}
