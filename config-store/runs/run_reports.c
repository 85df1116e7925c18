// SPDX-License-Identifier: Apache-2.0
// Runs that other runtimes report over HTTP. Ours never come this way: a worker claims a
// run over rpc, and from then on only the holder of its lease ends it; see
// migrations/0009_run_reports.sql.
#include <string.h>

#include "config-store/body.h"
#include "config-store/handlers.h"
#include "config-store/runs/run_reports.h"

enum {
	NAME_MAX_BYTES = 200,
	TEXT_MAX_BYTES = 500,
	SUMMARY_MAX_BYTES = 16000,
	ERROR_MAX_BYTES = 4000,
	CALLS_MAX = 1000000,
	METADATA_MAX_BYTES = 8000,
};

static const char show_sql[] = "SELECT " RUN_REPORT_JSON " FROM config.run run"
			       " WHERE run.run_id = $1";

static bool answer_run(
	const struct call *call, int status, const char *id, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, call->thread->db, show_sql, DB_VALUES(id), fault))
		return false;
	if (PQntuples(rows) == 0)
		return refuse(call->thread, fault, 404, "not_found",
			"there is no run %.60s", id);
	body_answer(call, status, db_value(rows, 0, 0));
	return true;
}

struct report {
	const char *run, *org, *team, *event, *agent, *source, *actor, *text, *channel;
	char *metadata; /* owned */
};

static void report_done(struct report *report)
{
	free(report->metadata);
}
DEFINE_AUTO_DONE(struct report, report_done)

static bool read_metadata(const struct call *call, struct report *report,
	const json_t *body, struct fault *fault)
{
	const json_t *metadata = json_object_get(body, "metadata");

	if (!metadata || json_is_null(metadata))
		return true;
	if (!json_is_object(metadata))
		return refuse(call->thread, fault, 400, "invalid_body",
			"'metadata' must be an object");
	report->metadata = json_print(metadata);
	if (!report->metadata)
		return fault_set(fault, FAULT_RETRY, "no memory for metadata");
	return strlen(report->metadata) <= METADATA_MAX_BYTES ||
		refuse(call->thread, fault, 400, "invalid_body",
			"'metadata' is over %d bytes", METADATA_MAX_BYTES);
}

static bool read_report(const struct call *call, struct report *report,
	const json_t *body, struct fault *fault)
{
	enum { NAME = NAME_MAX_BYTES, TEXT = SUMMARY_MAX_BYTES };

	return call_needed(call, &report->run, body, "run_id", fault) &&
		body_run(call, report->run, fault) &&
		body_name(call, &report->org, body, "org_id", fault) &&
		body_name(call, &report->team, body, "team_node_id", fault) &&
		body_short(call, &report->event, body, "correlation_id", NAME, "",
			fault) &&
		body_short(call, &report->agent, body, "agent_name", NAME, "", fault) &&
		body_short(call, &report->source, body, "trigger_source", NAME, "api",
			fault) &&
		body_short(
			call, &report->actor, body, "trigger_actor", NAME, "", fault) &&
		body_short(call, &report->text, body, "trigger_message", TEXT, "",
			fault) &&
		body_short(call, &report->channel, body, "trigger_channel_id", NAME, "",
			fault) &&
		read_metadata(call, report, body, fault);
}

static bool refuse_report(const struct call *call, const struct report *report,
	const char *outcome, struct fault *fault)
{
	if (strcmp(outcome, "no_team") == 0)
		return refuse(call->thread, fault, 404, "not_found",
			"there is no team %s/%s", report->org, report->team);
	return refuse(call->thread, fault, 409, "run_exists",
		"run %s is one of another team", report->run);
}

bool run_reports_post(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	struct report report AUTO(report_done) = {0};
	PGresult *rows AUTO(PQclear) = NULL;
	char *text AUTO(free) = NULL;
	const char *outcome;
	bool created;

	if (!call_body(call, &body, false, fault) ||
		!read_report(call, &report, body, fault))
		return false;
	text = store_text(report.text, TEXT_MAX_BYTES);
	if (!text)
		return fault_set(fault, FAULT_RETRY, "no memory for a run");
	if (!db_query(&rows, call->thread->db,
		    "SELECT config.run_report($1, $2, $3, $4, $5, $6, $7, $8, $9,"
		    " $10::json)",
		    DB_VALUES(report.run, report.event, report.org, report.team,
			    report.agent, report.source, text, report.actor,
			    report.channel, report.metadata),
		    fault))
		return false;
	outcome = db_value(rows, 0, 0);
	created = strcmp(outcome, "created") == 0;
	if (!created && strcmp(outcome, "exists") != 0)
		return refuse_report(call, &report, outcome, fault);
	return answer_run(call, created ? 201 : 200, report.run, fault);
}

