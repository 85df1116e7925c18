// SPDX-License-Identifier: Apache-2.0
// What a node decrees for all that are strictly below it, in the section /policy of its
// own configuration:
//
//	{"locked": [POINTER], "required": [POINTER],
//	 "max_values": {POINTER: number}, "allowed_values": {POINTER: [value]}}
//
// A policy is no value: it is not inherited, and a lower node's own can only add to it.
// What is locked keeps the value that the locking node has, also when that is none.
// Pure.
#pragma once

#include "common/json.h"

enum { POLICY_ENTRIES_MAX = 200, POLICY_POINTER_MAX = 512 };

/* Is the section /policy of a node's own configuration well formed? */
void policy_validate(const json_t *config, json_t *problems);

/* A node of the path, by its own configuration. */
struct policy_level {
	const char *node;
	const json_t *own;
};

/* A node, and those above it. Secrets are placeholders everywhere. */
struct policy_subject {
	const struct policy_level *above; /* root first */
	size_t count;
	const json_t *own, *effective;
	const json_t
		*inherited; /* what would hold if it said nothing: inherit_base() */
	bool is_complete;   /* it must have what is required */
};

/* True when somebody above decrees anything. */
bool policy_binds(const struct policy_subject *subject);

/*
 * What in `subject` those above do not allow; each problem has "policy": {"node", "rule",
 * "path"}. A secret under a lock cannot be compared and is refused wherever one is set.
 */
void policy_check(const struct policy_subject *subject, json_t *problems);

/*
 * {"locked": [{"path", "node"}], "required": [{"path", "node", "missing"}],
 * "max_values": [{"path", "node", "value"}], "allowed_values": [likewise]}, of all
 * levels above. Owned by the caller; NULL only when memory runs out.
 */
NODISCARD json_t *policy_describe(
	const struct policy_level *above, size_t count, const json_t *effective);
