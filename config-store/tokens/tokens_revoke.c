// SPDX-License-Identifier: Apache-2.0
// Ending tokens and moving their end. Every write is a transaction of its organisation,
// so that whoever has verified a token learns of it.
#include <string.h>

#include "common/json.h"
#include "config-store/tokens/tokens.h"
#include "config-store/tokens/tokens_view.h"

#define TIME_TEXT(column) \
	"to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

struct revocation {
	const struct token_choice *choice;
	const json_t *ids;
	PGresult *rows; /* of those this call revoked: id, team */
};

void tokens_tell_revoked(const struct store_thread *thread, const char *org,
	const char *actor, const PGresult *rows)
{
	for (int i = 0; i < PQntuples(rows); i++)
		tokens_tell(thread, "token.revoked",
			&(struct token_choice){org, db_value(rows, i, 1),
				db_value(rows, i, 0), actor});
}

static bool revoke(struct store_thread *thread, void *context, struct fault *fault)
{
	struct revocation *revocation = context;
	const struct token_choice *choice = revocation->choice;
	PGresult *known AUTO(PQclear) = NULL;

	PQclear(TAKE(revocation->rows));
	if (!db_query(&known, thread->db,
		    "SELECT token_id FROM config.token WHERE token_id = $1"
		    " AND org_id = $2 AND team_id IS NOT DISTINCT FROM $3",
		    DB_VALUES(choice->id, choice->org, choice->team), fault))
		return false;
	if (PQntuples(known) == 0)
		return refuse(thread, fault, 404, "no_such_token",
			"there is no token '%s'", choice->id);
	return db_query(&revocation->rows, thread->db,
		"UPDATE config.token SET revoked_at = now() WHERE token_id = $1"
		" AND revoked_at IS NULL RETURNING token_id, team_id",
		DB_VALUES(choice->id), fault);
}

/* Runs `work`, tells the trail, and says how many were revoked. */
static bool run(struct store_thread *thread, struct revocation *revocation,
	store_work work, size_t *revoked, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!store_transact(thread, revocation->choice->org, work, revocation, fault)) {
		PQclear(TAKE(revocation->rows));
		return false;
	}
	rows = revocation->rows;
	tokens_tell_revoked(
		thread, revocation->choice->org, revocation->choice->actor, rows);
	*revoked = (size_t)PQntuples(rows);
	return true;
}

bool tokens_revoke(struct store_thread *thread, const struct token_choice *choice,
	struct fault *fault)
{
	size_t revoked;

	return run(thread, &(struct revocation){.choice = choice}, revoke, &revoked,
		fault);
}

static bool revoke_reserved(
	struct store_thread *thread, void *context, struct fault *fault)
{
	struct revocation *revocation = context;

	PQclear(TAKE(revocation->rows));
	return db_query(&revocation->rows, thread->db,
		"UPDATE config.token SET revoked_at = now() WHERE org_id = $1"
		" AND team_id = $2 AND idempotency_key IS NOT NULL"
		" AND revoked_at IS NULL RETURNING token_id, team_id",
		DB_VALUES(revocation->choice->org, revocation->choice->team), fault);
}

bool tokens_revoke_reserved(int *revoked, struct store_thread *thread,
	const struct token_choice *choice, struct fault *fault)
{
	size_t count;

	if (!run(thread, &(struct revocation){.choice = choice}, revoke_reserved,
		    &count, fault))
		return false;
	*revoked = (int)count;
	return true;
}

/* Whether another organisation has them is not for this one to know. */
static bool refuse_strangers(
	struct store_thread *thread, const PGresult *strangers, struct fault *fault)
{
	json_t *list = json_array();

	(void)refuse(thread, fault, 403, "forbidden",
		"%d of the tokens are none of this organisation; nothing is revoked",
		PQntuples(strangers));
	for (int i = 0; i < PQntuples(strangers); i++)
		(void)json_array_append_new(
			list, json_string(db_value(strangers, i, 0)));
	refuse_with_list(thread, "token_ids", list);
	return false;
}

