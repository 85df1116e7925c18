// SPDX-License-Identifier: Apache-2.0
// Rate limits: how much of one source's events, by the identifier they carry, and how many
// bad signatures of one client are taken. Rules are settings; counters are in a table of
// fixed size.
#pragma once

#include <stddef.h>

#include "common/fault.h"
#include "common/gcra.h"

enum { LIMIT_RULES_MAX = 64, LIMIT_NAME_SIZE = 64 };

/* "*" is for whoever has no row of its own. */
struct limit_rule {
	char source[LIMIT_NAME_SIZE];
	struct gcra rule;
};

struct limit_rules {
	size_t count;
	struct limit_rule list[LIMIT_RULES_MAX];
};

/*
 * "github=100/s:1000, slack=10/s, *=50/s:500, grafana=0": so many each second (s), minute (m)
 * or hour (h), and a burst (without one: ten seconds' worth, at least 1); 0 is no limit.
 * REJECT names what cannot be read.
 */
NODISCARD bool limit_rules_parse(
	struct limit_rules *out, const char *text, struct fault *fault);

/* "1/s:60", as above. */
NODISCARD bool limit_rule_parse(
	struct gcra *out, const char *text, struct fault *fault);

/* The row of `source`, else that of "*", else no limit. */
struct gcra limit_rule_of(const struct limit_rules *rules, const char *source);

/*
 * Counters. A bucket of eight is chosen by a keyed hash of the counter's name, so nobody
 * can aim at one. In a full bucket the counter that owes least makes room: whoever is at
 * its limit owes most, so it is forgotten only when eight others of its bucket are at
 * theirs, and who wants that must spend as many limits as there are buckets.
 */
struct limits;

NODISCARD bool limits_new(struct limits **out, struct fault *fault);
void limits_free(struct limits *limits);
DEFINE_AUTO(struct limits, limits_free)

/* Any thread. A counter is named by two strings: what it counts, and of whom. */
struct gcra_result limits_take(struct limits *limits, const struct gcra *rule,
	const char *what, const char *whom, int64_t now_us);

/* As gcra_borrow(). */
struct gcra_result limits_borrow(struct limits *limits, const struct gcra *rule,
	const char *const counter[2], int64_t now_us, int64_t most_us);