struct ending {
	const char *state;
	char *summary, *error; /* owned */
	char tool_calls[24], duration_ms[24], confidence[32];
};

static void ending_done(struct ending *ending)
{
	free(ending->summary);
	free(ending->error);
}
DEFINE_AUTO_DONE(struct ending, ending_done)

static bool read_state(const struct call *call, struct ending *ending,
	const json_t *body, struct fault *fault)
{
	static const char *const states[] = {
		"completed", "failed", "timeout", "cancelled"};

	if (!call_needed(call, &ending->state, body, "status", fault))
		return false;
	for (size_t i = 0; i < countof(states); i++)
		if (strcmp(states[i], ending->state) == 0)
			return true;
	return refuse(call->thread, fault, 400, "invalid_state",
		"'status' must be completed, failed, timeout or cancelled");
}

/* The reporter knows better than we how long it took. */
static bool read_duration(const struct call *call, struct ending *ending,
	const json_t *body, struct fault *fault)
{
	const double most = 366.0 * 86400.0;
	const json_t *value = json_object_get(body, "duration_seconds");
	double seconds = json_number_value(value);

	if (!value || json_is_null(value))
		return true;
	if (!json_is_number(value) || !(seconds >= 0 && seconds <= most))
		return refuse(call->thread, fault, 400, "invalid_body",
			"'duration_seconds' must be a number, 0 or more");
	(void)snprintf(ending->duration_ms, sizeof(ending->duration_ms), "%lld",
		(long long)(seconds * 1000 + 0.5));
	return true;
}

static bool read_confidence(const struct call *call, struct ending *ending,
	const json_t *body, struct fault *fault)
{
	const json_t *value = json_object_get(body, "confidence");
	double confidence = json_number_value(value);

	if (!value || json_is_null(value))
		return true;
	if (!json_is_number(value) || !(confidence >= 0 && confidence <= 1))
		return refuse(call->thread, fault, 400, "invalid_body",
			"'confidence' must be a number from 0 to 1");
	(void)snprintf(
		ending->confidence, sizeof(ending->confidence), "%.6f", confidence);
	return true;
}

static bool read_ending(const struct call *call, struct ending *ending,
	const json_t *body, struct fault *fault)
{
	const char *summary, *error;

	if (!read_state(call, ending, body, fault) ||
		!call_string(call, &summary, body, "output_summary", "", fault) ||
		!call_string(call, &error, body, "error_message", "", fault) ||
		!body_count(call, ending->tool_calls, body, "tool_calls_count",
			CALLS_MAX, fault) ||
		!read_duration(call, ending, body, fault) ||
		!read_confidence(call, ending, body, fault))
		return false;
	ending->summary = store_text(summary, SUMMARY_MAX_BYTES);
	ending->error = store_text(error, ERROR_MAX_BYTES);
	return (ending->summary && ending->error) ||
		fault_set(fault, FAULT_RETRY, "no memory for a run's end");
}

static bool refuse_ending(const struct call *call, const char *id, const PGresult *rows,
	struct fault *fault)
{
	const char *outcome = db_value(rows, 0, 0);

	if (strcmp(outcome, "none") == 0)
		return refuse(call->thread, fault, 404, "not_found",
			"there is no run %s", id);
	if (strcmp(outcome, "leased") == 0)
		return refuse(call->thread, fault, 409, "run_leased",
			"run %s is a worker's: only the holder of its lease ends it",
			id);
	return refuse(call->thread, fault, 409, "run_finished",
		"run %s is over already, and is %s", id, db_value(rows, 0, 1));
}

bool run_reports_patch(struct call *call, struct fault *fault)
{
	const char *id = call_segment(call, "id");
	struct ending ending AUTO(ending_done) = {0};
	json_t *body AUTO(json_decref) = NULL;
	PGresult *rows AUTO(PQclear) = NULL;

	if (!body_run(call, id, fault) || !call_body(call, &body, false, fault) ||
		!read_ending(call, &ending, body, fault) ||
		!db_query(&rows, call->thread->db,
			"SELECT outcome, state FROM config.run_report_end($1, $2, $3,"
			" $4, COALESCE($5::integer, 0), $6::bigint, $7::real)",
			DB_VALUES(id, ending.state, ending.summary, ending.error,
				body_or_null(ending.tool_calls),
				body_or_null(ending.duration_ms),
				body_or_null(ending.confidence)),
			fault))
		return false;
	if (strcmp(db_value(rows, 0, 0), "ended") != 0)
		return refuse_ending(call, id, rows, fault);
	return answer_run(call, 200, id, fault);
}
