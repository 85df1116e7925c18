// SPDX-License-Identifier: Apache-2.0
// Latencies of one stretch, and the figure that comes of them.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tests/bench/bench.h"

/* Zero-initialise; at most 8 million are kept, the rest is forgotten. */
struct samples {
	uint32_t *microseconds;
	size_t count, size;
};

void samples_add(struct samples *samples, const uint32_t *microseconds, size_t count);

/* Sorts. `seconds` is how long it took; dies when there are no samples. */
struct figure samples_figure(struct samples *samples, double seconds);

void samples_done(struct samples *samples);
