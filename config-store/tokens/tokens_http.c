// SPDX-License-Identifier: Apache-2.0
// Team tokens and organisations' admin tokens are the same but for the team.
#include <string.h>

#include "config-store/handlers.h"
#include "config-store/tokens/tokens_view.h"

static const int64_t day_us = INT64_C(86400000000);

/* NULL on the paths of admin tokens. */
static const char *team_of(const struct call *call)
{
	return strstr(http_route_path(call->request), "{team}")
		? call_segment(call, "team")
		: NULL;
}

static bool answer_issued(
	struct call *call, struct token_wish *wish, struct fault *fault)
{
	unsigned rights = scopes_default(wish->team ? CALLER_TEAM : CALLER_ORG_ADMIN);
	json_t *answer;

	if (wish->scopes && !scopes_parse(&rights, wish->scopes))
		return fault_set(fault, FAULT_RETRY, "scopes that were just made");
	answer = json_pack("{ss,ss,ss,ss?,so}", "token", wish->token, "token_id",
		wish->id, "issued_at", wish->issued_at, "expires_at", wish->expires_at,
		"scopes", scopes_json(rights));
	explicit_bzero(wish->token, sizeof(wish->token));
	return call_answer(call, 201, answer, fault);
}

bool tokens_post(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	struct token_wish wish = {.org = call_segment(call, "org"),
		.team = team_of(call),
		.actor = call->thread->caller.subject};
	char scopes[SCOPES_SIZE];
	struct token_end end;
	bool named;

	if (!call_body(call, &body, true, fault) ||
		!call_string(call, &wish.label, body, "label", "", fault) ||
		!tokens_read_end(call, &end, body, fault) ||
		!tokens_read_scopes(call, scopes, &named, body,
			wish.team ? CALLER_TEAM : CALLER_ORG_ADMIN, fault))
		return false;
	if (end.days > 0)
		(void)clock_text(clock_wall_us() + end.days * day_us, end.at);
	wish.expires_at = *end.at ? end.at : NULL;
	wish.scopes = named ? scopes : NULL;
	return tokens_issue(call->thread, &wish, fault) &&
		answer_issued(call, &wish, fault);
}

/* Newest first; the cursor is the last token seen. */
static const char list_sql[] = TOKENS_COLUMNS
	" WHERE org_id = $1 AND team_id IS NOT DISTINCT FROM $2"
	" AND ($3 = '' OR (issued_at, token_id) < (SELECT issued_at, token_id"
	"  FROM config.token WHERE token_id = $3 AND org_id = $1))"
	" ORDER BY issued_at DESC, token_id DESC LIMIT $4::bigint";

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
		call_answer_list(call, rows, limit, tokens_describe, 0, fault);
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

bool tokens_get(struct call *call, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	struct token_choice choice;

	if (!choose(call, &choice, fault) ||
		!db_query(&rows, call->thread->db,
			TOKENS_COLUMNS " WHERE token_id = $1 AND org_id = $2"
				       " AND team_id IS NOT DISTINCT FROM $3",
			DB_VALUES(choice.id, choice.org, choice.team), fault))
		return false;
	if (PQntuples(rows) == 0)
		return refuse(call->thread, fault, 404, "no_such_token",
			"there is no token '%s'", choice.id);
	return call_answer(call, 200, tokens_describe(rows, 0), fault);
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

/* What provisioning reserves has the scopes of its kind. */
bool tokens_post_collect(struct call *call, struct fault *fault)
{
	struct token_choice choice;
	char token[TOKEN_SIZE];
	json_t *answer;

	if (!choose(call, &choice, fault) ||
		!tokens_check_rights(
			call->thread, scopes_default(CALLER_TEAM), fault) ||
		!tokens_collect(token, call->thread, &choice, fault))
		return false;
	answer = json_pack("{ss,ss}", "token", token, "token_id", choice.id);
	explicit_bzero(token, sizeof(token));
	return call_answer(call, 200, answer, fault);
}
