// SPDX-License-Identifier: Apache-2.0
// How many records strangers may cause: a burst, then so many a second. Whoever knows
// no secret must not be able to fill the audit stream, and with it the disk that takes
// the events. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise: full. */
struct quota {
	int64_t next_us; /* when all that was taken will have been given back */
	long missed;     /* since the last that was granted */
};

enum { QUOTA_BURST = 200, QUOTA_PER_S = 2 };

/* Takes one at `now_us`, a monotonic time. When false, `missed` has counted it. */
bool quota_take(struct quota *quota, int64_t now_us);
