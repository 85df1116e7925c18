// SPDX-License-Identifier: Apache-2.0
// Tool calls of reported runs; the same call sent twice is there once.
#include <string.h>

#include "common/clock.h"
#include "config-store/body.h"
#include "config-store/handlers.h"
#include "config-store/runs/run_reports.h"

enum { MOST = 500, ID_MAX = 128, NAME_MAX_BYTES = 200, DURATION_MAX_MS = 2000000000 };

/*
 * Requests at the very same time each see the room there was before them: a run may end
 * up with a few batches more, and then takes no others.
 */
/* clang-format off */
static const char add_sql[] =
	"WITH run AS (SELECT run_id FROM config.run WHERE run_id = $1), room AS"
	" (SELECT (SELECT count(*) FROM config.run_tool_call k WHERE k.run_id ="
	" $1) + (SELECT count(DISTINCT t.id) FROM json_to_recordset($2::json) AS"
	" t(id text) WHERE NOT EXISTS (SELECT FROM config.run_tool_call k WHERE"
	" k.run_id = $1 AND k.call_id = t.id)) <= " TOOL_CALLS_MOST " AS enough),"
	" added AS"
	" (INSERT INTO config.run_tool_call (run_id, call_id, tool_name, "
	"agent_name, parent_agent, tool_input, tool_output, started_at,"
	" duration_ms, status, error_message, sequence_number) SELECT run.run_id,"
	" t.id, t.tool_name, t.agent_name, t.parent_agent,  t.tool_input,"
	" left(t.tool_output, 5000), COALESCE(t.started_at, clock_timestamp()),"
	" t.duration_ms, COALESCE(t.status, 'success'), left(t.error_message,"
	" 1000), COALESCE(t.sequence_number, 0) FROM run JOIN room ON enough,"
	" json_to_recordset($2::json) AS t(id text, tool_name text, agent_name"
	" text, parent_agent text, tool_input json, tool_output text, started_at"
	" timestamptz, duration_ms bigint, status text, error_message text,"
	" sequence_number integer) ON CONFLICT (run_id, call_id) DO NOTHING"
	" RETURNING 1) SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM"
	" added), (SELECT enough FROM room)";

#define CALL_JSON \
	"json_build_object('id', call.id, 'tool_name', call.tool_name," \
	" 'agent_name', call.agent_name, 'parent_agent', call.parent_agent," \
	" 'tool_input', call.tool_input::json, 'tool_output', call.tool_output," \
	" 'started_at', " READ_TIME("call.started_at") ", 'duration_ms'," \
	" call.duration_ms, 'status', call.status, 'error_message'," \
	" call.error_message, 'sequence_number', call.sequence_number)"

#define LIST_SQL(calls) \
	"SELECT json_build_object('tool_calls', COALESCE((SELECT json_agg(" \
	CALL_JSON " ORDER BY call.sequence_number, call.id) FROM " calls ")," \
	" '[]'), 'total', (SELECT count(*) FROM " TOOL_CALLS ")) FROM config.run" \
	" run WHERE run.run_id = $1"

static const char list_sql[] = LIST_SQL(TOOL_CALLS_FIRST);

/* Of those that were posted, $2. */
static const char posted_sql[] = LIST_SQL(TOOL_CALLS
	" WHERE call.id IN (SELECT t.id FROM json_to_recordset($2::json) AS t(id"
	" text))");
/* clang-format on */

static bool check_words(const struct call *call, const json_t *one, const char *run,
	struct fault *fault)
{
	static const char *const states[] = {
		"success", "error", "running", "timeout", "cancelled"};
	const char *text, *status;
	int64_t at_us;

