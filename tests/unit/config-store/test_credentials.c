// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/credentials.h"

#include <criterion/criterion.h>

#define TOKEN_A "0123456789abcdef"
#define TOKEN_B "fedcba9876543210"

static bool check(struct secret_list admins, struct secret_list services)
{
	struct fault fault = {0};

	return credentials_check(&admins, &services, &fault);
}

Test(credentials, are_good_or_stop_the_start)
{
	static const struct {
		struct secret_list admins, services;
		bool good;
	} cases[] = {
		{{1, {TOKEN_A}}, {0}, true},
		{{2, {TOKEN_A, TOKEN_B}}, {0}, true},
		{{0}, {0}, false},
		{{1, {"short"}}, {0}, false},
		{{2, {TOKEN_A, "short"}}, {0}, false},
		{{1, {TOKEN_A}}, {1, {"worker:" TOKEN_B}}, true},
		{{1, {TOKEN_A}}, {2, {"worker:" TOKEN_B, "worker:" TOKEN_B "2"}}, true},
		{{1, {TOKEN_A}}, {1, {TOKEN_B}}, false},
		{{1, {TOKEN_A}}, {1, {":" TOKEN_B}}, false},
		{{1, {TOKEN_A}}, {1, {"a b:" TOKEN_B}}, false},
		{{1, {TOKEN_A}}, {1, {"worker:short"}}, false},
		{{1, {TOKEN_A}}, {1, {"worker:" TOKEN_A}}, false},
		{{1, {TOKEN_A}}, {2, {"a:" TOKEN_B, "b:" TOKEN_B}}, false},
	};

	for (size_t i = 0; i < countof(cases); i++)
		cr_expect_eq(check(cases[i].admins, cases[i].services), cases[i].good,
			"%zu", i);
}
