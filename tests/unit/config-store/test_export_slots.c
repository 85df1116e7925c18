// SPDX-License-Identifier: Apache-2.0
#include "config-store/read/export_slots.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct export_slots slots;

static enum export_bound take(const char *org, size_t *slot)
{
	return export_slots_take(&slots, org, slot);
}

Test(export_slots, of_one_organisation_leave_room_for_others)
{
	size_t slot, last = 0;

	export_slots_init(&slots);
	for (int i = 0; i < EXPORT_SLOTS_OF_ORG; i++)
		cr_assert_eq(take("acme", &last), EXPORT_BOUND_NONE, "%d", i);
	cr_expect_eq(take("acme", &slot), EXPORT_BOUND_ORG);
	cr_expect_eq(take("acm", &slot), EXPORT_BOUND_NONE, "a prefix is another");
	export_slots_give(&slots, last);
	cr_expect_eq(take("acme", &slot), EXPORT_BOUND_NONE, "one was given back");
	cr_expect_eq(slot, last);
}

Test(export_slots, are_bounded_together_and_the_own_bound_is_told_first)
{
	size_t slot, taken[EXPORT_SLOTS];
	char org[16];

	export_slots_init(&slots);
	for (int i = 0; i < EXPORT_SLOTS; i++) {
		(void)snprintf(org, sizeof(org), "org%d", i / EXPORT_SLOTS_OF_ORG);
		cr_assert_eq(take(org, &taken[i]), EXPORT_BOUND_NONE, "%d", i);
		for (int k = 0; k < i; k++)
			cr_assert_neq(taken[k], taken[i], "each has its own");
	}
	cr_expect_eq(take("acme", &slot), EXPORT_BOUND_ALL);
	cr_expect_eq(take("org0", &slot), EXPORT_BOUND_ORG);
	export_slots_give(&slots, taken[0]);
	cr_expect_eq(take("acme", &slot), EXPORT_BOUND_NONE);
}
