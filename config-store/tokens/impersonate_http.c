// SPDX-License-Identifier: Apache-2.0
// A JWT with which an admin, or a program of theirs, reads as a team for a while.
#include <string.h>

#include "config-store/caller/team_jwt.h"
#include "config-store/handlers.h"
#include "config-store/tell.h"
#include "config-store/tokens/tokens_view.h"

enum { SECOND_US = 1000000 };

static bool read_ttl(struct call *call, long *ttl_s, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	const json_t *said;

	if (!call_body(call, &body, true, fault))
		return false;
	said = json_object_get(body, "ttl_seconds");
	*ttl_s = TEAM_JWT_DEFAULT_S;
	if (!said || json_is_null(said))
		return true;
	if (!json_is_integer(said))
		return refuse(call->thread, fault, 400, "invalid_ttl",
			"'ttl_seconds' must be a number");
	*ttl_s = TEAM_JWT_CEILING_S;
	if (json_integer_value(said) < TEAM_JWT_CEILING_S)
		*ttl_s = (long)json_integer_value(said);
	if (*ttl_s < TEAM_JWT_FLOOR_S)
		*ttl_s = TEAM_JWT_FLOOR_S;
	return true;
}

/* By the database's clock, which is also that of the team's birth. */
static bool find_team(struct call *call, struct team_jwt *claims, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, call->thread->db,
		    "SELECT floor(extract(epoch FROM now()))::bigint FROM config.node"
		    " WHERE org_id = $1 AND node_id = $2 AND node_type = 'team'",
		    DB_VALUES(claims->org, claims->team), fault))
		return false;
	if (PQntuples(rows) == 0)
		return refuse(call->thread, fault, 404, "no_such_team",
			"organisation '%s' has no team '%s'", claims->org,
			claims->team);
	claims->issued_s = db_integer(rows, 0, 0);
	return true;
}

static void tell_issued(const struct call *call, const struct team_jwt *claims)
{
	json_t *detail AUTO(json_decref) = json_pack("{ss,sI}", "kind", "impersonation",
		"seconds", (json_int_t)(claims->expires_s - claims->issued_s));

	tell(call->thread->store,
		&(struct audit){.area = "token",
			.action = "token.issued",
			.org = claims->org,
			.team = claims->team,
			.actor = claims->subject},
		detail);
}

static bool answer_signed(
	struct call *call, const struct team_jwt *claims, struct fault *fault)
{
	const struct store *store = call->thread->store;
	char *jwt AUTO(free) =
		team_jwt_sign(store->jwt_keys, claims, store->config->jwt_audience);
	char until[CLOCK_TEXT_SIZE];

	if (!jwt)
		return fault_set(fault, FAULT_RETRY, "no memory for a token");
	tell_issued(call, claims);
	return call_answer(call, 201,
		json_pack("{ss,ss}", "token", jwt, "expires_at",
			clock_text(claims->expires_s * SECOND_US, until)),
		fault);
}

bool impersonation_post(struct call *call, struct fault *fault)
{
	struct team_jwt claims = {0};
	long ttl_s;

	(void)snprintf(claims.org, sizeof(claims.org), "%s", call_segment(call, "org"));
	(void)snprintf(
		claims.team, sizeof(claims.team), "%s", call_segment(call, "team"));
	(void)snprintf(claims.subject, sizeof(claims.subject), "%s",
		call->thread->caller.subject);
	if (!read_ttl(call, &ttl_s, fault) ||
		!tokens_check_rights(
			call->thread, RIGHT_CONFIG_READ | RIGHT_RUNS_READ, fault) ||
		!find_team(call, &claims, fault))
		return false;
	if (call->thread->store->jwt_keys->count == 0)
		return refuse(call->thread, fault, 501, "not_configured",
			"there is no key to sign with: TOCSIN_JWT_KEYS is empty");
	claims.expires_s = claims.issued_s + ttl_s;
	return answer_signed(call, &claims, fault);
}
