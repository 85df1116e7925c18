// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/call.h"

#include <stdio.h>

#include "agent-worker/schema.h"
#include "agent-worker/tool.h"
#include "agent-worker/tool_http.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/metrics.h"
#include "common/wire.h"

enum { KEY_SIZE = 64, SAY_SIZE = 160 };

static struct metric calls_total = {.type = METRIC_COUNTER,
	.name = "tocsin_tool_calls_total",
	.help = "Tool calls of agents, by outcome",
	.labels = {"status"}};

static bool log_result(struct run *run, const struct next *next,
	const struct tool_result *result, int64_t started_ms, struct fault *fault)
{
	const char *status = result->ok ? "ok" : "error";

	metric_add(metric_with(&calls_total, status, NULL, NULL), 1);
	return steps_append(&run->steps,
		&(struct step){.kind = ENTRY_TOOL_RESULT,
			.name = next->tool,
			.payload = json_pack("{s:s, s:s, s:s}", "call", next->id,
				"status", status, "result", result->text),
			.duration_ms = clock_mono_ms() - started_ms},
		fault);
}

/* A call that is not made. */
static bool refuse(
	struct run *run, const struct next *next, const char *why, struct fault *fault)
{
	struct tool_result result = {.ok = false, .text = wire_string(why)};

	return log_result(run, next, &result, clock_mono_ms(), fault);
}

/* The call's number in the run, from 1: the same again when the call is repeated. */
static size_t number_of(struct run *run, size_t started)
{
	return started ? started
		       : journal_count(&run->steps.journal, ENTRY_TOOL_STARTED);
}

static bool send(struct run *run, const struct next *next, const json_t *tool,
	size_t started, struct fault *fault)
{
	struct tool_request request AUTO(tool_request_done) = {0};
	struct tool_result result AUTO(tool_result_done) = {0};
	long limit_ms = tool_timeout_ms(tool), left_ms = run_time_left(run);
	int64_t started_ms = clock_mono_ms();
	struct fault why = {0};
	char key[KEY_SIZE];

	(void)snprintf(
		key, sizeof(key), "%s-%zu", run->task->run_id, number_of(run, started));
	if (!tool_request_build(
		    &request, tool, run->config, next->arguments, key, &why)) {
		if (why.kind == FAULT_REJECT)
			return refuse(run, next, why.text, fault);
		*fault = why;
		return false;
	}
	if (!run_may_go_on(run, fault) ||
		!tool_http_call(&result, run->http, tool, &request,
			left_ms < limit_ms ? left_ms + 1 : limit_ms, fault))
		return false;
	return log_result(run, next, &result, started_ms, fault);
}

static void say(struct run *run, const struct next *next)
{
	char text[SAY_SIZE];

	(void)snprintf(text, sizeof(text), "_Working on it: now `%.80s`, after %zu %s_",
		next->tool, journal_count(&run->steps.journal, ENTRY_TOOL_RESULT),
		"tool calls.");
	progress_say(run->progress, text);
}

bool call_make(struct run *run, const struct next *next, struct fault *fault)
{
	const json_t *tool = NULL;
	struct fault why = {0};
	size_t started = 0;

	(void)journal_result(&run->steps.journal, next->from, next->id, &started);
	say(run, next);
	if (next->problem)
		return refuse(run, next, next->problem, fault);
	if (!tool_find(&tool, run->config, run->agent, next->tool, &why) ||
		!schema_check(
			json_object_get(tool, "parameters"), next->arguments, &why))
		return refuse(run, next, why.text, fault);
	if (started && !tool_is_safe(tool))
		return refuse(run, next,
			"the worker that made this call died before it had the result: "
			"nobody knows whether the call was carried out",
			fault);
	if (!started &&
		!steps_append(&run->steps,
			&(struct step){.kind = ENTRY_TOOL_STARTED,
				.name = next->tool,
				.payload = json_pack("{s:s, s:O}", "call", next->id,
					"arguments", next->arguments)},
			fault))
		return false;
	return send(run, next, tool, started, fault);
}
