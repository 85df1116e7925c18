// SPDX-License-Identifier: Apache-2.0
#include "config-store/tree/nodes.h"

#include <string.h>

#include "config-store/config/config_check.h"
#include "config-store/tell.h"
#include "config-store/tokens/tokens.h"

static bool is_type(const char *type, const char *wanted)
{
	return strcmp(type, wanted) == 0;
}

static bool find(PGresult **out, struct db *db, const char *org, const char *node,
	struct fault *fault)
{
	return db_query(out, db,
		"SELECT node_type, depth, coalesce(parent_id, '') FROM config.node"
		" WHERE org_id = $1 AND node_id = $2 FOR UPDATE",
		DB_VALUES(org, node), fault);
}

static bool check_wish(
	struct store_thread *thread, const struct node_wish *wish, struct fault *fault)
{
	if (!id_is_name(wish->org) || !id_is_name(wish->node))
		return refuse(thread, fault, 400, "invalid_id",
			"'%s' is no id: 1 to %d letters, digits, '-' or '_', a letter "
			"or "
			"digit first",
			id_is_name(wish->org) ? wish->node : wish->org, NAME_MAX_LEN);
	if (!is_type(wish->type, "org") && !is_type(wish->type, "unit") &&
		!is_type(wish->type, "team"))
		return refuse(thread, fault, 400, "invalid_node_type",
			"'%s' is no type of node: unit or team", wish->type);
	if (strlen(wish->name) > NODE_LABEL_MAX)
		return refuse(thread, fault, 400, "invalid_name",
			"the name is over %d bytes", NODE_LABEL_MAX);
	if (is_type(wish->type, "org") != (strcmp(wish->org, wish->node) == 0))
		return refuse(thread, fault, 409, "is_the_root",
			"the id '%s' is the organisation's own", wish->org);
	return true;
}

static const char *parent_of(const struct node_wish *wish)
{
	if (is_type(wish->type, "org"))
		return NULL;
	return wish->parent && *wish->parent ? wish->parent : wish->org;
}

static bool accept_existing(struct store_thread *thread, const struct node_wish *wish,
	const PGresult *rows, struct fault *fault)
{
	const char *type = db_value(rows, 0, 0), *parent = db_value(rows, 0, 2);
	bool elsewhere =
		wish->parent && *wish->parent && strcmp(wish->parent, parent) != 0;

	if (wish->existing_ok && is_type(type, wish->type) && !elsewhere)
		return true;
	if (is_type(type, "org"))
		return refuse(thread, fault, 409, "org_exists",
			"there is an organisation '%s' already", wish->org);
	return refuse(thread, fault, 409, "node_exists",
		"organisation '%s' has a %s '%s' already, under '%s'", wish->org, type,
		wish->node, parent);
}

/* The root node has the organisation's own id. */
static bool nothing_there(struct store_thread *thread, const char *org,
	const char *node, const char *code, struct fault *fault)
{
	if (strcmp(org, node) == 0)
		return refuse(thread, fault, 404, "no_such_org",
			"there is no organisation '%s'", org);
	return refuse(thread, fault, 404, code, "organisation '%s' has no node '%s'",
		org, node);
}

/* What the one before left under its id (runs, audit, tokens) is not the next one's. */
static bool check_unused(
	struct store_thread *thread, const struct node_wish *wish, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!is_type(wish->type, "org"))
		return true;
	if (!db_query(&rows, thread->db,
		    "SELECT FROM config.org_gone WHERE org_id = $1",
		    DB_VALUES(wish->org), fault))
		return false;
	return PQntuples(rows) == 0 ||
		refuse(thread, fault, 409, "org_id_was_used",
			"an organisation '%s' was deleted; its runs and audit records "
			"keep the id, so no other can have it",
			wish->org);
}

