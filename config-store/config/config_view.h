// SPDX-License-Identifier: Apache-2.0
// What holds at a node: the merge of defaults and every node from the root down.
#pragma once

#include "common/json.h"
#include "config-store/config/effective_cache.h"
#include "config-store/store.h"

/*
 * With secrets as placeholders, for effective_release(). From memory, without the
 * database, when nothing of the organisation has changed since; else in one round trip.
 * 404 when there is no such node.
 */
NODISCARD bool config_effective(struct effective **out, struct store_thread *thread,
	const char *org, const char *node, struct fault *fault);

/* The same from memory alone, without waiting; NULL when it is not there. */
struct effective *config_remembered(
	const struct store *store, const char *org, const char *node);

/*
 * With secrets in clear, for workers; the caller releases the document, and `etag` has
 * ETAG_SIZE. Never kept: what is in clear lives as long as its answer. One round trip.
 */
NODISCARD bool config_revealed(json_t **out, char *etag, struct store_thread *thread,
	const char *const tenant[2], struct fault *fault);
