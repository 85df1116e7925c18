// SPDX-License-Identifier: Apache-2.0
#include "audit-sink/epochs.h"

#include <criterion/criterion.h>

static const struct epochs three = {
	.stream = "AUDIT",
	.known = {{3, 3000}, {2, 2000}, {1, 1000}},
	.count = 3,
	.highest = 40,
	.last = 100,
};

Test(epochs, are_told_apart_by_when_the_message_was_stored)
{
	static const struct {
		int64_t stored_at_us;
		int epoch;
	} cases[] = {{999, 1}, {1000, 1}, {1999, 1}, {2000, 2}, {2999, 2}, {3000, 3},
		{9000, 3}};

	for (size_t i = 0; i < countof(cases); i++)
		cr_expect_eq(epochs_of(&three, cases[i].stored_at_us), cases[i].epoch,
			"case %zu", i);
}

Test(epochs, count_the_messages_that_were_not_seen)
{
	struct epochs ahead = three;

	cr_expect_eq(epochs_lag(&three), 60);
	ahead.highest = 150;
	cr_expect_eq(epochs_lag(&ahead), 0);
}

Test(epochs, follow_without_asking_while_sequences_grow)
{
	struct epochs epochs = three;
	struct fault fault = {0};

	epochs.checked_at_ms = INT64_MAX / 2;
	cr_assert(epochs_follow(&epochs, NULL, NULL, 41, 90, &fault));
	cr_expect_eq(epochs.highest, 90);
}
