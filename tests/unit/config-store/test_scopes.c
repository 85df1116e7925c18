// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/scopes.h"

#include <criterion/criterion.h>
#include <string.h>

Test(scopes, are_read_as_they_are_written)
{
	for (unsigned rights = RIGHT_KNOWN; rights <= RIGHT_ALL; rights += 2) {
		char text[SCOPES_SIZE];
		unsigned back = 0;

		cr_assert(scopes_parse(&back, scopes_text(text, rights)), "%s", text);
		cr_assert_eq(back, rights, "%s", text);
		cr_assert_lt(strlen(text), SCOPES_SIZE - 1, "%s", text);
	}
}

Test(scopes, that_nobody_knows_are_refused)
{
	static const char *const cases[] = {"x", "config", "config:read,config:write",
		"CONFIG:READ", "config:read x", "admin:", "*", "internal:*"};

	for (size_t i = 0; i < countof(cases); i++) {
		unsigned rights = 77;

		cr_expect_not(scopes_parse(&rights, cases[i]), "%s", cases[i]);
		cr_expect_eq(rights, 77);
	}
}

Test(scopes, of_a_team_make_no_tokens)
{
	cr_expect_eq(scopes_most(CALLER_TEAM) & RIGHT_TOKENS_WRITE, 0);
	cr_expect_eq(scopes_default(CALLER_TEAM) & ~scopes_most(CALLER_TEAM), 0);
	cr_expect_eq(scopes_default(CALLER_ORG_ADMIN), RIGHT_ALL);
	cr_expect_eq(scopes_default(CALLER_NONE), 0);
}
