// SPDX-License-Identifier: Apache-2.0
// Changing what a node says of its configuration, and reading it.
#pragma once

#include "common/json.h"
#include "config-store/tree/tree.h"

enum config_kind {
	CONFIG_REPLACE, /* by `document` */
	CONFIG_PATCH,   /* `document` is a merge patch, RFC 7396 */
	CONFIG_RESTORE, /* what version `restored` was, as a new version */
	CONFIG_MEMBER, /* `member` of `section` is `document` and nothing more, or gone */
};

struct config_change {
	const char *org, *node;
	enum config_kind kind;
	const json_t *document; /* NULL takes a member away */
	int64_t restored;
	const char *section, *member;
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

/*
 * What config_write() would do, without doing it: {"dry_run", "valid", "changed",
 * "previous_version", "version", "diff", "teams", "teams_changed", "problems",
 * "clashes"}. `teams` names at most 100 of the teams whose effective configuration would
 * change, each with its diff. A node that is not there and an If-Match that fails are
 * refused like the write itself. Writes nothing and holds no lock.
 */
NODISCARD bool config_dry_run(json_t **out, struct store_thread *thread,
	struct config_change *change, struct fault *fault);

/* A node's own configuration without secrets; 404 when there is no such node. */
NODISCARD bool config_read(json_t **out, int64_t *version, struct store_thread *thread,
	const char *org, const char *node, struct fault *fault);

/* What config_write() and config_dry_run() begin with. */
struct config_plan {
	struct tree *tree;      /* with everything below the node */
	struct tree_node *node; /* of the tree; NULL: it is not there, and may be so */
	json_t *before;         /* sealed */
	json_t *wanted;         /* not sealed yet */
};

void config_plan_done(struct config_plan *plan);
DEFINE_AUTO_DONE(struct config_plan, config_plan_done)

/* Fills `team` and `previous_version` of the change. 404 and 412 as above. */
NODISCARD bool config_plan(struct config_plan *out, struct store_thread *thread,
	struct config_change *change, struct fault *fault);

/* 404 */
bool config_no_node(struct store_thread *thread, const char *org, const char *node,
	struct fault *fault);
