// SPDX-License-Identifier: Apache-2.0
// The tree of an organisation: an org at the root only, units under it and each other,
// teams under any. Nothing moves, so there are no cycles.
#pragma once

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
 * are free at the same moment.
 */
NODISCARD bool nodes_delete(
	struct store_thread *thread, struct node_end *end, struct fault *fault);
