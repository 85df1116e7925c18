// SPDX-License-Identifier: Apache-2.0
// Team tokens and organisations' admin tokens are the same but for the team.
#include <string.h>

#include "config-store/handlers.h"
#include "config-store/tokens.h"

#define TIME_TEXT(column) \
	"to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

/* NULL on the paths of admin tokens. */
static const char *team_of(const struct call *call)
{
	return strstr(http_route_path(call->request), "{team}")
		? call_segment(call, "team")
		: NULL;
}

bool tokens_post(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	struct token_wish wish = {.org = call_segment(call, "org"),
		.team = team_of(call),
		.actor = call->thread->caller.subject};
	json_t *answer;

	if (!call_body(call, &body, true, fault) ||
		!call_string(call, &wish.label, body, "label", "", fault) ||
		!tokens_issue(call->thread, &wish, fault))
		return false;
	answer = json_pack("{ss,ss,ss}", "token", wish.token, "token_id", wish.id,
		"issued_at", wish.issued_at);
	explicit_bzero(wish.token, sizeof(wish.token));
	return call_answer(call, 201, answer, fault);
}

static json_t *describe(const PGresult *rows, int row)
{
	return json_pack("{ss,ss,ss,ss,ss?,ss?,ss}", "token_id", db_value(rows, row, 0),
		"label", db_value(rows, row, 1), "issued_by", db_value(rows, row, 2),
		"issued_at", db_value(rows, row, 3), "revoked_at",
		db_value(rows, row, 4), "last_used_at", db_value(rows, row, 5),
		"status", db_value(rows, row, 6));
}

/* Newest first; the cursor is the last token seen. */
static const char list_sql[] =
	"SELECT token_id, label, issued_by, " TIME_TEXT("issued_at") ", " TIME_TEXT(
		"revoked_at") ", " TIME_TEXT("last_used_at") ","
							     " CASE WHEN revoked_at IS "
							     "NOT NULL THEN 'revoked'"
							     "  WHEN hash IS NULL THEN "
							     "'reserved' ELSE 'active' "
							     "END"
							     " FROM config.token WHERE "
							     "org_id = $1 AND team_id "
							     "IS NOT DISTINCT FROM $2"
							     " AND ($3 = '' OR "
							     "(issued_at, token_id) <"
							     "  (SELECT issued_at, "
							     "token_id FROM "
							     "config.token WHERE "
							     "token_id = $3))"
							     " ORDER BY issued_at "
							     "DESC, token_id DESC "
							     "LIMIT $4::bigint";

bool tokens_list(struct call *call, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	const char *cursor;
	char more[16];
	long limit;

	return call_limit(call, more, &limit, fault) &&
		call_cursor(call, &cursor, token_id_is_valid, fault) &&
		db_query(&rows, call->thread->db, list_sql,
			DB_VALUES(
				call_segment(call, "org"), team_of(call), cursor, more),
			fault) &&
		call_answer_list(call, rows, limit, describe, 0, fault);
}

static bool choose(
	const struct call *call, struct token_choice *choice, struct fault *fault)
{
	*choice = (struct token_choice){.org = call_segment(call, "org"),
		.team = team_of(call),
		.id = call_segment(call, "id"),
		.actor = call->thread->caller.subject};
	return token_id_is_valid(choice->id) ||
		refuse(call->thread, fault, 404, "no_such_token",
			"a token's id is 32 hexadecimal digits");
}

bool tokens_remove(struct call *call, struct fault *fault)
{
	struct token_choice choice;

	if (!choose(call, &choice, fault) ||
		!tokens_revoke(call->thread, &choice, fault))
		return false;
	call_answer_nothing(call);
	return true;
}

bool tokens_post_collect(struct call *call, struct fault *fault)
{
	struct token_choice choice;
	char token[TOKEN_SIZE];
	json_t *answer;

	if (!choose(call, &choice, fault) ||
		!tokens_collect(token, call->thread, &choice, fault))
		return false;
	answer = json_pack("{ss,ss}", "token", token, "token_id", choice.id);
	explicit_bzero(token, sizeof(token));
	return call_answer(call, 200, answer, fault);
}
