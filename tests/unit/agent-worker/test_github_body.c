// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "agent-worker/github_body.h"
#include "common/text.h"

#define RUN "0192f3a4-0000-8000-8000-000000000001"
#define OTHER "0192f3a4-0000-8000-8000-000000000002"

Test(github_body, ends_with_the_marker_and_is_found_by_it)
{
	char *body AUTO(free) = github_body("**hi**", RUN);

	cr_expect_str_eq(body, "**hi**\n\n<!-- tocsin:run_id=" RUN " -->");
	cr_expect(github_has_marker(body, RUN));
	cr_expect_not(github_has_marker(body, OTHER));
	cr_expect(github_has_marker("x <!-- tocsin:run_id=" RUN " -->\r\n", RUN));
	cr_expect_not(github_has_marker("<!-- tocsin:run_id=" RUN " --> quoted", RUN));
	cr_expect_not(github_has_marker("", RUN));
}

Test(github_body, is_cut_before_github_refuses_it)
{
	struct text long_text AUTO(text_done) = {0};
	char *body;

	for (int i = 0; i < 60000; i++)
		text_add(&long_text, "ü");
	body = github_body(text_string(&long_text), RUN);
	cr_expect_leq(strlen(body), GITHUB_BODY_MAX);
	cr_expect(text_is_utf8(body, strlen(body)));
	cr_expect(github_has_marker(body, RUN));
	cr_expect(strstr(body, "the rest was cut"));
	free(body);
}

Test(github_repository, cannot_become_another_path)
{
	static const struct {
		const char *name;
		bool good;
	} cases[] = {
		{"acme/shop", true},
		{"a/b.c-d_e", true},
		{"acme", false},
		{"acme/", false},
		{"/shop", false},
		{"acme/shop/issues", false},
		{"acme/..", false},
		{"../shop", false},
		{"acme/shop?x", false},
		{"acme/sh%2fop", false},
		{"acme/sh op", false},
		{"", false},
	};

	for (size_t i = 0; i < countof(cases); i++)
		cr_expect_eq(github_is_repository(cases[i].name), cases[i].good,
			"case %zu", i);
}

Test(github_next, follows_only_links_to_the_api_it_was_given)
{
	static const struct {
		const char *link, *next; /* NULL: none */
	} cases[] = {
		{"<https://api/x?page=2>; rel=\"next\", <https://api/x?page=9>; "
		 "rel=\"last\"",
			"https://api/x?page=2"},
		{"<https://api/x?page=1>; rel=\"prev\", <https://api/x?page=3>; "
		 "rel=\"next\"",
			"https://api/x?page=3"},
		{"<https://api/x?page=1>; rel=\"prev\"", NULL},
		{"<https://api.evil/x>; rel=\"next\"", NULL},
		{"<https://evil/x>; rel=\"next\"", NULL},
		{"<https://api/x", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		char next[GITHUB_URL_SIZE] = "";
		bool found = github_next(next, cases[i].link, "https://api");

		cr_expect_eq(found, cases[i].next != NULL, "case %zu", i);
		if (found)
			cr_expect_str_eq(next, cases[i].next, "case %zu", i);
	}
}
