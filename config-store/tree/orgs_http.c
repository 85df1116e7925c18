// SPDX-License-Identifier: Apache-2.0
// An organisation is its root node.
#include "config-store/handlers.h"
#include "config-store/tree/nodes.h"

static json_t *describe(const PGresult *rows, int row)
{
	return json_pack("{ss,ss,ss}", "org_id", db_value(rows, row, 0), "name",
		db_value(rows, row, 1), "created_at", db_value(rows, row, 2));
}

bool orgs_create(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	struct node_wish wish = {.type = "org", .actor = call->thread->caller.subject};

	if (!call_body(call, &body, false, fault) ||
		!call_needed(call, &wish.org, body, "org_id", fault) ||
		!call_string(call, &wish.name, body, "name", "", fault))
		return false;
	wish.node = wish.org;
	return nodes_create(call->thread, &wish, fault) &&
		call_answer(call, 201,
			json_pack("{ss,ss}", "org_id", wish.org, "name", wish.name),
			fault);
}

bool orgs_list(struct call *call, struct fault *fault)
{
	static const char sql[] =
		"SELECT org_id, name, to_char(created_at AT TIME ZONE 'UTC',"
		" 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM config.node"
		" WHERE node_type = 'org' AND ($1 = '' OR org_id = $1) AND org_id > $2"
		" ORDER BY org_id LIMIT $3::bigint";
	PGresult *rows AUTO(PQclear) = NULL;
	const char *cursor;
	char more[16];
	long limit;

	return call_limit(call, more, &limit, fault) &&
		call_cursor(call, &cursor, id_is_name, fault) &&
		db_query(&rows, call->thread->db, sql,
			DB_VALUES(call->thread->caller.org, cursor, more), fault) &&
		call_answer_list(call, rows, limit, describe, 0, fault);
}

bool orgs_delete(struct call *call, struct fault *fault)
{
	struct node_end end = {.org = call_segment(call, "org"),
		.node = call_segment(call, "org"),
		.type = "org",
		.actor = call->thread->caller.subject};

	if (!nodes_delete(call->thread, &end, fault))
		return false;
	call_answer_nothing(call);
	return true;
}
