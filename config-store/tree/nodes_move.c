// SPDX-License-Identifier: Apache-2.0
// Another name, another place. All writes of an organisation come one after another (see
// store_transact()), so two moves cannot make a cycle together.
#include <string.h>

#include "config-store/config/config_check.h"
#include "config-store/tell.h"
#include "config-store/tree/nodes.h"

enum { TYPE, PARENT, NAME, DEPTH, DEEPEST, HOLDS_PARENT };

/* The node, how deep it goes, and whether the new parent is in it. */
static const char find_sql[] =
	"WITH RECURSIVE below AS ("
	" SELECT node_id, depth FROM config.node WHERE org_id = $1 AND node_id = $2"
	" UNION ALL SELECT child.node_id, child.depth"
	"  FROM below JOIN config.node child"
	"  ON child.org_id = $1 AND child.parent_id = below.node_id)"
	" SELECT node_type, parent_id, name, depth, (SELECT max(depth) FROM below),"
	"  EXISTS (SELECT FROM below WHERE node_id = $3)"
	" FROM config.node WHERE org_id = $1 AND node_id = $2";

static const char deepen_sql[] =
	"WITH RECURSIVE below AS ("
	" SELECT node_id FROM config.node WHERE org_id = $1 AND node_id = $2"
	" UNION ALL SELECT child.node_id FROM below JOIN config.node child"
	"  ON child.org_id = $1 AND child.parent_id = below.node_id)"
	" UPDATE config.node moved SET depth = depth + $3::integer FROM below"
	" WHERE moved.org_id = $1 AND moved.node_id = below.node_id";

/* Sets *by to how much deeper the node comes to stand. */
static bool check_place(struct store_thread *thread, const struct node_move *move,
	const PGresult *node, int64_t *by, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	int64_t deepest;

	if (!db_query(&rows, thread->db,
		    "SELECT node_type, depth FROM config.node"
		    " WHERE org_id = $1 AND node_id = $2",
		    DB_VALUES(move->org, move->parent), fault))
		return false;
	if (PQntuples(rows) == 0)
		return refuse(thread, fault, 404, "no_such_parent",
			"organisation '%s' has no node '%s'", move->org, move->parent);
	if (db_bool(node, 0, HOLDS_PARENT))
		return refuse(thread, fault, 409, "cycle",
			"'%s' is '%s' or below it: a node cannot be under itself",
			move->parent, move->node);
	if (strcmp(db_value(node, 0, TYPE), "unit") == 0 &&
		strcmp(db_value(rows, 0, 0), "team") == 0)
		return refuse(thread, fault, 409, "unit_under_team",
			"'%s' is a team: only teams can be under it", move->parent);
	*by = db_integer(rows, 0, 1) + 1 - db_integer(node, 0, DEPTH);
	deepest = db_integer(node, 0, DEEPEST) + *by;
	if (deepest > NODE_DEPTH_MAX)
		return refuse(thread, fault, 409, "too_deep",
			"what is below '%s' would reach level %lld; %d levels are the "
			"most",
			move->node, (long long)deepest + 1, NODE_DEPTH_MAX + 1);
	return true;
}

/* What is inherited in the new place must work for every team that comes along. */
static bool check_teams(
	struct store_thread *thread, const struct node_move *move, struct fault *fault)
{
	struct tree *tree AUTO(tree_free) = NULL;
	json_t *problems AUTO(json_decref) = json_array();

	return tree_load(&tree, thread->db, move->org, move->node, TREE_BELOW, fault) &&
		tree_merge(tree, TREE_REDACTED, NULL, fault) &&
		config_check_teams(
			thread, tree, tree_find(tree, move->node), problems, fault);
}

/* Claims go along: an identifier is a team's own, wherever the team stands. */
static bool change_place(struct store_thread *thread, const struct node_move *move,
	const PGresult *node, struct fault *fault)
{
	int64_t by = 0;
	char text[24];

	if (!check_place(thread, move, node, &by, fault))
		return false;
	(void)snprintf(text, sizeof(text), "%lld", (long long)by);
	return db_execute(thread->db, deepen_sql,
		       DB_VALUES(move->org, move->node, text), NULL, fault) &&
		db_execute(thread->db,
			"UPDATE config.node SET parent_id = $3"
			" WHERE org_id = $1 AND node_id = $2",
			DB_VALUES(move->org, move->node, move->parent), NULL, fault) &&
		check_teams(thread, move, fault) &&
		db_execute(thread->db, "SELECT config.route_mark_below($1, $2)",
			DB_VALUES(move->org, move->node), NULL, fault);
}

static bool change_name(
	struct store_thread *thread, const struct node_move *move, struct fault *fault)
{
	return db_execute(thread->db,
		"UPDATE config.node SET name = $3 WHERE org_id = $1 AND node_id = $2",
		DB_VALUES(move->org, move->node, move->name), NULL, fault);
}

static bool keep(struct node_move *move, const PGresult *node, struct fault *fault)
{
	const char *parent = db_value(node, 0, PARENT), *name = db_value(node, 0, NAME);

	node_move_done(move);
	move->moved = move->parent && (!parent || strcmp(parent, move->parent) != 0);
	move->renamed = move->name && strcmp(name, move->name) != 0;
	move->is_team = strcmp(db_value(node, 0, TYPE), "team") == 0;
	move->old = json_pack("{ss?,ss}", "parent_id", parent, "name", name);
	return move->old ||
		fault_set(fault, FAULT_RETRY, "no memory for a node's old place");
}

static bool change(struct store_thread *thread, void *context, struct fault *fault)
{
	struct node_move *move = context;
	PGresult *node AUTO(PQclear) = NULL;

	if (!db_query(&node, thread->db, find_sql,
		    DB_VALUES(move->org, move->node, move->parent), fault))
		return false;
	if (PQntuples(node) == 0)
		return refuse(thread, fault, 404, "no_such_node",
			"organisation '%s' has no node '%s'", move->org, move->node);
	if (move->parent && strcmp(db_value(node, 0, TYPE), "org") == 0)
		return refuse(thread, fault, 409, "is_the_root",
			"'%s' is the organisation itself and cannot be moved",
			move->node);
	if (!keep(move, node, fault))
		return false;
	return (!move->moved || change_place(thread, move, node, fault)) &&
		(!move->renamed || change_name(thread, move, fault));
}

void node_move_done(struct node_move *move)
{
	json_decref(move->old);
	move->old = NULL;
}

static void tell_change(const struct store *store, const struct node_move *move,
	const char *action, const char *key, const char *value)
{
	json_t *detail AUTO(json_decref) = json_pack("{ss,s{sO,ss}}", "node_id",
		move->node, key, "old", json_object_get(move->old, key), "new", value);

	tell(store,
		&(struct audit){.area = "config",
			.action = action,
			.org = move->org,
			.team = move->is_team ? move->node : NULL,
			.actor = move->actor},
		detail);
}

bool nodes_change(
	struct store_thread *thread, struct node_move *move, struct fault *fault)
{
	if (move->name && strlen(move->name) > NODE_LABEL_MAX)
		return refuse(thread, fault, 400, "invalid_name",
			"the name is over %d bytes", NODE_LABEL_MAX);
	if (!store_transact(thread, move->org, change, move, fault))
		return false;
	if (move->moved)
		tell_change(
			thread->store, move, "node.moved", "parent_id", move->parent);
	if (move->renamed)
		tell_change(thread->store, move, "node.renamed", "name", move->name);
	return true;
}
