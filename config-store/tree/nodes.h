// SPDX-License-Identifier: Apache-2.0
// The tree of an organisation: an org at the root only, units under it and each other,
// teams under any, and no cycles.
#pragma once

#include "common/json.h"
#include "config-store/store.h"

enum { NODE_DEPTH_MAX = 15, NODE_LABEL_MAX = 200 };

struct node_wish {
	const char *org, *node;
	const char *parent; /* NULL or "": the root; ignored for the root itself */
	const char *type;   /* org, unit, team */
	const char *name;
	const char *actor;
	bool existing_ok; /* one that is there, of this type and parent, is as good */

	bool created; /* filled */
};

/* Makes a node, in a transaction of its own, and tells the audit trail. */
NODISCARD bool nodes_create(
	struct store_thread *thread, struct node_wish *wish, struct fault *fault);

struct node_end {
	const char *org, *node;
	const char *type; /* NULL: any but the root */
	const char *actor;
	bool missing_ok;

	bool deleted; /* filled */
	char was[8];  /* its type */
};

/*
 * Deletes a node that has no children. A team's tokens are revoked and its identifiers
 * are free at the same moment. History ends with a deletion, as the empty configuration
 * that a node of that id would begin with again; an organisation takes its history along,
 * and its id is nobody's again.
 */
NODISCARD bool nodes_delete(
	struct store_thread *thread, struct node_end *end, struct fault *fault);

struct node_move {
	const char *org, *node;
	const char *name;   /* NULL: as it is */
	const char *parent; /* NULL: where it is */
	const char *actor;

	/* Filled. */
	bool moved, renamed, is_team;
	json_t *old; /* {"parent_id", "name"} as they were; the caller releases it */
};

void node_move_done(struct node_move *move);
DEFINE_AUTO_DONE(struct node_move, node_move_done)

/*
 * Renames a node, or puts it with all that is below under another parent, or both. 409
 * for a cycle, more than 16 levels, a unit under a team, or a move of the root; 422 when
 * a team that comes along would not work there. Routes are marked; identifiers and tokens
 * stay as they are.
 */
NODISCARD bool nodes_change(
	struct store_thread *thread, struct node_move *move, struct fault *fault);
