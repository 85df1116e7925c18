// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>
#include <string.h>

#include "config-store/handlers.h"
#include "config-store/tree/nodes.h"

#define COLUMNS \
	"SELECT org_id, node_id, parent_id, node_type, name, depth FROM config.node"

static json_t *describe(const PGresult *rows, int row)
{
	return json_pack("{ss,ss,ss?,ss,ss,sI}", "org_id", db_value(rows, row, 0),
		"node_id", db_value(rows, row, 1), "parent_id", db_value(rows, row, 2),
		"node_type", db_value(rows, row, 3), "name", db_value(rows, row, 4),
		"depth", (json_int_t)db_integer(rows, row, 5));
}

static bool answer_node(struct call *call, int status, const char *org,
	const char *node, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, call->thread->db,
		    COLUMNS " WHERE org_id = $1 AND node_id = $2", DB_VALUES(org, node),
		    fault))
		return false;
	if (PQntuples(rows) == 0)
		return refuse(call->thread, fault, 404, "no_such_node",
			"organisation '%s' has no node '%s'", org, node);
	return call_answer(call, status, describe(rows, 0), fault);
}

bool nodes_post(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	struct node_wish wish = {.org = call_segment(call, "org"),
		.actor = call->thread->caller.subject};

	if (!call_body(call, &body, false, fault) ||
		!call_needed(call, &wish.node, body, "node_id", fault) ||
		!call_needed(call, &wish.type, body, "node_type", fault) ||
		!call_string(call, &wish.parent, body, "parent_id", NULL, fault) ||
		!call_string(call, &wish.name, body, "name", "", fault))
		return false;
	if (strcmp(wish.type, "org") == 0)
		return refuse(call->thread, fault, 400, "invalid_node_type",
			"an organisation is made with POST /api/v1/admin/orgs");
	return nodes_create(call->thread, &wish, fault) &&
		answer_node(call, 201, wish.org, wish.node, fault);
}

/* What a list is narrowed to; "" for all. */
static bool read_filter(
	struct call *call, const char **parent, const char **type, struct fault *fault)
{
	const char *given = http_query(call->request, "node_type");

	*parent = http_query(call->request, "parent_id");
	*type = given ? given : "";
	if (*parent && !id_is_name(*parent))
		return refuse(call->thread, fault, 400, "invalid_id",
			"parent_id is no id of a node");
	*parent = *parent ? *parent : "";
	return !**type || strcmp(*type, "org") == 0 || strcmp(*type, "unit") == 0 ||
		strcmp(*type, "team") == 0 ||
		refuse(call->thread, fault, 400, "invalid_node_type",
			"node_type must be org, unit or team");
}

bool nodes_list(struct call *call, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	const char *org = call_segment(call, "org"), *cursor, *parent, *type;
	char more[16];
	long limit;

	if (!call_limit(call, more, &limit, fault) ||
		!call_cursor(call, &cursor, id_is_name, fault) ||
		!read_filter(call, &parent, &type, fault) ||
		!db_query(&rows, call->thread->db,
			COLUMNS " WHERE org_id = $1 AND node_id > $2"
				" AND ($4 = '' OR parent_id = $4)"
				" AND ($5 = '' OR node_type = $5)"
				" ORDER BY node_id LIMIT $3::bigint",
			DB_VALUES(org, cursor, more, parent, type), fault))
		return false;
	if (PQntuples(rows) == 0 && !*cursor && !*type && !*parent)
		return refuse(call->thread, fault, 404, "no_such_org",
			"there is no organisation '%s'", org);
	return call_answer_list(call, rows, limit, describe, 1, fault);
}

/* Nothing else of a node can be changed, and a slip must not pass for a change. */
static bool check_keys(struct call *call, const json_t *body, struct fault *fault)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)body, key, value)
	{
		if (strcmp(key, "name") != 0 && strcmp(key, "parent_id") != 0)
			return refuse(call->thread, fault, 400, "invalid_body",
				"'%.60s' cannot be changed: send 'name', 'parent_id' "
				"or both",
				key);
		if (!json_is_string(value))
			return refuse(call->thread, fault, 400, "invalid_body",
				"'%s' must be a string", key);
	}
	return json_object_size(body) > 0 ||
		refuse(call->thread, fault, 400, "invalid_body",
			"send 'name', 'parent_id' or both");
}

bool nodes_patch(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	struct node_move move AUTO(node_move_done) = {.org = call_segment(call, "org"),
		.node = call_segment(call, "node"),
		.actor = call->thread->caller.subject};

	if (!call_body(call, &body, false, fault) || !check_keys(call, body, fault))
		return false;
	move.name = json_string_value(json_object_get(body, "name"));
	move.parent = json_string_value(json_object_get(body, "parent_id"));
	if (move.parent && !id_is_name(move.parent))
		return refuse(call->thread, fault, 400, "invalid_id",
			"parent_id is no id of a node");
	return nodes_change(call->thread, &move, fault) &&
		answer_node(call, 200, move.org, move.node, fault);
}

bool nodes_get(struct call *call, struct fault *fault)
{
	return answer_node(call, 200, call_segment(call, "org"),
		call_segment(call, "node"), fault);
}

static bool remove_node(
	struct call *call, const char *node, const char *type, struct fault *fault)
{
	struct node_end end = {.org = call_segment(call, "org"),
		.node = node,
		.type = type,
		.actor = call->thread->caller.subject};

	if (!nodes_delete(call->thread, &end, fault))
		return false;
	call_answer_nothing(call);
	return true;
}

bool nodes_remove(struct call *call, struct fault *fault)
{
	return remove_node(call, call_segment(call, "node"), NULL, fault);
}

bool teams_post(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	struct node_wish wish = {.org = call_segment(call, "org"),
		.node = call_segment(call, "team"),
		.type = "team",
		.actor = call->thread->caller.subject,
		.existing_ok = true};

	return call_body(call, &body, true, fault) &&
		call_string(call, &wish.parent, body, "parent_id", NULL, fault) &&
		call_string(call, &wish.name, body, "name", "", fault) &&
		nodes_create(call->thread, &wish, fault) &&
		answer_node(call, wish.created ? 201 : 200, wish.org, wish.node, fault);
}

bool teams_remove(struct call *call, struct fault *fault)
{
	return remove_node(call, call_segment(call, "team"), "team", fault);
}
