// SPDX-License-Identifier: Apache-2.0
#include "common/gcra.h"

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* How long from now the counter would have to wait for one more. */
static int64_t wait_for_one(const struct gcra *rule, int64_t full_us, int64_t now_us)
{
	return most(0, full_us - now_us - (rule->burst - 1) * rule->each_us);
}

static struct gcra_result describe(
	const struct gcra *rule, int64_t full_us, int64_t now_us, bool granted)
{
	int64_t taken = (most(0, full_us - now_us) + rule->each_us - 1) / rule->each_us;

	return (struct gcra_result){.granted = granted,
		.remaining = most(0, rule->burst - taken),
		.reset_us = most(0, full_us - now_us)};
}

static struct gcra_result unlimited(const struct gcra *rule)
{
	return (struct gcra_result){.granted = true, .remaining = rule->burst};
}

struct gcra_result gcra_take(const struct gcra *rule, int64_t *full_us, int64_t now_us)
{
	struct gcra_result result;
	int64_t wait_us;

	if (rule->each_us <= 0)
		return unlimited(rule);
	wait_us = wait_for_one(rule, *full_us, now_us);
	if (wait_us == 0)
		*full_us = most(*full_us, now_us) + rule->each_us;
	result = describe(rule, *full_us, now_us, wait_us == 0);
	result.wait_us = wait_us;
	return result;
}

struct gcra_result gcra_borrow(
	const struct gcra *rule, int64_t *full_us, int64_t now_us, int64_t most_us)
{
	struct gcra_result result;
	int64_t wait_us;

	if (rule->each_us <= 0)
		return unlimited(rule);
	wait_us = wait_for_one(rule, *full_us, now_us);
	if (wait_us < most_us)
		*full_us = most(*full_us, now_us) + rule->each_us;
	result = describe(rule, *full_us, now_us, wait_us == 0);
	result.wait_us = wait_us < most_us ? wait_us : most_us;
	return result;
}
