// SPDX-License-Identifier: Apache-2.0
/*
 * The order of a run, and what a kill at each point leads to. "Next" is the worker that has
 * the task after this one's lease ran out; its attempt is one higher, it reads the log, and
 * its own `started` step makes JetStream refuse every later step of this one.
 *
 * config, claim       Killed before: next starts as if nothing was. After: attempt 2 finds
 *                     an empty log and starts from nothing.
 * step started        Next goes on from the log, whatever is in it.
 * progress is posted  Killed before its `posted` step: every later attempt looks for the
 *                     run's marker before it posts, finds it, records it, edits.
 * step posted         Next edits this post; it makes none.
 * model asked         Killed before its step: asked again; only tokens are lost.
 * step tool_started   No result in the log: called again only if that is harmless, with the
 *                     same Idempotency-Key; else the result is that nobody knows.
 * step tool_result    Next goes on after it.
 * step answer         Next does no more work; it delivers this answer.
 * final post or edit  Killed in between: posts are found by reference or marker and edited
 *                     to the same text again, which changes nothing. A webhook or log line
 *                     without its `posted` step is sent again; the webhook has the same id,
 *                     by which its receiver drops it.
 * step finished       Next posts nothing, only says that it is over.
 * audit records       Before run.finish, because nobody comes back after it; their ids are
 *                     derived, so told twice they are one.
 * run.finish          Next is told FINISHED and acknowledges the task.
 *
 * A worker that stalls instead of dying: its lease ends here before it ends at config-store
 * (lease.h), no effect is begun after that and none may take longer than what is left of
 * it, and its steps are refused.
 */
#include "agent-worker/run.h"

#include <string.h>

#include "agent-worker/agent.h"
#include "agent-worker/claim.h"
#include "agent-worker/deliver.h"
#include "agent-worker/record.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"

enum { ATTEMPTS_MAX = 10, WAIT_SLICE_MS = 100 };

static const char gave_up[] =
	"gave up after 10 attempts: the workers that had this run "
	"died or could not go on. Its steps say how far it came.";

bool run_may_go_on(struct run *run, struct fault *fault)
{
	if (steps_lost(&run->steps) || !lease_holds(run->lease)) {
		run->leave = LEAVE_LOST;
		return fault_set(fault, FAULT_RETRY, "the run's lease is lost");
	}
	if (job_should_stop(run->job)) {
		run->leave = LEAVE_STOP;
		return fault_set(fault, FAULT_RETRY, "the worker is to stop");
	}
	return true;
}

bool run_wait(struct run *run, long ms, struct fault *fault)
{
	int64_t until = clock_mono_ms() + ms;

	while (run_may_go_on(run, fault)) {
		long left = (long)(until - clock_mono_ms());

		if (left <= 0)
			return true;
		clock_sleep_ms(left < WAIT_SLICE_MS ? left : WAIT_SLICE_MS);
	}
	return false;
}

long run_time_left(const struct run *run)
{
	int64_t left = run->deadline_ms - clock_mono_ms();

	return left > 0 ? (long)left : 0;
}

static bool make_scope(struct run *run, struct fault *fault)
{
	const pb_task *task = run->task;
	json_t *event AUTO(json_decref) = NULL;

	if (!json_parse_object(&event, task->context_json, fault))
		return false;
	run->scope = json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}, s:O}",
		"task", "text", task->text, "source", task->source, "kind", task->kind,
		"actor", task->actor, "run_id", task->run_id, "event_id",
		task->event_id, "org", task->org, "team", task->team, "event", event);
	return run->scope ||
		fault_set(fault, FAULT_REJECT, "the task's text is not UTF-8");
}

static bool begin(struct run *run, struct fault *fault)
{
	const pb_task *task = run->task;
	bool resumed = run->attempt > 1;

	steps_init(&run->steps, run->process->publisher, task, run->process->worker,
		run->attempt);
	return (!resumed || steps_read(&run->steps, run->process->bus, fault)) &&
		outlets_open(&run->outlets, task, &run->steps.journal, resumed, fault);
}

static bool log_started(struct run *run, struct fault *fault)
{
	return run_may_go_on(run, fault) &&
		steps_append(&run->steps,
			&(struct step){.kind = ENTRY_STARTED,
				.name = run->name,
				.payload = json_pack("{s:i, s:s, s:s}", "attempt",
					run->attempt, "agent", run->name, "text",
					run->task->text)},
			fault);
}

static void fill_putting(struct putting *out, struct run *run, struct http_client *http)
{
	*out = (struct putting){.endpoints = &run->process->endpoints,
		.http = http,
		.config = run->config,
		.task = run->task,
		.lease = run->lease,
		.steps = &run->steps,
		.markdown = "",
		.state = "running"};
}

