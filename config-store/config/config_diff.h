// SPDX-License-Identifier: Apache-2.0
// What differs between two configurations, for people and programs.
#pragma once

#include "common/json.h"

/*
 * {"added": {pointer: value}, "removed": {pointer: value},
 *  "changed": {pointer: {"old": …, "new": …}}} by JSON pointer (RFC 6901), as deep as both
 * are objects; arrays are values. The documents are sealed ones: a secret that differs is
 * found by its ciphertext and is shown as its placeholder on both sides. Setting what was
 * added or changed in `before`, and taking out what was removed, gives `after`. Owned by
 * the caller; RETRY when memory runs out.
 */
NODISCARD bool config_diff_make(
	json_t **out, const json_t *before, const json_t *after, struct fault *fault);

/* True when nothing differs. */
bool config_diff_is_empty(const json_t *diff);
