// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/record.h"

#include <stdio.h>

#include "common/audit.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/metrics.h"

enum { ONCE_SIZE = 64, ACTION_SIZE = 32 };

static struct metric runs_total = {.type = METRIC_COUNTER,
	.name = "tocsin_runs_total",
	.help = "Runs that ended, by state",
	.labels = {"state"}};

static struct metric run_seconds = {.type = METRIC_HISTOGRAM,
	.name = "tocsin_run_seconds",
	.help = "Time from the last claim of a run to its end"};

static struct metric posts_total = {.type = METRIC_COUNTER,
	.name = "tocsin_posts_total",
	.help = "Answers delivered, by type of destination and outcome",
	.labels = {"destination", "outcome"}};

/*
 * Takes `detail`. Waits until it is stored: what is only on its way when run.finish is
 * said is lost if JetStream then refuses it, for the next delivery finds a finished run.
 */
static bool tell(struct run *run, const char *action, const char *once,
	const char *reason, json_t *detail, struct fault *fault)
{
	json_t *owned AUTO(json_decref) = detail;
	char *printed AUTO(free) = json_print(owned);
	const pb_task *task = run->task;

	if (!printed)
		return fault_set(fault, FAULT_RETRY, "no memory for an audit record");
	if (audit_wait(run->process->publisher,
		    &(struct audit){.area = "run",
			    .action = action,
			    .org = task->org,
			    .team = task->team,
			    .event = task->event_id,
			    .run = task->run_id,
			    .actor = run->process->worker,
			    .reason = reason,
			    .detail_json = printed,
			    .traceparent = task->traceparent,
			    .once = once},
		    fault))
		return true;
	fault->kind = FAULT_RETRY; /* no reason to give up a run */
	return false;
}

bool record_claimed(struct run *run, struct fault *fault)
{
	char once[ONCE_SIZE];

	(void)snprintf(once, sizeof(once), "%s-%d", run->task->run_id, run->attempt);
	return tell(run, "run.claimed", once, "",
		json_pack("{s:i, s:s, s:I}", "attempt", run->attempt, "agent",
			run->name, "fencing_token", (json_int_t)run->fencing_token),
		fault);
}

static bool record_outlet(
	struct run *run, const struct outlet *outlet, struct fault *fault)
{
	const char *type = outlet->type ? outlet->type->name : "unknown";
	const char *outcome = outlet->dead ? "failed" : "posted";
	char once[ONCE_SIZE];

	(void)snprintf(once, sizeof(once), "%s-%d", run->task->run_id, outlet->index);
	metric_add(metric_with(&posts_total, type, outcome, NULL), 1);
	return tell(run, outlet->dead ? "run.post_failed" : "run.posted", once,
		outlet->error,
		json_pack("{s:s, s:i, s:O*}", "destination", outlet->destination->type,
			"number", outlet->index, "reference", outlet->reference),
		fault);
}

bool record_ended(struct run *run, const struct answer *answer, struct fault *fault)
{
	const struct journal *journal = &run->steps.journal;
	int64_t duration_ms = clock_mono_ms() - run->started_ms, input, output;
	char action[ACTION_SIZE];

	for (size_t i = 0; i < run->outlets.count; i++)
		if (!record_outlet(run, &run->outlets.all[i], fault))
			return false;
	journal_usage(journal, &input, &output);
	metric_add(metric_with(&runs_total, answer->state, NULL, NULL), 1);
	metric_observe_us(
		metric_with(&run_seconds, NULL, NULL, NULL), duration_ms * 1000);
	(void)snprintf(action, sizeof(action), "run.%s", answer->state);
	return tell(run, action, run->task->run_id, answer->error,
		json_pack("{s:s, s:i, s:I, s:I, s:I, s:I, s:I}", "agent", run->name,
			"attempt", run->attempt, "duration_ms", (json_int_t)duration_ms,
			"turns", (json_int_t)journal_count(journal, ENTRY_MODEL),
			"tool_calls",
			(json_int_t)journal_count(journal, ENTRY_TOOL_RESULT),
			"input_tokens", (json_int_t)input, "output_tokens",
			(json_int_t)output),
		fault);
}
