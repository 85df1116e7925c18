// SPDX-License-Identifier: Apache-2.0
// What a configuration must be like. Every problem is found, not only the first. Pure.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { CONFIG_MAX_BYTES = 256 << 10, CONFIG_MAX_DEPTH = 64 };

/*
 * What one node says for itself: the known sections have the right types; `is_team`
 * says whether it may claim identifiers. Unknown keys may be anything.
 */
void validate_own(const json_t *config, bool is_team, json_t *problems);

/*
 * What holds for a team in the end: agents, tools and destinations are whole, and what
 * is named exists.
 */
void validate_effective(const json_t *config, json_t *problems);