	if (!body_needed(call, &text, one, "id", ID_MAX, fault) ||
		!body_needed(call, &text, one, "tool_name", NAME_MAX_BYTES, fault) ||
		!body_short(
			call, &text, one, "agent_name", NAME_MAX_BYTES, "", fault) ||
		!body_short(
			call, &text, one, "parent_agent", NAME_MAX_BYTES, "", fault) ||
		!call_string(call, &text, one, "tool_output", "", fault) ||
		!call_string(call, &text, one, "error_message", "", fault) ||
		!call_string(call, &text, one, "started_at", NULL, fault) ||
		!call_string(call, &status, one, "status", "success", fault))
		return false;
	if (text && !clock_parse(&at_us, text))
		return refuse(call->thread, fault, 400, "invalid_time",
			"'started_at' must be a time like "
			"2026-11-23T16:00:00Z");
	for (size_t i = 0; i < countof(states); i++)
		if (strcmp(states[i], status) == 0)
			return true;
	return refuse(call->thread, fault, 400, "invalid_state",
		"run %s: a tool call's 'status' must be success, "
		"error, running, "
		"timeout or cancelled",
		run);
}

static bool check_call(const struct call *call, const json_t *one, const char *run,
	struct fault *fault)
{
	char number[24];

	if (!json_is_object(one))
		return refuse(call->thread, fault, 400, "invalid_body",
			"'tool_calls' must be an array of objects");
	return check_words(call, one, run, fault) &&
		body_count(call, number, one, "duration_ms", DURATION_MAX_MS, fault) &&
		body_count(
			call, number, one, "sequence_number", DURATION_MAX_MS, fault);
}

/* *out is the array, printed, owned. */
static bool read_calls(
	const struct call *call, char **out, const char *run, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	const json_t *list, *one;
	const char *same;
	size_t i;

	if (!call_body(call, &body, false, fault) ||
		!call_string(call, &same, body, "run_id", run, fault))
		return false;
	if (strcmp(same, run) != 0)
		return refuse(call->thread, fault, 400, "invalid_body",
			"'run_id' is not the run of the path");
	list = json_object_get(body, "tool_calls");
	if (!json_is_array(list) || json_array_size(list) > MOST)
		return refuse(call->thread, fault, 400, "invalid_body",
			"'tool_calls' must be an array of at most %d "
			"objects",
			MOST);
	json_array_foreach(list, i, one)
	{
		if (!check_call(call, one, run, fault))
			return false;
	}
	*out = json_print(list);
	return *out || fault_set(fault, FAULT_RETRY, "no memory for tool calls");
}

static bool no_run(const struct call *call, const char *run, struct fault *fault)
{
	return refuse(call->thread, fault, 404, "not_found", "there is no run %s", run);
}

/* The `posted` ones, an array; NULL: all. */
static bool answer_calls(const struct call *call, int status, const char *run,
	const char *posted, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	bool good = posted
		? db_query(&rows, call->thread->db, posted_sql, DB_VALUES(run, posted),
			  fault)
		: db_query(&rows, call->thread->db, list_sql, DB_VALUES(run), fault);

	if (!good) {
		const char *state = db_sqlstate(call->thread->db);

		/* Not a mistake of ours: the other half is another daemon's. */
		if (strcmp(state, "42P01") == 0 || strcmp(state, "3F000") == 0)
			return fault_set(fault, FAULT_RETRY,
				"schema audit is not there yet: "
				"tocsin-audit-sink "
				"makes it when it starts");
		return false;
	}
	if (PQntuples(rows) == 0)
		return no_run(call, run, fault);
	body_answer(call, status, db_value(rows, 0, 0));
	return true;
}

bool run_tool_calls_post(struct call *call, struct fault *fault)
{
	const char *run = call_segment(call, "id");
	PGresult *rows AUTO(PQclear) = NULL;
	char *list AUTO(free) = NULL;

	if (!body_run(call, run, fault) || !read_calls(call, &list, run, fault) ||
		!db_query(
			&rows, call->thread->db, add_sql, DB_VALUES(run, list), fault))
		return false;
	if (db_integer(rows, 0, 0) == 0)
		return no_run(call, run, fault);
	if (!db_bool(rows, 0, 2))
		return refuse(call->thread, fault, 409, "too_many_tool_calls",
			"run %s has tool calls enough: " TOOL_CALLS_MOST
			" are the most",
			run);
	return answer_calls(
		call, db_integer(rows, 0, 1) > 0 ? 201 : 200, run, list, fault);
}

bool run_tool_calls_get(struct call *call, struct fault *fault)
{
	const char *run = call_segment(call, "id");

	return body_run(call, run, fault) && answer_calls(call, 200, run, NULL, fault);
}
