// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/samples.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLES_MAX = 8 << 20, SAMPLES_FIRST = 1 << 16 };

static bool make_room(struct samples *samples, size_t count)
{
	size_t size = samples->size ? samples->size : SAMPLES_FIRST;

	if (samples->count + count > SAMPLES_MAX)
		return false;
	while (size < samples->count + count)
		size *= 2;
	if (size > samples->size) {
		samples->microseconds =
			realloc(samples->microseconds, size * sizeof(uint32_t));
		if (!samples->microseconds)
			die("no memory for samples");
		samples->size = size;
	}
	return true;
}

void samples_add(struct samples *samples, const uint32_t *microseconds, size_t count)
{
	if (count == 0 || !make_room(samples, count))
		return;
	memcpy(samples->microseconds + samples->count, microseconds,
		count * sizeof(*microseconds));
	samples->count += count;
}

static int by_value(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

struct figure samples_figure(struct samples *samples, double seconds)
{
	size_t count = samples->count;

	if (count == 0)
		die("no answer within %.0f s", seconds);
	qsort(samples->microseconds, count, sizeof(uint32_t), by_value);
	return (struct figure){.per_second = (double)count / seconds,
		.p50_ms = samples->microseconds[count / 2] / 1000.0,
		.p99_ms = samples->microseconds[count * 99 / 100] / 1000.0};
}

void samples_done(struct samples *samples)
{
	free(samples->microseconds);
	*samples = (struct samples){0};
}
