// SPDX-License-Identifier: Apache-2.0
#include "common/http/form.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static bool parse(struct form *form, const char *body, struct fault *fault)
{
	return form_parse(form, body, strlen(body), fault);
}

Test(form, names_and_values_are_decoded)
{
	struct form form AUTO(form_done) = {0};
	struct fault fault = {0};

	cr_assert(parse(
		&form, "payload=%7B%22a%22%3A1%7d&text=a+b%2Bc&%6b=&flag", &fault));
	cr_expect_eq(form.count, 4);
	cr_expect_str_eq(form_value(&form, "payload"), "{\"a\":1}");
	cr_expect_str_eq(form_value(&form, "text"), "a b+c");
	cr_expect_str_eq(form_value(&form, "k"), "");
	cr_expect_str_eq(form_value(&form, "flag"), "");
	cr_expect_null(form_value(&form, "other"));
}

Test(form, empty_pairs_are_skipped)
{
	struct form form AUTO(form_done) = {0};
	struct fault fault = {0};

	cr_assert(parse(&form, "&&a=1&&b=2&", &fault));
	cr_expect_eq(form.count, 2);
	cr_expect_str_eq(form_value(&form, "b"), "2");
}

Test(form, an_empty_body_has_no_fields)
{
	struct form form AUTO(form_done) = {0};
	struct fault fault = {0};

	cr_assert(form_parse(&form, "", 0, &fault));
	cr_expect_eq(form.count, 0);
	cr_expect_null(form_value(&form, ""));
}

Test(form, whatever_is_unclear_is_refused_with_the_reason)
{
	static const struct {
		const char *body, *why;
	} cases[] = {
		{"a=%", "two hex digits"},
		{"a=%4", "two hex digits"},
		{"a=%zz", "two hex digits"},
		{"a=%4g", "two hex digits"},
		{"a=%00b", "00"},
		{"%=1", "two hex digits"},
		{"a=1%2&b=3", "two hex digits"},
		{"a=b c", "0x20"},
		{"a=b\n", "0x0a"},
		{"a=\x7F", "0x7f"},
		{"a=%FF", "UTF-8"},
		{"a=%ED%A0%80", "UTF-8"},
		{"a=1&a=2", "'a' comes twice"},
		{"a=1&%61=2", "'a' comes twice"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct form form = {0};
		struct fault fault = {0};

		cr_expect_not(parse(&form, cases[i].body, &fault), "case %zu", i);
		cr_expect_eq(fault.kind, FAULT_REJECT, "case %zu", i);
		cr_expect(strstr(fault.text, cases[i].why), "case %zu: %s", i,
			fault.text);
		cr_expect_null(form.memory, "case %zu", i);
	}
}

Test(form, at_most_64_fields_are_taken)
{
	char body[1024] = "";
	struct form form AUTO(form_done) = {0}, more = {0};
	struct fault fault = {0};
	size_t len = 0;

	for (int i = 0; i < FORM_FIELDS_MAX; i++)
		len += (size_t)snprintf(body + len, sizeof(body) - len, "&f%d", i);
	cr_expect(form_parse(&form, body, len, &fault));
	cr_expect_eq(form.count, (size_t)FORM_FIELDS_MAX);
	(void)snprintf(body + len, sizeof(body) - len, "&x");
	cr_expect_not(form_parse(&more, body, len + 2, &fault));
}

Test(form, the_media_type_is_known_whatever_its_parameters_and_case)
{
	cr_expect(form_is_type("application/x-www-form-urlencoded"));
	cr_expect(form_is_type("Application/X-WWW-Form-URLEncoded; charset=UTF-8"));
	cr_expect_not(form_is_type("application/x-www-form-urlencoded2"));
	cr_expect_not(form_is_type("application/json"));
	cr_expect_not(form_is_type(""));
	cr_expect_not(form_is_type(NULL));
}
