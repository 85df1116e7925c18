// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "config-store/handlers.h"
#include "config-store/nodes.h"

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

bool nodes_list(struct call *call, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	const char *org = call_segment(call, "org"), *cursor;
	char more[16];
	long limit;

	if (!call_limit(call, more, &limit, fault) ||
		!call_cursor(call, &cursor, id_is_name, fault) ||
		!db_query(&rows, call->thread->db,
			COLUMNS " WHERE org_id = $1 AND node_id > $2"
				" ORDER BY node_id LIMIT $3::bigint",
			DB_VALUES(org, cursor, more), fault))
		return false;
	if (PQntuples(rows) == 0 && !*cursor)
		return refuse(call->thread, fault, 404, "no_such_org",
			"there is no organisation '%s'", org);
	return call_answer_list(call, rows, limit, describe, 1, fault);
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
