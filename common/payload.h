// SPDX-License-Identifier: Apache-2.0
// What a command carries: a JSON object from outside, checked strictly.
#pragma once

#include "common/json.h"

enum verb {
	VERB_PROVISION,
	VERB_DEPROVISION,
	VERB_SCHEDULE,
	VERB_UNSCHEDULE,
	VERB_COUNT,
};

/* False for a word that is no verb; otherwise sets *out. */
NODISCARD bool verb_parse(enum verb *out, const char *word);

/* As it stands in subjects and commands. */
const char *verb_word(enum verb verb);

/*
 * The checked payload of `verb`, owned by the caller. Empty lists, "" and null are left
 * out: they ask for nothing. The same order always gives the same document, however it
 * was written. REJECT names every unknown key, every bad value, and what is missing.
 *
 *	provision:   slack_channel_ids, github_repos, name, parent_id, deployment_mode
 *	deprovision: delete_node
 *	schedule:    name, cron, message; time_zone, agent, enabled
 *	unschedule:  name
 *
 * Whether cron, time_zone and agent mean anything is known to the config store alone.
 */
NODISCARD bool payload_parse(
	json_t **out, enum verb verb, const char *text, struct fault *fault);