/* The agent's work, with progress shown beside it. */
static bool work(struct answer *out, struct run *run, struct fault *fault)
{
	struct putting putting;
	bool good;

	if (run->attempt > ATTEMPTS_MAX)
		return answer_failed(out, gave_up, fault);
	fill_putting(&putting, run, run->progress_http);
	if (!progress_begin(&run->progress, &putting, &run->outlets, fault))
		return false;
	progress_say(run->progress, "_Working on it._");
	good = agent_work(out, run, fault);
	progress_end(TAKE(run->progress));
	return good;
}

/* The answer of an earlier attempt, or that of this one, which is logged. */
static bool get_answer(struct answer *out, struct run *run, struct fault *fault)
{
	const struct entry *entry = journal_last(&run->steps.journal, ENTRY_ANSWER);

	if (entry) {
		out->state =
			claim_state(json_string_or(entry->payload, "/state", "failed"));
		out->text = strdup(json_string_or(entry->payload, "/answer", ""));
		out->error = strdup(json_string_or(entry->payload, "/error", ""));
		return (out->text && out->error) ||
			fault_set(fault, FAULT_RETRY, "no memory for an answer");
	}
	return work(out, run, fault) && run_may_go_on(run, fault) &&
		steps_append(&run->steps,
			&(struct step){.kind = ENTRY_ANSWER,
				.name = run->name,
				.payload = json_pack("{s:s, s:s, s:s}", "state",
					out->state, "answer", out->text, "error",
					out->error),
				.duration_ms = clock_mono_ms() - run->started_ms},
			fault);
}

static bool deliver_and_log(
	struct run *run, const struct answer *answer, struct fault *fault)
{
	struct putting putting;

	fill_putting(&putting, run, run->http);
	putting.markdown = answer->text;
	putting.state = answer->state;
	return deliver(run, &putting, run->attempt > ATTEMPTS_MAX, fault) &&
		steps_append(&run->steps,
			&(struct step){.kind = ENTRY_FINISHED,
				.name = run->name,
				.payload = json_pack("{s:s}", "state", answer->state)},
			fault);
}

static bool execute(struct run *run, struct fault *fault)
{
	struct answer answer AUTO(answer_done) = {0};
	bool over;

	if (!begin(run, fault))
		return false;
	over = journal_last(&run->steps.journal, ENTRY_FINISHED) != NULL;
	return record_claimed(run, fault) && (over || log_started(run, fault)) &&
		get_answer(&answer, run, fault) &&
		(over || deliver_and_log(run, &answer, fault)) &&
		record_ended(run, &answer, fault) && claim_finish(run, &answer, fault);
}

/* Nobody else may have the run at once while a post of ours may still arrive. */
static bool may_release(const struct run *run)
{
	for (size_t i = 0; i < run->outlets.count; i++)
		if (run->outlets.all[i].unsure)
			return false;
	return run->leave != LEAVE_LOST && !run->steps.lost;
}

static bool give_back(struct run *run, struct fault *fault)
{
	bool stopping = run->leave == LEAVE_STOP;
	bool lost = run->leave == LEAVE_LOST || run->steps.lost;
	long lease_ms = leases_length_ms(run->process->leases);

	log_line(LOG_INFO, "run given back", "run=%s attempt=%d reason=%s",
		run->task->run_id, run->attempt, log_quote(fault->text));
	lease_end(TAKE(run->lease), may_release(run));
	if (!stopping && !lost)
		return false;
	*fault = (struct fault){0};
	job_postpone(run->job, stopping ? 0 : lease_ms);
	return true;
}

static void run_done(struct run *run)
{
	progress_end(run->progress);
	lease_end(run->lease, false);
	outlets_done(&run->outlets);
	if (run->steps.task)
		steps_done(&run->steps);
	json_decref(run->scope);
	json_decref(run->config);
}
DEFINE_AUTO_DONE(struct run, run_done)

bool run_task(const struct process *process, struct http_client *clients[2],
	struct job *job, const pb_task *task, struct fault *fault)
{
	struct run run AUTO(run_done) = {.process = process,
		.job = job,
		.task = task,
		.http = clients[0],
		.progress_http = clients[1],
		.started_ms = clock_mono_ms()};
	bool granted = false;

	if (!claim_config(&run, fault) || !make_scope(&run, fault))
		return false;
	agent_choose(&run);
	if (!claim(&run, &granted, fault))
		return false;
	if (!granted)
		return true;
	run.deadline_ms = run.started_ms + run.timeout_ms;
	return execute(&run, fault) || give_back(&run, fault);
}
