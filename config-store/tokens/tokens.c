// SPDX-License-Identifier: Apache-2.0
#include "config-store/tokens/tokens.h"

#include <string.h>

#include "config-store/notices.h"
#include "config-store/tell.h"

#define TIME_TEXT(column) \
	"to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

struct secret {
	char salt[TOKEN_SALT_HEX_SIZE];
	char hash[HMAC_HEX_SIZE];
};

/* Fills `token` with "<id>.<secret>" and `out` with what is kept of it. */
static void make_secret(struct secret *out, char *token, const char *id)
{
	unsigned char salt[TOKEN_SALT_SIZE];
	char secret[TOKEN_SECRET_LEN + 1];

	id_random(salt, sizeof(salt));
	id_hex(out->salt, salt, sizeof(salt));
	token_make_secret(secret);
	token_hash(out->hash, out->salt, secret);
	(void)snprintf(token, TOKEN_SIZE, "%s.%s", id, secret);
	explicit_bzero(secret, sizeof(secret));
}

void tokens_tell(const struct store_thread *thread, const char *action,
	const struct token_choice *choice)
{
	json_t *detail AUTO(json_decref) = json_pack("{ss,ss}", "token_id", choice->id,
		"kind", choice->team ? "team" : "org_admin");

	tell(thread->store,
		&(struct audit){.area = "token",
			.action = action,
			.org = choice->org,
			.team = choice->team,
			.actor = choice->actor},
		detail);
}

static const char issue_sql[] =
	"INSERT INTO config.token (token_id, kind, org_id, team_id, label, salt, hash,"
	" idempotency_key, issued_by, scopes, expires_at) VALUES ($1, $2, $3, $4, $5,"
	" decode($6, 'hex'), decode($7, 'hex'), $8, $9, $10, $11::timestamptz)"
	" ON CONFLICT (org_id, team_id, idempotency_key)"
	" WHERE idempotency_key IS NOT NULL AND revoked_at IS NULL DO NOTHING"
	" RETURNING token_id, " TIME_TEXT("issued_at");

static const char reserved_sql[] = "SELECT token_id, " TIME_TEXT(
	"issued_at") " FROM config.token"
		     " WHERE org_id = $1 AND team_id = $2 AND idempotency_key = $3"
		     " AND revoked_at IS NULL";

static bool check_owner(
	struct store_thread *thread, const struct token_wish *wish, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	const char *node = wish->team ? wish->team : wish->org;

	if (strlen(wish->label) > TOKEN_LABEL_MAX)
		return refuse(thread, fault, 400, "invalid_label",
			"the label is over %d bytes", TOKEN_LABEL_MAX);
	if (!db_query(&rows, thread->db,
		    "SELECT node_type FROM config.node WHERE org_id = $1"
		    " AND node_id = $2",
		    DB_VALUES(wish->org, node), fault))
		return false;
	if (PQntuples(rows) == 0 ||
		strcmp(db_value(rows, 0, 0), wish->team ? "team" : "org") != 0)
		return refuse(thread, fault, 404,
			wish->team ? "no_such_team" : "no_such_org",
			wish->team ? "organisation '%s' has no team '%s'"
				   : "there is no organisation '%s'",
			wish->org, node);
	return true;
}

static bool issue(struct store_thread *thread, void *context, struct fault *fault)
{
	struct token_wish *wish = context;
	PGresult *rows AUTO(PQclear) = NULL, *known AUTO(PQclear) = NULL;
	bool reserved = wish->idempotency_key != NULL;
	struct secret secret = {0};

	if (!check_owner(thread, wish, fault))
		return false;
	wish->token[0] = '\0';
	token_make_id(wish->id);
	if (!reserved)
		make_secret(&secret, wish->token, wish->id);
	if (!db_query(&rows, thread->db, issue_sql,
		    DB_VALUES(wish->id, wish->team ? "team" : "org_admin", wish->org,
			    wish->team, wish->label, reserved ? NULL : secret.salt,
			    reserved ? NULL : secret.hash, wish->idempotency_key,
			    wish->actor, wish->scopes, wish->expires_at),
		    fault))
		return false;
	wish->created = PQntuples(rows) == 1;
	if (!wish->created &&
		!db_query(&known, thread->db, reserved_sql,
			DB_VALUES(wish->org, wish->team, wish->idempotency_key), fault))
		return false;
	(void)snprintf(wish->id, sizeof(wish->id), "%s",
		db_value(wish->created ? rows : known, 0, 0));
	(void)snprintf(wish->issued_at, sizeof(wish->issued_at), "%s",
		db_value(wish->created ? rows : known, 0, 1));
	return true;
}

bool tokens_issue(
	struct store_thread *thread, struct token_wish *wish, struct fault *fault)
{
	if (!store_transact(thread, wish->org, issue, wish, fault))
		return false;
	if (wish->created)
		tokens_tell(thread, "token.issued",
			&(struct token_choice){
				wish->org, wish->team, wish->id, wish->actor});
	return true;
}

/* One that is there and cannot be collected, or none. */
static bool refuse_collect(struct store_thread *thread,
	const struct token_choice *choice, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, thread->db,
		    "SELECT revoked_at IS NOT NULL FROM config.token"
		    " WHERE token_id = $1 AND org_id = $2 AND team_id = $3",
		    DB_VALUES(choice->id, choice->org, choice->team), fault))
		return false;
	if (PQntuples(rows) == 0)
		return refuse(thread, fault, 404, "no_such_token",
			"team '%s' has no token '%s'", choice->team, choice->id);
	if (db_bool(rows, 0, 0))
		return refuse(thread, fault, 409, "token_revoked",
			"token %s has been revoked; issue another", choice->id);
	return refuse(thread, fault, 409, "already_collected",
		"the secret of token %s has been shown, and is kept nowhere; revoke it "
		"and issue another",
		choice->id);
}

struct collection {
	const struct token_choice *choice;
	struct secret secret;
};

static bool collect(struct store_thread *thread, void *context, struct fault *fault)
{
	const struct collection *collection = context;
	const struct token_choice *choice = collection->choice;
	long changed = 0;

	if (!db_execute(thread->db,
		    "UPDATE config.token SET salt = decode($4, 'hex'),"
		    " hash = decode($5, 'hex') WHERE token_id = $1 AND org_id = $2"
		    " AND team_id = $3 AND hash IS NULL AND revoked_at IS NULL",
		    DB_VALUES(choice->id, choice->org, choice->team,
			    collection->secret.salt, collection->secret.hash),
		    &changed, fault))
		return false;
	return changed == 1 || refuse_collect(thread, choice, fault);
}

bool tokens_collect(char *token, struct store_thread *thread,
	const struct token_choice *choice, struct fault *fault)
{
	struct collection collection = {.choice = choice};

	make_secret(&collection.secret, token, choice->id);
	if (!store_transact(thread, choice->org, collect, &collection, fault)) {
		explicit_bzero(token, TOKEN_SIZE);
		return false;
	}
	tokens_tell(thread, "token.collected", choice);
	return true;
}
