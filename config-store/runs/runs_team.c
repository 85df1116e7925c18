// SPDX-License-Identifier: Apache-2.0
// What a team sees of its own runs. The names are those its clients have known.
#include <stdio.h>
#include <string.h>

#include "config-store/read/runs_read.h"

/* clang-format off */
#define TEAM_RUN_JSON \
	"json_build_object('id', run.run_id, 'correlationId', run.event_id," \
	" 'agentName', run.agent, 'triggerSource', run.source, 'triggerActor'," \
	" run.actor, 'triggerMessage', run.text, 'status', run.state," \
	" 'startedAt', " READ_TIME("run.started_at") ", 'completedAt', " \
	READ_TIME("run.finished_at") ", 'durationSeconds', round(" RUN_MS " /" \
	" 1000.0, 3), 'toolCallsCount', run.tool_calls, 'outputSummary'," \
	" run.summary, 'errorMessage', run.error, 'confidence', run.confidence)"

static const char list_sql[] =
	RUNS_LIST(TEAM_RUN_JSON);

static const char show_sql[] =
	"SELECT " TEAM_RUN_JSON " FROM config.run run WHERE run.run_id = $1 AND"
	" run.org_id = $2 AND run.team_id = $3";

static const char trace_sql[] =
	"SELECT json_build_object('runId', run.run_id, 'toolCalls',"
	" COALESCE((SELECT json_agg(json_build_object('id', call.id, 'toolName',"
	" call.tool_name, 'agentName', call.agent_name, 'parentAgent',"
	" call.parent_agent, 'toolInput', call.tool_input::json, 'toolOutput',"
	" left(call.tool_output, 1000), 'startedAt', "
	READ_TIME("call.started_at") ", 'durationMs', call.duration_ms, 'status',"
	" call.status, 'errorMessage', left(call.error_message, 1000),"
	" 'sequenceNumber', call.sequence_number) ORDER BY call.sequence_number,"
	" call.id) FROM " TOOL_CALLS_FIRST "), '[]'), 'total', (SELECT count(*) FROM "
	TOOL_CALLS ")) FROM config.run run WHERE run.run_id = $1 AND run.org_id ="
	" $2 AND run.team_id = $3";
/* clang-format on */

void runs_team_list(void *context, struct http_request *request)
{
	struct runs_filters filters;

	(void)context;
	if (runs_read_filters(request, &filters))
		runs_answer_list(request, &filters, list_sql);
}

/* Another team's run is answered like one that does not exist. */
static void show(struct http_request *request, const char *sql)
{
	const struct store_thread *thread = read_thread(request);
	const struct caller *caller = &thread->caller;
	const char *id = http_segment(request, "id"), *body;
	PGresult *rows AUTO(PQclear) = NULL;
	struct fault fault = {0};
	bool is_id = id_is_uuid(id);

	if (is_id &&
		!db_query(&rows, thread->db, sql,
			DB_VALUES(id, caller->org, caller->team), &fault)) {
		read_answer_fault(request, &fault);
		return;
	}
	if (!is_id || PQntuples(rows) == 0) {
		http_answer_error(
			request, 404, "not_found", "this team has no run %.60s", id);
		return;
	}
	body = db_value(rows, 0, 0);
	http_answer(request,
		&(struct http_answer){
			.status = 200, .body = body, .len = strlen(body)});
}

void runs_team_show(void *context, struct http_request *request)
{
	(void)context;
	show(request, show_sql);
}

void runs_team_trace(void *context, struct http_request *request)
{
	(void)context;
	show(request, trace_sql);
}
