// SPDX-License-Identifier: Apache-2.0
#include "ingress/json_check.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "common/json.h"

static const char *const good[] = {"{}", "[]", " {\"a\" : [1,2,{\"b\":null}]} ", "0",
	"-0", "1.5e+10", "1E-2", "\"\"", "\"\\u00e9\\n\\\"\\\\\\/\"", "true", "false",
	"null", "[[],{},[{}]]", "{\"a\":{},\"b\":[]}", "\"\xc3\xa9\"", "[1 , 2]",
	"\t\r\n[]\n"};

static const char *const bad[] = {"", " ", "{", "}", "[", "[1,]", "{\"a\"}", "{\"a\":}",
	"{\"a\":1,}", "{a:1}", "{'a':1}", "01", "+1", "1.", ".5", "1e", "-", "--1",
	"tru", "nul", "truex", "\"", "\"\\x\"", "\"\\u12\"", "\"\t\"", "[1 2]", "{} {}",
	"[]]", "[}", "{]", "\"\xff\"", "\xef\xbb\xbf{}", "NaN", "Infinity", "[1,,2]",
	",", ":", "{\"a\"1}", "[\"a\":1]", "\"a\nb\"", "/**/{}"};

Test(json_check, takes_what_is_json)
{
	for (size_t i = 0; i < countof(good); i++)
		cr_expect(json_check(good[i], strlen(good[i])), "%s", good[i]);
}

Test(json_check, refuses_what_is_not)
{
	for (size_t i = 0; i < countof(bad); i++)
		cr_expect_not(json_check(bad[i], strlen(bad[i])), "%s", bad[i]);
}

Test(json_check, a_nul_is_refused_wherever_it_stands)
{
	static const char document[] = "{\"a\":[1,\"\\n\"],\"b\":true} ";
	char text[sizeof(document)];

	for (size_t i = 0; i < sizeof(document) - 1; i++) {
		memcpy(text, document, sizeof(text));
		text[i] = '\0';
		cr_expect_not(json_check(text, sizeof(text) - 1), "byte %zu", i);
	}
}

Test(json_check, depth_is_limited_and_costs_no_stack)
{
	size_t deep = 1000000;
	char *text = malloc(2 * deep);

	cr_assert_not_null(text);
	memset(text, '[', deep);
	memset(text + deep, ']', deep);
	cr_expect_not(json_check(text, 2 * deep));
	cr_expect(json_check(
		text + deep - JSON_CHECK_DEPTH_MAX, 2 * JSON_CHECK_DEPTH_MAX));
	cr_expect_not(json_check(
		text + deep - JSON_CHECK_DEPTH_MAX - 1, 2 * JSON_CHECK_DEPTH_MAX + 2));
	free(text);
}

/* Cut and broken at every place, it agrees with jansson wherever both have the same
 * rules. */
Test(json_check, agrees_with_jansson_on_a_document_cut_or_broken_anywhere)
{
	static const char document[] =
		"{\"a\":[1,-2.5e3,true,null],\"b\":{\"c\":\"x\\n\xc3\xa9\"},\"d\":[]}";
	char text[sizeof(document)];

	for (size_t i = 0; i < sizeof(document) - 1; i++)
		for (int c = 1; c < 256; c++) {
			json_t *json = NULL;
			struct fault fault = {0};
			bool accepted;

			memcpy(text, document, sizeof(text));
			text[i] = (char)c;
			accepted = json_parse(&json, text, sizeof(text) - 1, &fault);
			json_decref(json);
			cr_expect_eq(json_check(text, sizeof(text) - 1), accepted,
				"byte %zu as %d: jansson says %d %s", i, c, accepted,
				fault.text);
		}
}
