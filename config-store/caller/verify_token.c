// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "config-store/caller/scopes.h"
#include "config-store/caller/token.h"
#include "config-store/caller/verify.h"

enum { KIND, ORG, TEAM, SALT, HASH, REVOKED, STALE, SCOPES, EXPIRES, EXPIRED };

static const char find_sql[] =
	"SELECT kind, org_id, team_id, encode(salt, 'hex'), encode(hash, 'hex'),"
	" revoked_at IS NOT NULL,"
	" coalesce(last_used_at < now() - interval '5 minutes', true), scopes,"
	" floor(extract(epoch FROM expires_at) * 1000000)::bigint,"
	" coalesce(expires_at <= now(), false)"
	" FROM config.token WHERE token_id = $1";

/*
 * A statement of its own, so that it is committed whatever becomes of the call, and at
 * most every five minutes, however many look at the same moment.
 */
static const char used_sql[] =
	"UPDATE config.token SET last_used_at = now() WHERE token_id = $1"
	" AND coalesce(last_used_at < now() - interval '5 minutes', true)";

/* An unknown id costs the same hash as a known one. */
static bool proves(const PGresult *rows, const struct token *token)
{
	static const char none[] = "00000000000000000000000000000000";
	bool known = PQntuples(rows) == 1 && db_value(rows, 0, HASH);

	return token_proves(token->secret, known ? db_value(rows, 0, SALT) : none,
		       known ? db_value(rows, 0, HASH) : none) &&
		known;
}

/* A scope that this program does not know is one that it does not grant. */
static unsigned rights_of(enum caller_kind kind, const char *scopes)
{
	unsigned rights;

	if (!scopes)
		return scopes_default(kind);
	if (!scopes_parse(&rights, scopes))
		return RIGHT_KNOWN;
	return rights & scopes_most(kind);
}

static void fill(struct caller *caller, const PGresult *rows, const struct token *token)
{
	const char *team = db_value(rows, 0, TEAM);

	caller->kind = team ? CALLER_TEAM : CALLER_ORG_ADMIN;
	caller->auth_kind = team ? "team_token" : "admin_token";
	caller->rights = rights_of(caller->kind, db_value(rows, 0, SCOPES));
	if (db_value(rows, 0, EXPIRES))
		caller->expires_at_us = db_integer(rows, 0, EXPIRES);
	(void)snprintf(caller->org, sizeof(caller->org), "%s", db_value(rows, 0, ORG));
	(void)snprintf(caller->team, sizeof(caller->team), "%s", team ? team : "");
	(void)snprintf(caller->subject, sizeof(caller->subject), "%s", token->id);
}

bool verify_token(struct verdict *out, struct store_thread *thread,
	const struct token *token, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, thread->db, find_sql, DB_VALUES(token->id), fault))
		return false;
	if (!proves(rows, token))
		return verify_no(out, "it is unknown");
	if (db_bool(rows, 0, REVOKED))
		return verify_no(out, "it has been revoked");
	if (db_bool(rows, 0, EXPIRED))
		return verify_no(out, "it has expired");
	if (db_bool(rows, 0, STALE) &&
		!db_execute(thread->db, used_sql, DB_VALUES(token->id), NULL, fault))
		return false;
	fill(&out->caller, rows, token);
	return true;
}