static bool revoke_all(struct store_thread *thread, void *context, struct fault *fault)
{
	struct revocation *revocation = context;
	const char *org = revocation->choice->org;
	PGresult *strangers AUTO(PQclear) = NULL;
	char *ids AUTO(free) = json_print(revocation->ids);

	PQclear(TAKE(revocation->rows));
	if (!ids)
		return fault_set(fault, FAULT_RETRY, "no memory for ids");
	if (!db_query(&strangers, thread->db,
		    "SELECT DISTINCT id FROM json_array_elements_text($2::json) id"
		    " WHERE NOT EXISTS (SELECT FROM config.token"
		    "  WHERE token_id = id AND org_id = $1) ORDER BY id",
		    DB_VALUES(org, ids), fault))
		return false;
	if (PQntuples(strangers) > 0)
		return refuse_strangers(thread, strangers, fault);
	return db_query(&revocation->rows, thread->db,
		"UPDATE config.token SET revoked_at = now() WHERE org_id = $1"
		" AND token_id IN (SELECT json_array_elements_text($2::json))"
		" AND revoked_at IS NULL RETURNING token_id, team_id",
		DB_VALUES(org, ids), fault);
}

bool tokens_revoke_all(size_t *revoked, struct store_thread *thread,
	const struct token_choice *choice, const json_t *ids, struct fault *fault)
{
	return run(thread, &(struct revocation){.choice = choice, .ids = ids},
		revoke_all, revoked, fault);
}

/* Kind and scopes of one that is still good. */
static bool find(PGresult **rows, struct store_thread *thread,
	const struct token_extension *extension, struct fault *fault)
{
	PGresult *found AUTO(PQclear) = NULL;

	if (!db_query(&found, thread->db,
		    "SELECT kind, scopes, revoked_at IS NOT NULL,"
		    " coalesce(expires_at <= now(), false) FROM config.token"
		    " WHERE token_id = $1 AND org_id = $2 FOR UPDATE",
		    DB_VALUES(extension->id, extension->org), fault))
		return false;
	if (PQntuples(found) == 0)
		return refuse(thread, fault, 404, "no_such_token",
			"there is no token '%s'", extension->id);
	if (db_bool(found, 0, 2))
		return refuse(thread, fault, 409, "token_revoked",
			"token %s has been revoked; issue another", extension->id);
	if (db_bool(found, 0, 3))
		return refuse(thread, fault, 409, "token_expired",
			"token %s has expired; issue another", extension->id);
	*rows = TAKE(found);
	return true;
}

/* Who keeps a token alive gives its rights away as who makes it does. */
static bool check_may_extend(
	struct store_thread *thread, const PGresult *token, struct fault *fault)
{
	bool is_admin = strcmp(db_value(token, 0, 0), "org_admin") == 0;
	const char *scopes = db_value(token, 0, 1);
	unsigned rights = scopes_default(is_admin ? CALLER_ORG_ADMIN : CALLER_TEAM);

	/* Otherwise an admin whose time is limited could lift the limit. */
	if (is_admin && thread->caller.kind != CALLER_SUPER_ADMIN)
		return refuse(thread, fault, 403, "forbidden",
			"only the super admin extends the tokens of admins");
	if (scopes && !scopes_parse(&rights, scopes))
		return fault_set(fault, FAULT_RETRY, "unknown scopes in the table");
	return tokens_check_rights(thread, rights, fault);
}

static bool extend(struct store_thread *thread, void *context, struct fault *fault)
{
	struct token_extension *extension = context;
	PGresult *known AUTO(PQclear) = NULL, *rows AUTO(PQclear) = NULL;
	const char *until, *team;
	char days[24];

	if (!find(&known, thread, extension, fault) ||
		!check_may_extend(thread, known, fault))
		return false;
	(void)snprintf(days, sizeof(days), "%ld", extension->days);
	/* No end and some days is no end. */
	if (!db_query(&rows, thread->db,
		    "UPDATE config.token SET expires_at = coalesce($2::timestamptz,"
		    " expires_at + $3::integer * interval '1 day')"
		    " WHERE token_id = $1 RETURNING " TIME_TEXT(
			    "expires_at") ", team_id",
		    DB_VALUES(extension->id, extension->expires_at, days), fault))
		return false;
	until = db_value(rows, 0, 0);
	team = db_value(rows, 0, 1);
	(void)snprintf(
		extension->until, sizeof(extension->until), "%s", until ? until : "");
	(void)snprintf(
		extension->team, sizeof(extension->team), "%s", team ? team : "");
	return true;
}

bool tokens_extend(struct store_thread *thread, struct token_extension *extension,
	struct fault *fault)
{
	if (!store_transact(thread, extension->org, extend, extension, fault))
		return false;
	if (*extension->until) /* otherwise nothing was changed */
		tokens_tell(thread, "token.extended",
			&(struct token_choice){extension->org,
				*extension->team ? extension->team : NULL,
				extension->id, extension->actor});
	return true;
}
