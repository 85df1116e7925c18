// SPDX-License-Identifier: Apache-2.0
// The generic cell rate algorithm: a burst, then one each `each_us`. One number per
// counter, no timers. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* `each_us` 0: no limit. */
struct gcra {
	int64_t each_us; /* what one costs: a second divided by the rate */
	int64_t burst;   /* how many at once, from 1 */
};

struct gcra_result {
	bool granted;
	int64_t remaining; /* that would be granted now */
	int64_t wait_us;   /* until one would be granted; 0 when granted */
	int64_t reset_us;  /* until all of the burst is back */
};

/*
 * Takes one at `now_us`, of any clock that does not go back. *full_us is the counter: when
 * all that was taken will have been given back; 0 is a fresh one. What is refused costs
 * nothing.
 */
struct gcra_result gcra_take(const struct gcra *rule, int64_t *full_us, int64_t now_us);

/*
 * Takes one in any case, on credit, and says when it would have been granted (wait_us): for
 * what is delayed instead of refused. Never more than `most_us` of credit.
 */
struct gcra_result gcra_borrow(
	const struct gcra *rule, int64_t *full_us, int64_t now_us, int64_t most_us);
