// SPDX-License-Identifier: Apache-2.0
#include "ingress/quota.h"

#include <criterion/criterion.h>

static int take_many(struct quota *quota, int count, int64_t now_us)
{
	int granted = 0;

	for (int i = 0; i < count; i++)
		granted += quota_take(quota, now_us);
	return granted;
}

Test(quota, grants_a_burst_and_then_so_many_a_second)
{
	struct quota quota = {0};
	int64_t now_us = 5000000;

	cr_expect_eq(take_many(&quota, 100000, now_us), QUOTA_BURST);
	cr_expect_eq(quota.missed, 100000 - QUOTA_BURST);
	cr_expect_eq(take_many(&quota, 1000, now_us + 1000000), QUOTA_PER_S);
	cr_expect_eq(take_many(&quota, 1000, now_us + 11000000), 10 * QUOTA_PER_S);
}

Test(quota, saves_no_more_than_a_burst)
{
	struct quota quota = {0};

	cr_expect_eq(take_many(&quota, QUOTA_BURST, 1), QUOTA_BURST);
	cr_expect_eq(take_many(&quota, 100000, INT64_C(86400000000)), QUOTA_BURST);
}
