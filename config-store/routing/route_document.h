// SPDX-License-Identifier: Apache-2.0
// A team's route as the router reads it from the bucket. Pure.
#pragma once

#include "common/json.h"
#include "common/wire.h"

/* From what holds for the team; `revision` says which state this is. */
NODISCARD bool route_document(struct wire *out, const char *const tenant[2],
	const json_t *effective, int64_t revision, struct fault *fault);

/* Whether two documents say the same, but for the revision. */
bool route_is_same(const void *a, size_t a_len, const void *b, size_t b_len);

/* The revision of a document, or -1 for what is none. */
int64_t route_revision(const void *data, size_t len);
