// SPDX-License-Identifier: Apache-2.0
// Nodes of one organisation with their configurations, read in one round trip, and what
// holds at each of them once it is merged.
#pragma once

#include "common/json.h"
#include "config-store/secrets/secrets.h"
#include "config-store/store.h"

struct tree_node {
	const char *id, *parent, *type, *name; /* of the tree */
	int depth;
	int64_t version;
	json_t *own;       /* as stored, until tree_merge() changes its secrets */
	json_t *effective; /* after tree_merge() */
	json_t *kept;      /* sealed: what placeholders of its next document keep; NULL:
			      what is in `own` */
};

/* Parents stand before their children. */
struct tree {
	char org[NAME_MAX_LEN + 1];
	PGresult *rows;
	json_t *places; /* id to index */
	size_t count;
	struct tree_node nodes[];
};

enum tree_extent {
	TREE_PATH,  /* from the root to the node */
	TREE_BELOW, /* that, and everything below the node */
	TREE_PATHS, /* from the root to each of several: `node` is a JSON array of ids */
};

/* A node that is not there gives a tree of no nodes. */
NODISCARD bool tree_load(struct tree **out, struct db *db, const char *org,
	const char *node, enum tree_extent extent, struct fault *fault);
void tree_free(struct tree *tree);
DEFINE_AUTO(struct tree, tree_free)

/* NULL when it is not in the tree. */
struct tree_node *tree_find(struct tree *tree, const char *id);

/* The same nodes as they were loaded, whatever has become of `tree`. */
NODISCARD bool tree_copy(
	struct tree **out, const struct tree *tree, struct fault *fault);

enum tree_secrets { TREE_REDACTED, TREE_REVEALED, TREE_SEALED };

/*
 * Fills `effective` of every node, anew when it was there; own configurations show their secrets, or do not, or
 * are left as they are.
 * What holds at several nodes is shared by their documents: it must not be changed.
 */
NODISCARD bool tree_merge(struct tree *tree, enum tree_secrets mode,
	const struct secrets *secrets, struct fault *fault);

/*
 * Appends an ETag, without its quotes, of what holds at the end of a path: it is another
 * one when any node of the path says anything else, when the path is another, and with
 * another Tocsin.
 */
NODISCARD bool tree_etag(struct text *out, const struct tree *tree);

bool tree_is_team(const struct tree_node *node);
