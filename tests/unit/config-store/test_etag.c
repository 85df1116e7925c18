// SPDX-License-Identifier: Apache-2.0
#include "config-store/etag.h"

#include <criterion/criterion.h>

#include "common/auto.h"

Test(etag, is_found_in_a_list_of_tags)
{
	static const struct {
		const char *list;
		bool strong, weak;
	} cases[] = {
		{NULL, false, false},
		{"", false, false},
		{" , ", false, false},
		{"*", true, true},
		{"\"7\"", true, true},
		{"\"6\", \"7\"", true, true},
		{"\"6\",\t\"7\" ,\"8\"", true, true},
		{"W/\"7\"", false, true},
		{"W/\"6\", \"7\"", true, true},
		{"7", false, false},
		{"\"7", false, false},
		{"7\"", false, false},
		{"\"77\"", false, false},
		{"\"17\"", false, false},
		{"\"\"", false, false},
		{"\"", false, false},
		{"\"a,\"7\"b\"", false, false},
		{"\"6,7\"", false, false},
		{"**", false, false},
		{"w/\"7\"", false, false},
		{"W/", false, false},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		cr_expect_eq(etag_listed(cases[i].list, "7", false), cases[i].strong,
			"%zu", i);
		cr_expect_eq(
			etag_listed(cases[i].list, "7", true), cases[i].weak, "%zu", i);
	}
}
