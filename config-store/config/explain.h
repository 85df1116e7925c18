// SPDX-License-Identifier: Apache-2.0
// Where everything that holds at a node comes from. Pure.
#pragma once

#include "config-store/config/policy.h"

/* The path to a node, root first and the node itself last, and what holds there. */
struct explain_subject {
	const struct policy_level *levels; /* without the defaults */
	size_t count;                      /* at least 1 */
	const json_t *effective;
};

/*
 * [{"path", "value", "from", "locked_by"?}] of every leaf of the effective document that
 * is at, below or above `path` (a JSON pointer; "" is everything). A leaf is what cannot
 * be merged key by key: a scalar, an array, an empty object, a secret. "from" is the node
 * that said so last, or "defaults"; "locked_by" is {"node", "path"} of the topmost lock
 * that holds over it, or over a part of it. Owned by the caller; NULL only when memory
 * runs out.
 */
NODISCARD json_t *explain_values(
	const struct explain_subject *subject, const char *path);
