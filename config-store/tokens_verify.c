// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "config-store/tokens.h"

enum { KIND, ORG, TEAM, SALT, HASH, REVOKED, STALE };

static const char find_sql[] =
	"SELECT kind, org_id, team_id, encode(salt, 'hex'), encode(hash, 'hex'),"
	" revoked_at IS NOT NULL,"
	" coalesce(last_used_at < now() - interval '5 minutes', true)"
	" FROM config.token WHERE token_id = $1";

static bool refuse_token(const char **why, const char *reason)
{
	*why = reason;
	return true;
}

/* An unknown id costs the same hash as a known one. */
static bool proves(const PGresult *rows, const struct token *token)
{
	static const char none[] = "00000000000000000000000000000000";
	bool known = PQntuples(rows) == 1 && db_value(rows, 0, HASH);

	return token_proves(token->secret, known ? db_value(rows, 0, SALT) : none,
		       known ? db_value(rows, 0, HASH) : none) &&
		known;
}

static void fill(struct caller *caller, const PGresult *rows, const struct token *token)
{
	const char *team = db_value(rows, 0, TEAM);

	caller->kind = team ? CALLER_TEAM : CALLER_ORG_ADMIN;
	(void)snprintf(caller->org, sizeof(caller->org), "%s", db_value(rows, 0, ORG));
	(void)snprintf(caller->team, sizeof(caller->team), "%s", team ? team : "");
	(void)snprintf(caller->subject, sizeof(caller->subject), "%s", token->id);
}

bool tokens_verify(struct caller *caller, const char **why, struct store_thread *thread,
	const char *text, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	struct token token;

	*caller = (struct caller){0};
	*why = "";
	if (token_same_text(text, thread->store->config->admin_token)) {
		caller->kind = CALLER_SUPER_ADMIN;
		(void)snprintf(caller->subject, sizeof(caller->subject), "super_admin");
		return true;
	}
	if (!token_parse(&token, text))
		return refuse_token(why, "it is no token");
	if (!db_query(&rows, thread->db, find_sql, DB_VALUES(token.id), fault))
		return false;
	if (!proves(rows, &token))
		return refuse_token(why, "it is unknown");
	if (db_bool(rows, 0, REVOKED))
		return refuse_token(why, "it has been revoked");
	if (db_bool(rows, 0, STALE) &&
		!db_execute(thread->db,
			"UPDATE config.token SET last_used_at = now()"
			" WHERE token_id = $1",
			DB_VALUES(token.id), NULL, fault))
		return false;
	fill(caller, rows, &token);
	return true;
}
