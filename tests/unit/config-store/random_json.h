// SPDX-License-Identifier: Apache-2.0
// Random documents for property tests: over few keys, so that two of them meet, among
// them keys that look like paths. The same seed gives the same document everywhere;
// TOCSIN_TEST_SEED chooses where the seeds of a run begin.
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"

struct random {
	uint64_t state;
};

/* splitmix64: near seeds give unlike numbers. */
static inline uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += 0x9E3779B97F4A7C15u;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

static inline unsigned random_below(struct random *random, unsigned below)
{
	return (unsigned)(random_next(random) % below);
}

static inline uint64_t random_first_seed(void)
{
	const char *text = getenv("TOCSIN_TEST_SEED");

	return text ? strtoull(text, NULL, 0) : 1;
}

static const char *const random_keys[] = {
	"a", "b", "c", "d", "a.b", "a/b", "~", "~1", "", "0", "x y", "\xC3\xA9"};

static inline const char *random_key(struct random *random)
{
	/* Two of three are among the first four. */
	return random_keys[random_below(random, 3) > 0
			? random_below(random, 4)
			: random_below(random, (unsigned)countof(random_keys))];
}

static inline json_t *random_scalar(struct random *random, bool with_null)
{
	switch (random_below(random, with_null ? 6 : 5)) {
	case 0:
		return json_boolean(random_below(random, 2));
	case 1:
		return json_real((double)random_below(random, 3) / 2);
	case 2:
		return json_string(random_keys[random_below(random, 4)]);
	case 5:
		return json_null();
	default:
		return json_integer(random_below(random, 3));
	}
}

/* Any value; with `with_null`, nulls anywhere in it. */
static inline json_t *random_value(struct random *random, int depth, bool with_null)
{
	unsigned kind = depth > 0 ? random_below(random, 8) : 0;
	json_t *value;

	if (kind < 3)
		return random_scalar(random, with_null);
	value = kind == 3 ? json_array() : json_object();
	for (unsigned i = random_below(random, 5); i > 0; i--) {
		json_t *member = random_value(random, depth - 1, with_null);

		if (kind == 3)
			(void)json_array_append_new(value, member);
		else
			(void)json_object_set_new(value, random_key(random), member);
	}
	return value;
}

static inline json_t *random_object(struct random *random, int depth, bool with_null)
{
	json_t *object = json_object();

	for (unsigned i = random_below(random, 6); i > 0; i--)
		(void)json_object_set_new(object, random_key(random),
			random_value(random, depth - 1, with_null));
	return object;
}
