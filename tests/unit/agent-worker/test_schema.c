// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "agent-worker/schema.h"
#include "common/json.h"

static const char schema_text[] =
	"{\"type\":\"object\",\"properties\":{\"s\":{\"type\":\"string\"},"
	"\"i\":{\"type\":\"integer\"},\"b\":{\"type\":\"boolean\"},"
	"\"e\":{\"enum\":[\"x\",\"y\"]},\"u\":{\"type\":[\"string\",\"null\"]},"
	"\"l\":{\"type\":\"array\",\"items\":{\"type\":\"number\"}},"
	"\"o\":{\"type\":\"object\",\"required\":[\"k\"]}},\"required\":[\"s\"]}";

Test(schema, says_which_argument_does_not_fit_and_why)
{
	static const struct {
		const char *arguments, *why; /* NULL: it fits */
	} cases[] = {
		{"{\"s\":\"a\"}", NULL},
		{"{\"s\":\"a\",\"i\":3,\"b\":true,\"e\":\"y\",\"u\":null,\"l\":[1,2.5]"
		 "}",
			NULL},
		{"{\"s\":\"a\",\"i\":3.0}", NULL},
		{"{\"s\":\"a\",\"more\":{}}", NULL},
		{"{}", "argument /s is missing"},
		{"{\"s\":1}", "argument /s must be of type string"},
		{"{\"s\":\"a\",\"i\":3.5}", "argument /i must be of type integer"},
		{"{\"s\":\"a\",\"i\":\"3\"}", "argument /i must be of type integer"},
		{"{\"s\":\"a\",\"e\":\"z\"}",
			"argument /e is none of the allowed values"},
		{"{\"s\":\"a\",\"u\":1}",
			"argument /u is of none of the allowed types"},
		{"{\"s\":\"a\",\"l\":[1,\"2\"]}",
			"argument /l/1 must be of type number"},
		{"{\"s\":\"a\",\"o\":{}}", "argument /o/k is missing"},
		{"[]", "the arguments must be a JSON object"},
	};
	json_t *schema AUTO(json_decref) = NULL;
	struct fault fault = {0};

	cr_assert(json_parse(&schema, schema_text, strlen(schema_text), &fault));
	for (size_t i = 0; i < countof(cases); i++) {
		json_t *arguments AUTO(json_decref) = NULL;
		struct fault why = {0};
		bool good;

		cr_assert(json_parse(&arguments, cases[i].arguments,
			strlen(cases[i].arguments), &fault));
		good = schema_check(schema, arguments, &why);
		cr_expect_eq(good, cases[i].why == NULL, "case %zu: %s", i, why.text);
		if (cases[i].why)
			cr_expect_str_eq(why.text, cases[i].why, "case %zu", i);
	}
}

Test(schema, takes_anything_where_nothing_is_declared)
{
	json_t *arguments AUTO(json_decref) = json_pack("{s:i}", "x", 1);
	json_t *nonsense AUTO(json_decref) = json_pack(
		"{s:i, s:s, s:b}", "type", 7, "properties", "no", "required", 1);
	struct fault fault = {0};

	cr_expect(schema_check(NULL, arguments, &fault));
	cr_expect(schema_check(nonsense, arguments, &fault));
}

Test(schema, refuses_arguments_nested_without_end)
{
	json_t *arguments AUTO(json_decref) = json_object();
	struct fault fault = {0};

	for (int i = 0; i < 200; i++) {
		json_t *outer = json_object();

		json_object_set_new(outer, "a", arguments);
		arguments = outer;
	}
	cr_expect_not(schema_check(NULL, arguments, &fault));
}
