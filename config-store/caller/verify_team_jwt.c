// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "common/clock.h"
#include "config-store/caller/scopes.h"
#include "config-store/caller/team_jwt.h"
#include "config-store/caller/verify.h"

enum { SECOND_US = 1000000 };

/* One of a team that was deleted stays no good when a new team takes its name. */
static const char team_sql[] =
	"SELECT FROM config.node WHERE org_id = $1 AND node_id = $2"
	" AND node_type = 'team'"
	" AND floor(extract(epoch FROM created_at)) <= $3::bigint";

bool verify_team_jwt(struct verdict *out, struct store_thread *thread,
	const struct jws *jws, struct fault *fault)
{
	const struct store *store = thread->store;
	PGresult *rows AUTO(PQclear) = NULL;
	struct team_jwt claims;
	char issued[24];

	if (!team_jwt_check(&claims, jws, store->jwt_keys, store->config->jwt_audience,
		    clock_wall_us() / SECOND_US, &out->why))
		return true;
	verify_count("jwt", jws->kid);
	(void)snprintf(issued, sizeof(issued), "%lld", (long long)claims.issued_s);
	if (!db_query(&rows, thread->db, team_sql,
		    DB_VALUES(claims.org, claims.team, issued), fault))
		return false;
	if (PQntuples(rows) == 0)
		return verify_no(out, "its team is gone");
	out->caller = (struct caller){.kind = CALLER_TEAM,
		.rights = RIGHT_KNOWN | RIGHT_CONFIG_READ | RIGHT_RUNS_READ,
		.read_only = true,
		.auth_kind = "impersonation",
		.expires_at_us = claims.expires_s * SECOND_US};
	memcpy(out->caller.org, claims.org, sizeof(out->caller.org));
	memcpy(out->caller.team, claims.team, sizeof(out->caller.team));
	memcpy(out->caller.subject, claims.subject, sizeof(claims.subject));
	return true;
}
