// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>

#include "agent-worker/lease.h"

Test(lease, ends_here_before_it_ends_at_the_config_store)
{
	static const struct {
		int64_t asked_ms, now_ms;
		long lease_ms, left_ms;
	} cases[] = {
		{1000, 1000, 30000, 25000},
		{1000, 11000, 30000, 15000},
		{1000, 25999, 30000, 1},
		{1000, 26000, 30000, 0},
		{1000, 31000, 30000, 0},
		{1000, 9000000, 30000, 0},
		{0, 0, 1000, 834},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		long left = lease_time_left(
			cases[i].asked_ms, cases[i].lease_ms, cases[i].now_ms);

		cr_expect_eq(left, cases[i].left_ms, "case %zu: %ld", i, left);
		cr_expect(cases[i].now_ms + left <
					cases[i].asked_ms + cases[i].lease_ms ||
				left == 0,
			"case %zu", i);
	}
}
