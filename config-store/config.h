// SPDX-License-Identifier: Apache-2.0
// Reading and changing what a node says of its configuration.
#pragma once

#include "common/json.h"
#include "config-store/store.h"

struct config_change {
	const char *org, *node;
	const json_t *document; /* the whole configuration, or a merge patch of it */
	bool is_patch;
	const char *if_match; /* an If-Match header; NULL or "": no condition */
	const char *actor, *reason;
	bool missing_ok; /* a node that is not there is no failure */

	/* Filled. */
	bool changed;
	char team[NAME_MAX_LEN + 1]; /* the node, when it is a team */
	int64_t previous_version, version;
	json_t *config; /* without secrets; the caller releases it */
	json_t *paths;  /* what has changed; likewise */
};

void config_change_done(struct config_change *change);
DEFINE_AUTO_DONE(struct config_change, config_change_done)

/*
 * Validates, stores, claims identifiers, marks routes and tells the audit trail. What
 * changes nothing keeps the version.
 */
NODISCARD bool config_write(
	struct store_thread *thread, struct config_change *change, struct fault *fault);

/* A node's own configuration without secrets; 404 when there is no such node. */
NODISCARD bool config_read(json_t **out, int64_t *version, struct store_thread *thread,
	const char *org, const char *node, struct fault *fault);

/* What holds at a node. */
struct config_view {
	const char *org, *node;
	bool revealed; /* with secrets in clear */

	/* Filled. */
	json_t *document; /* the caller releases it */
	struct text etag;
};

void config_view_done(struct config_view *view);
DEFINE_AUTO_DONE(struct config_view, config_view_done)

/* In one round trip; 404 when there is no such node. */
NODISCARD bool config_effective(
	struct store_thread *thread, struct config_view *view, struct fault *fault);
