// SPDX-License-Identifier: Apache-2.0
// The list of runs for services, with offsets as they have known it; `total` is how many
// there are, not how many are on the page.
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "config-store/body.h"
#include "config-store/handlers.h"
#include "config-store/runs/run_reports.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 500, OFFSET_MAX = 10000, NUMBER_SIZE = 24 };

/* clang-format off */
#define MATCHING \
	" FROM config.run run WHERE run.org_id = $1 AND ($2::text IS NULL OR" \
	" run.team_id = $2) AND ($3::text IS NULL OR run.state = $3) AND" \
	" ($4::text IS NULL OR run.agent = $4) AND run.created_at >=" \
	" COALESCE($5::timestamptz, '-infinity') AND run.created_at <" \
	" COALESCE($6::timestamptz, 'infinity')"

static const char list_sql[] =
	"WITH page AS (SELECT " RUN_REPORT_JSON " AS json" MATCHING " ORDER BY"
	" run.created_at DESC, run.run_id DESC LIMIT $7::bigint OFFSET"
	" $8::bigint), counted AS (SELECT count(*) AS total" MATCHING ") SELECT"
	" json_build_object('runs', COALESCE((SELECT json_agg(page.json) FROM"
	" page), '[]'), 'total', total, 'has_more', total > $8::bigint +"
	" $7::bigint) FROM counted";
/* clang-format on */

static bool read_number(const struct call *call, char out[NUMBER_SIZE],
	const char *name, const long range[3], struct fault *fault)
{
	const char *text = http_query(call->request, name);
	char *end = NULL;
	long value = text ? strtol(text, &end, 10) : range[0];

	if (text && (end == text || *end || value < range[1] || value > range[2]))
		return refuse(call->thread, fault, 400, "invalid_limit",
			"%s must be a number from %ld to %ld", name, range[1],
			range[2]);
	(void)snprintf(out, NUMBER_SIZE, "%ld", value);
	return true;
}

static bool read_time(const struct call *call, const char **out, const char *name,
	struct fault *fault)
{
	int64_t at_us;

	*out = http_query(call->request, name);
	return !*out || clock_parse(&at_us, *out) ||
		refuse(call->thread, fault, 400, "invalid_time",
			"%s must be a time like 2026-11-23T16:00:00Z", name);
}

/* Team ids are unique in their organisation only. */
static bool read_org(const struct call *call, const char **out, struct fault *fault)
{
	*out = http_query(call->request, "org_id");
	return (*out && id_is_name(*out)) ||
		refuse(call->thread, fault, 400, "org_needed",
			"org_id must be given: the id of a team says nothing without "
			"its organisation's");
}

bool run_reports_list(struct call *call, struct fault *fault)
{
	static const long limits[] = {LIMIT_DEFAULT, 1, LIMIT_MAX},
			  offsets[] = {0, 0, OFFSET_MAX};
	char limit[NUMBER_SIZE], offset[NUMBER_SIZE];
	PGresult *rows AUTO(PQclear) = NULL;
	const char *org, *since, *until;

	if (!read_org(call, &org, fault) ||
		!read_time(call, &since, "start_time", fault) ||
		!read_time(call, &until, "end_time", fault) ||
		!read_number(call, limit, "limit", limits, fault) ||
		!read_number(call, offset, "offset", offsets, fault) ||
		!db_query(&rows, call->thread->db, list_sql,
			DB_VALUES(org, http_query(call->request, "team_node_id"),
				http_query(call->request, "status"),
				http_query(call->request, "agent_name"), since, until,
				limit, offset),
			fault))
		return false;
	body_answer(call, 200, db_value(rows, 0, 0));
	return true;
}
