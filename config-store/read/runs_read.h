// SPDX-License-Identifier: Apache-2.0
// Reading runs: their state from config.run, their steps and hops from schema audit,
// which tocsin-audit-sink writes. For admins below /admin, for a team below /team.
#pragma once

#include "common/http/http_server.h"
#include "config-store/read/read.h"

/* clang-format off */

/* What a run took: what its reporter said, else what we saw. */
#define RUN_MS \
	"COALESCE(run.reported_ms, (extract(epoch FROM run.finished_at -" \
	" COALESCE(run.started_at, run.created_at)) * 1000)::bigint)"

/* Of a row `run` of config.run. `more` continues the object: ", 'steps', …" or "". */
#define RUN_JSON(more) \
	"json_build_object('run_id', run.run_id, 'event_id', run.event_id," \
	" 'org_id', run.org_id, 'team_id', run.team_id, 'agent', run.agent," \
	" 'source', run.source, 'state', run.state, 'attempt', run.attempt," \
	" 'worker', run.worker, 'text', run.text, 'actor', run.actor, 'summary'," \
	" run.summary, 'error', run.error, 'created_at', " \
	READ_TIME("run.created_at") ", 'started_at', " READ_TIME("run.started_at") \
	", 'finished_at', " READ_TIME("run.finished_at") ", 'duration_ms', " \
	RUN_MS ", 'tool_calls', run.tool_calls, 'turns', run.turns," \
	" 'input_tokens', run.input_tokens, 'output_tokens', run.output_tokens," \
	" 'confidence', run.confidence" more ")"

/* All steps of the row `run`. */
#define STEPS_JSON \
	"(SELECT COALESCE(json_agg(json_build_object('number', s.number," \
	" 'attempt', s.attempt, 'kind', s.kind, 'name', s.name, 'at', " \
	READ_TIME("s.at") ", 'duration_ms', s.duration_ms, 'worker', s.worker," \
	" 'payload', s.payload) ORDER BY s.number, s.epoch, s.sequence), '[]')" \
	" FROM audit.step s WHERE s.run_id = run.run_id)"

/* Of a row `h` of audit.record. */
#define HOP_JSON \
	"json_build_object('at', " READ_TIME("h.at") ", 'area', h.area, 'action'," \
	" h.action, 'org_id', h.org, 'team_id', h.team, 'event_id', h.event_id," \
	" 'run_id', h.run_id, 'actor', h.actor, 'reason', h.reason, 'detail'," \
	" h.detail)"

/*
 * The tool calls of run $1 as a relation `call`: what workers logged as steps, and what
 * was reported.
 */
#define TOOL_CALLS \
	"(SELECT t.call_id AS id, t.tool_name, t.agent_name, t.parent_agent, " \
	"t.tool_input::text AS tool_input, t.tool_output, t.started_at, " \
	"t.duration_ms, t.status, t.error_message, t.sequence_number FROM" \
	" config.run_tool_call t WHERE t.run_id = $1 UNION ALL SELECT" \
	" s.payload->>'call', max(s.name), max(own.agent), NULL, " \
	"(array_agg(s.payload->'arguments') FILTER (WHERE s.kind =" \
	" 'tool_started'))[1]::text, max(s.payload->>'result'), min(s.at)," \
	" max(s.duration_ms), COALESCE(max(CASE s.payload->>'status' WHEN 'ok'" \
	" THEN 'success' ELSE s.payload->>'status' END), 'running'), " \
	"max(s.payload->>'result') FILTER (WHERE s.payload->>'status' <> 'ok'), " \
	"min(s.number) FROM audit.step s JOIN config.run own USING (run_id)" \
	" WHERE s.run_id = $1 AND s.kind IN ('tool_started', 'tool_result') AND" \
	" s.payload ? 'call' GROUP BY s.payload->>'call') call"

/* So many are stored of what is reported of one run, and shown of any. */
#define TOOL_CALLS_MOST "5000"
#define TOOL_CALLS_FIRST \
	"(SELECT * FROM " TOOL_CALLS " ORDER BY call.sequence_number, call.id" \
	" LIMIT " TOOL_CALLS_MOST ") call"

/* clang-format on */

/* Handlers of the route table; blocking. */
void runs_list(void *context, struct http_request *request);
void runs_show(void *context, struct http_request *request);
void runs_export(void *context, struct http_request *request);

/* runs_team.c */
void runs_team_list(void *context, struct http_request *request);
void runs_team_show(void *context, struct http_request *request);
void runs_team_trace(void *context, struct http_request *request);

/*
 * What list and export filter by. `values` are borrowed from the request and from this
 * struct.
 */
enum { RUNS_FILTERS = 8, RUNS_CURSOR_PARTS = 2 };

struct runs_filters {
	struct read_list list;
	const char *values[RUNS_FILTERS];
};

/* Answers with 400 or 403 and returns false when one is not good. */
NODISCARD bool runs_read_filters(
	struct http_request *request, struct runs_filters *filters);

/* Answers a list with `sql`, which takes the filters, the cursor's parts and the limit.
 */
void runs_answer_list(struct http_request *request, const struct runs_filters *filters,
	const char *sql);

/* clang-format off */
#define RUNS_NEWEST "created_at DESC, run_id DESC"
#define RUNS_PAGE \
	"SELECT run.* FROM config.run run WHERE ($1::text IS NULL OR run.org_id = $1) AND" \
	" ($2::text IS NULL OR run.team_id = $2) AND ($3::text IS NULL OR" \
	" run.state = $3) AND ($4::text IS NULL OR starts_with(run.event_id, $4))" \
	" AND ($5::text IS NULL OR run.agent = $5) AND ($6::text IS NULL OR" \
	" run.source = $6) AND run.created_at >= COALESCE($7::timestamptz," \
	" '-infinity') AND run.created_at < COALESCE($8::timestamptz, 'infinity')" \
	" AND (run.created_at, run.run_id) < ($9::timestamptz, $10::text) ORDER" \
	" BY run.created_at DESC, run.run_id DESC LIMIT $11::int"

#define RUNS_LIST(columns) \
	"SELECT " columns ", " READ_TIME("run.created_at") ", run.run_id," \
	" run.found FROM " READ_CUT(RUNS_PAGE, RUNS_NEWEST) " run ORDER BY " RUNS_NEWEST
/* clang-format on */
