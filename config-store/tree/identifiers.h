// SPDX-License-Identifier: Apache-2.0
// What teams claim events by: reading it from a configuration, and the table in which a
// value of a type has one owner. How a value is normalised is common/identifier.h's.
#pragma once

#include "config-store/store.h"

/*
 * What `config` claims under /routing: an array of {"type","value"}, normalised, sorted
 * and without repetition. Values that cannot be are appended to `problems`. Owned by
 * the caller; NULL only when memory runs out.
 */
NODISCARD json_t *identifiers_of(const json_t *config, json_t *problems);

/*
 * Makes `list` what the team claims, in the transaction in hand. A value that another
 * team has is a 409 that lists every clash; an owner in an organisation that `caller`
 * may not see is not named.
 */
NODISCARD bool identifiers_claim(struct store_thread *thread, const char *org,
	const char *team, const json_t *list, struct fault *fault);

/* The same 409 for what is taken now; claims nothing. */
NODISCARD bool identifiers_free(struct store_thread *thread, const char *org,
	const char *team, const json_t *list, struct fault *fault);
