// SPDX-License-Identifier: Apache-2.0
// POST /api/v1/admin/secrets/rekey: one slice a call; who calls comes back with `next`.
#include "config-store/handlers.h"
#include "config-store/secrets/rekey.h"
#include "config-store/tell.h"

static bool check_keys(
	const struct call *call, char key[CIPHER_KEY_ID_SIZE], struct fault *fault)
{
	const struct secrets *secrets = call->thread->store->secrets;
	struct fault why = {0};

	/* The newest key may have been put there a moment ago. */
	if (!secrets_reload(secrets, &why))
		return refuse(call->thread, fault, 409, "bad_keys", "%s", why.text);
	secrets_newest(secrets, key);
	return *key ||
		refuse(call->thread, fault, 409, "no_keys",
			"the config store has no TOCSIN_SECRETS_KEY");
}

/* A name that was mistyped must not look like one that is done. */
static bool check_org(const struct call *call, const char *org, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!*org)
		return true;
	if (!id_is_name(org))
		return refuse(call->thread, fault, 400, "invalid_id",
			"'org_id' is no id of an organisation");
	if (!db_query(&rows, call->thread->db,
		    "SELECT FROM config.node WHERE org_id = $1 AND node_id = $1",
		    DB_VALUES(org), fault))
		return false;
	return PQntuples(rows) > 0 ||
		refuse(call->thread, fault, 404, "no_such_org",
			"there is no organisation '%s'", org);
}

static void tell_rekey(
	const struct call *call, const struct rekey *rekey, const char *key)
{
	json_t *detail AUTO(json_decref) = json_pack("{ss,sI,sI,sI}", "key_id", key,
		"rows", (json_int_t)rekey->rows, "secrets",
		(json_int_t)rekey->count.renewed, "unopened",
		(json_int_t)rekey->count.unopened);

	if (rekey->rows > 0)
		tell(call->thread->store,
			&(struct audit){.area = "config",
				.action = "secrets.rekeyed",
				.org = *rekey->org ? rekey->org : NULL,
				.actor = call->thread->caller.subject},
			detail);
}

bool secrets_post_rekey(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	struct rekey rekey AUTO(rekey_done) = {0};
	char key[CIPHER_KEY_ID_SIZE];

	if (!call_body(call, &body, true, fault) ||
		!call_string(call, &rekey.org, body, "org_id", "", fault) ||
		!call_string(call, &rekey.cursor, body, "cursor", "", fault))
		return false;
	if (!check_org(call, rekey.org, fault) || !check_keys(call, key, fault) ||
		!rekey_slice(call->thread, &rekey, fault))
		return false;
	tell_rekey(call, &rekey, key);
	return call_answer(call, 200,
		json_pack("{ss,sI,sI,sI,sI,sO,ss?}", "key_id", key, "looked_at",
			(json_int_t)rekey.looked_at, "rows", (json_int_t)rekey.rows,
			"renewed", (json_int_t)rekey.count.renewed, "unopened",
			(json_int_t)rekey.count.unopened, "unopened_at", rekey.unopened,
			"next", *rekey.next ? rekey.next : NULL),
		fault);
}
