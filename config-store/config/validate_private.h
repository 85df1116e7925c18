// SPDX-License-Identifier: Apache-2.0
// The table of what configurations may have, and what the checks of merged documents share.
#pragma once

#include "common/json.h"

enum wanted {
	OBJECT,
	NAMES, /* an object whose keys are ids */
	ARRAY,
	STRING,
	SECRET, /* a string, or {"$secret": …} in its place */
	BOOLEAN,
	INTEGER, /* min to max */
	NUMBER,  /* min to max */
	ONE_OF,  /* words, separated by spaces */
	WEB_URL,
	CRON,
	TIME_ZONE,
};

struct rule {
	const char *path; /* '*' is any key or index */
	enum wanted wanted;
	long min, max;
	const char *words;
};

extern const struct rule validate_rules[];
extern const size_t validate_rule_count;

/* A merged document in hand. */
struct judged {
	const json_t *config;
	json_t *problems;
	struct text path;
};

/* A pointer of `parts`, which end with NULL; borrowed until the next one. */
const char *judged_at(struct judged *judged, const char *const *parts);

#define AT(judged, ...) judged_at(judged, (const char *const[]){__VA_ARGS__, NULL})

/* What says nothing is enabled. */
bool judged_is_enabled(const json_t *thing);

/*
 * Complains at `path`, which may be of judged_at(), unless `section` (such as "tools") has
 * an enabled `name`. `kind` is what people call it.
 */
void judged_needs(struct judged *judged, const char *path, const char *kind,
	const char *section, const char *name);

/* validate_agents.c: kinds, steps, tools, sub-agents and MCP servers of all agents. */
void judge_agents(struct judged *judged);