/* Sets *depth to that of a node under the wished parent. */
static bool check_parent(struct store_thread *thread, const struct node_wish *wish,
	int64_t *depth, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	const char *parent = parent_of(wish);

	*depth = 0;
	if (!parent)
		return true;
	if (!find(&rows, thread->db, wish->org, parent, fault))
		return false;
	if (PQntuples(rows) == 0)
		return nothing_there(
			thread, wish->org, parent, "no_such_parent", fault);
	*depth = db_integer(rows, 0, 1) + 1;
	if (*depth > NODE_DEPTH_MAX)
		return refuse(thread, fault, 409, "too_deep",
			"'%s' would be at level %lld; %d levels are the most",
			wish->node, (long long)*depth + 1, NODE_DEPTH_MAX + 1);
	if (is_type(wish->type, "unit") && is_type(db_value(rows, 0, 0), "team"))
		return refuse(thread, fault, 409, "unit_under_team",
			"'%s' is a team: only teams can be under it", parent);
	return true;
}

static bool insert(struct store_thread *thread, const struct node_wish *wish,
	int64_t depth, struct fault *fault)
{
	char depth_text[24];

	(void)snprintf(depth_text, sizeof(depth_text), "%lld", (long long)depth);
	return db_execute(thread->db,
		       "INSERT INTO config.node (org_id, node_id, parent_id, node_type,"
		       " name, depth) VALUES ($1, $2, $3, $4, $5, $6::integer)",
		       DB_VALUES(wish->org, wish->node, parent_of(wish), wish->type,
			       wish->name, depth_text),
		       NULL, fault) &&
		db_execute(thread->db,
			"INSERT INTO config.node_config (org_id, node_id, updated_by,"
			" version) SELECT $1, $2, $3, coalesce(max(version), 0)"
			" FROM config.node_config_history"
			" WHERE org_id = $1 AND node_id = $2",
			DB_VALUES(wish->org, wish->node, wish->actor), NULL, fault) &&
		db_execute(thread->db, "SELECT config.route_mark_below($1, $2)",
			DB_VALUES(wish->org, wish->node), NULL, fault);
}

/* What a team inherits must work for it, before it is one. */
static bool check_inherited(
	struct store_thread *thread, const struct node_wish *wish, struct fault *fault)
{
	struct tree *tree AUTO(tree_free) = NULL;

	return tree_load(&tree, thread->db, wish->org, wish->node, TREE_PATH, fault) &&
		tree_merge(tree, TREE_REDACTED, NULL, fault) &&
		config_check_created(thread, tree, tree_find(tree, wish->node), fault);
}

static bool create(struct store_thread *thread, void *context, struct fault *fault)
{
	struct node_wish *wish = context;
	PGresult *rows AUTO(PQclear) = NULL;
	int64_t depth;

	wish->created = false;
	if (!check_wish(thread, wish, fault) ||
		!find(&rows, thread->db, wish->org, wish->node, fault))
		return false;
	if (PQntuples(rows) > 0)
		return accept_existing(thread, wish, rows, fault);
	if (!check_unused(thread, wish, fault) ||
		!check_parent(thread, wish, &depth, fault) ||
		!insert(thread, wish, depth, fault) ||
		!check_inherited(thread, wish, fault))
		return false;
	wish->created = true;
	return true;
}

static void tell_node(const struct store *store, const char *action,
	const char *const who[3], const char *type)
{
	json_t *detail AUTO(json_decref) =
		json_pack("{ss,ss}", "node_id", who[1], "node_type", type);

	tell(store,
		&(struct audit){.area = "config",
			.action = action,
			.org = who[0],
			.team = is_type(type, "team") ? who[1] : NULL,
			.actor = who[2]},
		detail);
}

bool nodes_create(
	struct store_thread *thread, struct node_wish *wish, struct fault *fault)
{
	if (!store_transact(thread, wish->org, create, wish, fault))
		return false;
	if (wish->created)
		tell_node(thread->store, "node.created",
			(const char *const[]){wish->org, wish->node, wish->actor},
			wish->type);
	return true;
}

