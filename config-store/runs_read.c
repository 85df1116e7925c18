// SPDX-License-Identifier: Apache-2.0
#include "config-store/runs_read.h"

#include <string.h>

enum { CURSOR_PARTS = 2 };

static const char list_runs[] = "SELECT " RUN_JSON("") ", " READ_TIME(
	"run.created_at") ", run.run_id"
			  " FROM config.run run WHERE ($1::text IS NULL OR run.org_id "
			  "= $1)"
			  " AND ($2::text IS NULL OR run.team_id = $2)"
			  " AND ($3::text IS NULL OR run.state = $3)"
			  " AND ($4::text IS NULL OR starts_with(run.event_id, $4))"
			  " AND run.created_at >= COALESCE($5::timestamptz, "
			  "'-infinity')"
			  " AND run.created_at < COALESCE($6::timestamptz, 'infinity')"
			  " AND (run.created_at, run.run_id)"
			  " < ($7::timestamptz, $8::text)"
			  " ORDER BY run.created_at DESC, run.run_id DESC LIMIT "
			  "$9::int";

/* Ids are lower-case hex, so any collation sorts a prefix's range together. */
static const char find_id[] =
	"SELECT run_id FROM config.run WHERE run_id >= $1 AND run_id < $3"
	" AND starts_with(run_id, $1) AND ($2::text IS NULL OR org_id = $2)"
	" ORDER BY run_id LIMIT 10";

/* A record of the run is the run's own, whoever may see the run may see it. */
static const char show_run[] = "SELECT json_build_object('run', " RUN_JSON(
	"") ", 'steps', " STEPS_JSON ","
	    " 'hops', (SELECT COALESCE(json_agg(" HOP_JSON
	    " ORDER BY h.at, h.stored_at, h.sequence), '[]') FROM audit.record h"
	    " WHERE h.run_id = run.run_id AND h.run_id <> ''))"
	    " FROM config.run run WHERE run.run_id = $1"
	    " AND ($2::text IS NULL OR run.org_id = $2)";

static bool check_state(struct http_request *request, const char *state)
{
	static const char *const states[] = {
		"queued", "running", "completed", "failed", "timeout", "cancelled"};

	for (size_t i = 0; i < countof(states); i++)
		if (!state || strcmp(state, states[i]) == 0)
			return true;
	http_answer_error(request, 400, "invalid_state",
		"state=%.40s: must be queued, running, completed, failed, timeout or "
		"cancelled",
		state);
	return false;
}

void runs_list(void *context, struct http_request *request)
{
	const char *state = http_query(request, "state");
	const char *event = http_query(request, "event");
	PGresult *rows AUTO(PQclear) = NULL;
	struct fault fault = {0};
	struct read_range range;
	struct read_list list;

	(void)context;
	if (!read_list(request, &list, CURSOR_PARTS) || !check_state(request, state) ||
		(event && !read_range(request, event, &range)))
		return;
	if (db_query(&rows, read_thread(request)->db, list_runs,
		    DB_VALUES(list.org, http_query(request, "team"), state, event,
			    list.since, list.until, list.cursor.parts[0],
			    list.cursor.parts[1], list.limit_text),
		    &fault))
		read_answer_list(request, &list, rows, CURSOR_PARTS);
	else
		read_answer_fault(request, &fault);
}

void runs_show(void *context, struct http_request *request)
{
	(void)context;
	read_show(request, "run", find_id, show_run);
}
