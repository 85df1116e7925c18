// SPDX-License-Identifier: Apache-2.0
#include "config-store/read/runs_read.h"

#include <string.h>

#include "common/clock.h"
#include "config-store/read/export.h"

/* clang-format off */
static const char list_runs[] =
	RUNS_LIST(RUN_JSON(""));

static const char list_cells[] =
	RUNS_LIST("run.run_id, run.event_id, run.org_id, run.team_id,"
	" run.agent, run.source, run.state, run.attempt, run.actor, run.text,"
	" run.summary, run.error, " READ_TIME("run.created_at") ", "
	READ_TIME("run.started_at") ", " READ_TIME("run.finished_at") ", " RUN_MS
	", run.tool_calls, run.turns, run.input_tokens, run.output_tokens");

/* Ids are lower-case hex, so any collation sorts a prefix's range together. */
static const char find_id[] =
	"SELECT run_id FROM config.run WHERE run_id >= $1 AND run_id < $3 AND"
	" starts_with(run_id, $1) AND ($2::text IS NULL OR org_id = $2) ORDER BY"
	" run_id LIMIT 10";

/* A record of the run is the run's own, whoever may see the run may see it. */
static const char show_run[] =
	"SELECT json_build_object('run', " RUN_JSON(
	"") ", 'steps', " STEPS_JSON
	", 'hops', (SELECT COALESCE(json_agg(" HOP_JSON " ORDER BY h.at,"
	" h.stored_at, h.sequence), '[]') FROM audit.record h WHERE h.run_id ="
	" run.run_id AND h.run_id <> '')) FROM config.run run WHERE run.run_id ="
	" $1 AND ($2::text IS NULL OR run.org_id = $2)";
/* clang-format on */

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

bool runs_read_filters(struct http_request *request, struct runs_filters *filters)
{
	struct read_list *list = &filters->list;
	struct read_range range;

	if (!read_list(request, list, RUNS_CURSOR_PARTS) ||
		!check_state(request, http_query(request, "state")) ||
		!read_id_filter(request, "event", &range))
		return false;
	const char *const values[RUNS_FILTERS] = {list->org, read_team(request),
		http_query(request, "state"), http_query(request, "event"),
		http_query(request, "agent"), http_query(request, "source"),
		list->since, list->until};
	memcpy(filters->values, values, sizeof(values));
	return true;
}

void runs_answer_list(struct http_request *request, const struct runs_filters *filters,
	const char *sql)
{
	const char *values[RUNS_FILTERS + RUNS_CURSOR_PARTS + 1];
	PGresult *rows AUTO(PQclear) = NULL;
	struct fault fault = {0};

	memcpy(values, filters->values, sizeof(filters->values));
	values[RUNS_FILTERS] = filters->list.cursor.parts[0];
	values[RUNS_FILTERS + 1] = filters->list.cursor.parts[1];
	values[RUNS_FILTERS + 2] = filters->list.limit_text;
	if (db_query(&rows, read_thread(request)->db, sql, values, countof(values),
		    &fault))
		read_answer_list(request, &filters->list, rows, RUNS_CURSOR_PARTS);
	else
		read_answer_fault(request, &fault);
}

void runs_list(void *context, struct http_request *request)
{
	struct runs_filters filters;

	(void)context;
	if (runs_read_filters(request, &filters))
		runs_answer_list(request, &filters, list_runs);
}

void runs_show(void *context, struct http_request *request)
{
	(void)context;
	read_show(request, "run", find_id, show_run);
}

void runs_export(void *context, struct http_request *request)
{
	enum { UNTIL = 7 };
	static const char *const columns[] = {"run_id", "event_id", "org_id", "team_id",
		"agent", "source", "state", "attempt", "actor", "text", "summary",
		"error", "created_at", "started_at", "finished_at", "duration_ms",
		"tool_calls", "turns", "input_tokens", "output_tokens", NULL};
	static const struct export_kind kind = {
		"runs", columns, list_cells, list_runs, RUNS_CURSOR_PARTS};
	struct runs_filters filters;
	char now[CLOCK_TEXT_SIZE];

	(void)context;
	if (!runs_read_filters(request, &filters))
		return;
	if (!filters.values[UNTIL])
		filters.values[UNTIL] = clock_text(clock_wall_us(), now);
	export_answer(request, &kind,
		&(struct export_filters){filters.values, RUNS_FILTERS, false});
}