static bool check_end(struct store_thread *thread, const struct node_end *end,
	const PGresult *rows, struct fault *fault)
{
	const char *type = db_value(rows, 0, 0);
	PGresult *children AUTO(PQclear) = NULL;

	if (end->type && !is_type(type, end->type))
		return refuse(thread, fault, 409, "other_node_type",
			"'%s' is of type %s, not %s", end->node, type, end->type);
	if (!end->type && is_type(type, "org"))
		return refuse(thread, fault, 409, "is_the_root",
			"'%s' is the organisation itself; delete the organisation",
			end->node);
	if (!db_query(&children, thread->db,
		    "SELECT count(*), min(node_id) FROM config.node"
		    " WHERE org_id = $1 AND parent_id = $2",
		    DB_VALUES(end->org, end->node), fault))
		return false;
	if (db_integer(children, 0, 0) > 0)
		return refuse(thread, fault, 409, "has_children",
			"'%s' has %lld nodes under it, '%s' is one; delete them first",
			end->node, (long long)db_integer(children, 0, 0),
			db_value(children, 0, 1));
	return true;
}

/*
 * A node that is made again goes on counting where this one ended: no version number, and
 * so no ETag, ever stands for two documents. An organisation is not made again: its
 * history goes, its id stays taken.
 */
static bool end_history(
	struct store_thread *thread, const struct node_end *end, struct fault *fault)
{
	if (is_type(end->was, "org"))
		return db_execute(thread->db,
			       "DELETE FROM config.node_config_history"
			       " WHERE org_id = $1",
			       DB_VALUES(end->org), NULL, fault) &&
			db_execute(thread->db,
				"INSERT INTO config.org_gone (org_id) VALUES ($1)"
				" ON CONFLICT DO NOTHING",
				DB_VALUES(end->org), NULL, fault);
	return db_execute(thread->db,
		"INSERT INTO config.node_config_history (org_id, node_id,"
		" previous_version, version, previous_config, config, changed_by,"
		" reason) SELECT org_id, node_id, version, version + 1, config, '{}',"
		" $3, 'deleted' FROM config.node_config"
		" WHERE org_id = $1 AND node_id = $2",
		DB_VALUES(end->org, end->node, end->actor), NULL, fault);
}

struct ending {
	struct node_end *end;
	PGresult *tokens; /* that it revoked: id, team */
};

/* Whatever the node's type is: what does not apply has no rows. */
static bool erase(
	struct store_thread *thread, struct ending *ending, struct fault *fault)
{
	const struct node_end *end = ending->end;

	return end_history(thread, end, fault) &&
		db_query(&ending->tokens, thread->db,
			"UPDATE config.token SET revoked_at = now() WHERE org_id = $1"
			" AND (team_id = $2 OR (team_id IS NULL AND org_id = $2))"
			" AND revoked_at IS NULL RETURNING token_id, team_id",
			DB_VALUES(end->org, end->node), fault) &&
		db_execute(thread->db, "SELECT config.route_mark_below($1, $2)",
			DB_VALUES(end->org, end->node), NULL, fault) &&
		db_execute(thread->db,
			"DELETE FROM config.node WHERE org_id = $1 AND node_id = $2",
			DB_VALUES(end->org, end->node), NULL, fault);
}

static bool end_node(struct store_thread *thread, void *context, struct fault *fault)
{
	struct ending *ending = context;
	struct node_end *end = ending->end;
	PGresult *rows AUTO(PQclear) = NULL;

	end->deleted = false;
	PQclear(TAKE(ending->tokens));
	if (!find(&rows, thread->db, end->org, end->node, fault))
		return false;
	if (PQntuples(rows) == 0)
		return end->missing_ok ||
			nothing_there(
				thread, end->org, end->node, "no_such_node", fault);
	(void)snprintf(end->was, sizeof(end->was), "%s", db_value(rows, 0, 0));
	if (!check_end(thread, end, rows, fault) || !erase(thread, ending, fault))
		return false;
	end->deleted = true;
	return true;
}

bool nodes_delete(
	struct store_thread *thread, struct node_end *end, struct fault *fault)
{
	struct ending ending = {.end = end};
	bool done = store_transact(thread, end->org, end_node, &ending, fault);
	PGresult *tokens AUTO(PQclear) = ending.tokens;

	if (!done)
		return false;
	if (end->deleted) {
		tokens_tell_revoked(thread, end->org, end->actor, tokens);
		tell_node(thread->store, "node.deleted",
			(const char *const[]){end->org, end->node, end->actor},
			end->was);
	}
	return true;
}
