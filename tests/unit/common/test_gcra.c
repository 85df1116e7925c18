// SPDX-License-Identifier: Apache-2.0
#include "common/gcra.h"

#include <criterion/criterion.h>

enum { SECOND = 1000000 };

static const struct gcra ten = {.each_us = SECOND / 10, .burst = 5};

Test(gcra, grants_a_burst_then_one_each_interval_and_says_how_long_to_wait)
{
	int64_t full = 0, now = 7 * SECOND;

	for (int i = 4; i >= 0; i--) {
		struct gcra_result result = gcra_take(&ten, &full, now);

		cr_expect(result.granted);
		cr_expect_eq(result.remaining, i);
		cr_expect_eq(result.wait_us, 0);
		cr_expect_eq(result.reset_us, (5 - i) * ten.each_us);
	}
	for (int i = 0; i < 100; i++) {
		struct gcra_result result = gcra_take(&ten, &full, now);

		cr_expect_not(result.granted);
		cr_expect_eq(result.remaining, 0);
		cr_expect_eq(result.wait_us, ten.each_us, "refusals cost nothing");
	}
	cr_expect_not(gcra_take(&ten, &full, now + ten.each_us - 1).granted);
	cr_expect(gcra_take(&ten, &full, now + ten.each_us).granted);
	cr_expect_not(gcra_take(&ten, &full, now + ten.each_us).granted);
}

Test(gcra, saves_no_more_than_a_burst)
{
	int64_t full = 0;
	int granted = 0;

	cr_expect(gcra_take(&ten, &full, 1).granted);
	for (int i = 0; i < 100; i++)
		granted += gcra_take(&ten, &full, INT64_C(86400) * SECOND).granted;
	cr_expect_eq(granted, 5);
}

Test(gcra, lends_and_says_when_it_would_have_granted_but_not_without_end)
{
	int64_t full = 0, now = SECOND;

	for (int i = 0; i < 5; i++)
		cr_expect(gcra_borrow(&ten, &full, now, SECOND).granted);
	for (int i = 1; i <= 10; i++) {
		struct gcra_result result = gcra_borrow(&ten, &full, now, SECOND);

		cr_expect_not(result.granted);
		cr_expect_eq(result.wait_us, i * ten.each_us);
	}
	for (int i = 0; i < 1000; i++)
		cr_expect_eq(gcra_borrow(&ten, &full, now, SECOND).wait_us, SECOND);
	cr_expect_leq(full, now + 3 * SECOND);
}

Test(gcra, without_a_rate_grants_everything)
{
	static const struct gcra none = {.burst = 1};
	int64_t full = 0;

	for (int i = 0; i < 1000; i++) {
		cr_expect(gcra_take(&none, &full, 5).granted);
		cr_expect(gcra_borrow(&none, &full, 5, 10).granted);
	}
}
