// SPDX-License-Identifier: Apache-2.0
// How documents are put together. Pure: nothing here knows nodes or the database.
#pragma once

#include "common/json.h"
#include "config-store/config/pointer.h"

/*
 * `over` on top of `base`: objects merge key by key, everything else replaces. null
 * says nothing. Changes `base`, but nothing that stands in it: members are shared with
 * `over`, and with whoever else has them, and must not be changed afterwards. False only
 * when memory runs out.
 */
NODISCARD bool merge_into(json_t *base, const json_t *over);

/*
 * RFC 7396, where a secret is one value (secret_value.h). A new document, owned by the caller; NULL only when memory runs out.
 * Applied to an empty object it takes the nulls out of a document.
 */
NODISCARD json_t *merge_patch(const json_t *target, const json_t *patch);

/*
 * JSON pointers to where two documents differ, as deep as both are objects, at most
 * `most`. Owned by the caller; NULL only when memory runs out.
 */
NODISCARD json_t *merge_changes(const json_t *before, const json_t *after, size_t most);

/* How deep arrays and objects stand in each other: 0 for a scalar. */
size_t merge_depth(const json_t *json);
