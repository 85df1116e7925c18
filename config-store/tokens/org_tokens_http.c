// SPDX-License-Identifier: Apache-2.0
// All tokens of an organisation at once: its teams' and its admins'.
#include "config-store/handlers.h"
#include "config-store/tokens/tokens_view.h"

enum { DAYS_DEFAULT = 90 };

static const char list_sql[] =
	TOKENS_COLUMNS " WHERE org_id = $1 AND ($2 = '' OR (issued_at, token_id) <"
		       "  (SELECT issued_at, token_id FROM config.token"
		       "   WHERE token_id = $2 AND org_id = $1))"
		       " ORDER BY issued_at DESC, token_id DESC LIMIT $3::bigint";

static bool check_org(struct call *call, const char *org, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, call->thread->db,
		    "SELECT FROM config.node WHERE org_id = $1 AND node_id = $1",
		    DB_VALUES(org), fault))
		return false;
	return PQntuples(rows) == 1 ||
		refuse(call->thread, fault, 404, "no_such_org",
			"there is no organisation '%s'", org);
}

bool org_tokens_list(struct call *call, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	const char *org = call_segment(call, "org"), *cursor;
	char more[16];
	long limit;

	return call_limit(call, more, &limit, fault) &&
		call_cursor(call, &cursor, token_id_is_valid, fault) &&
		check_org(call, org, fault) &&
		db_query(&rows, call->thread->db, list_sql,
			DB_VALUES(org, cursor, more), fault) &&
		call_answer_list(call, rows, limit, tokens_describe, 0, fault);
}

static bool check_id(const struct call *call, const char *id, struct fault *fault)
{
	return token_id_is_valid(id) ||
		refuse(call->thread, fault, 404, "no_such_token",
			"a token's id is 32 hexadecimal digits");
}

bool org_tokens_get(struct call *call, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	const char *id = call_segment(call, "id");

	if (!check_id(call, id, fault) ||
		!db_query(&rows, call->thread->db,
			TOKENS_COLUMNS " WHERE token_id = $1 AND org_id = $2",
			DB_VALUES(id, call_segment(call, "org")), fault))
		return false;
	if (PQntuples(rows) == 0)
		return refuse(call->thread, fault, 404, "no_such_token",
			"there is no token '%s'", id);
	return call_answer(call, 200, tokens_describe(rows, 0), fault);
}

static bool check_ids(struct call *call, const json_t *ids, struct fault *fault)
{
	const json_t *one;
	size_t i;

	if (!json_is_array(ids) || json_array_size(ids) == 0 ||
		json_array_size(ids) > TOKENS_BULK_MAX)
		return refuse(call->thread, fault, 400, "invalid_body",
			"'token_ids' must be an array of 1 to %d ids", TOKENS_BULK_MAX);
	json_array_foreach(ids, i, one) if (!json_is_string(one) ||
		!token_id_is_valid(json_string_value(one))) return refuse(call->thread,
		fault, 400, "invalid_body", "'token_ids': number %zu is no token's id",
		i + 1);
	return true;
}

bool org_tokens_bulk_revoke(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	const struct token_choice choice = {.org = call_segment(call, "org"),
		.actor = call->thread->caller.subject};
	const json_t *ids;
	size_t revoked;

	if (!call_body(call, &body, false, fault))
		return false;
	ids = json_object_get(body, "token_ids");
	return check_ids(call, ids, fault) &&
		tokens_revoke_all(&revoked, call->thread, &choice, ids, fault) &&
		call_answer(call, 200,
			json_pack("{ss,sI,sI}", "status", "ok", "revoked_count",
				(json_int_t)revoked, "total_requested",
				(json_int_t)json_array_size(ids)),
			fault);
}

bool org_tokens_extend(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	struct token_extension extension = {.org = call_segment(call, "org"),
		.id = call_segment(call, "id"),
		.actor = call->thread->caller.subject};
	struct token_end end;

	if (!check_id(call, extension.id, fault) ||
		!call_body(call, &body, true, fault) ||
		!tokens_read_end(call, &end, body, fault))
		return false;
	extension.expires_at = *end.at ? end.at : NULL;
	extension.days = end.days > 0 ? end.days : DAYS_DEFAULT;
	return tokens_extend(call->thread, &extension, fault) &&
		call_answer(call, 200,
			json_pack("{ss,ss,ss?}", "status", "ok", "token_id",
				extension.id, "expires_at",
				*extension.until ? extension.until : NULL),
			fault);
}
