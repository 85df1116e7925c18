// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/agent.h"

#include <stdio.h>
#include <string.h>

#include "agent-worker/ask.h"
#include "agent-worker/call.h"
#include "agent-worker/conversation.h"
#include "agent-worker/runbook.h"
#include "common/clock.h"
#include "common/json.h"

enum {
	TIMEOUT_S = 300,
	TIMEOUT_MAX_S = 3600,
	TURNS = 20,
	TURNS_MAX = 200,
	CALLS_MAX = 500, /* of a run, whatever its turns */
};

void answer_done(struct answer *answer)
{
	free(answer->text);
	free(answer->error);
	*answer = (struct answer){0};
}

/* The first that is positive, at most `max`. */
static long first_of(long a, long b, long c, long max)
{
	long chosen = a > 0 ? a : (b > 0 ? b : c);

	return chosen > 0 && chosen < max ? chosen : max;
}

void agent_choose(struct run *run)
{
	const json_t *config = run->config;
	const json_t *agents = json_object_get(config, "agents");
	const pb_task *task = run->task;
	long seconds, turns;

	run->name = *task->agent ? task->agent
				 : json_string_or(config, "/entrance_agent", "runbook");
	run->agent = json_object_get(agents, run->name);
	seconds = first_of(json_integer_or(run->agent, "/timeout_seconds", 0),
		json_integer_or(config, "/runtime/timeout_seconds", 0), TIMEOUT_S,
		TIMEOUT_MAX_S);
	turns = first_of(json_integer_or(run->agent, "/max_turns", 0),
		json_integer_or(config, "/runtime/max_turns", 0), TURNS, TURNS_MAX);
	run->timeout_ms =
		task->timeout_ms > 0 ? (long)task->timeout_ms : seconds * 1000;
	run->max_turns = task->max_turns > 0 ? task->max_turns : (int)turns;
}

static bool finish(struct answer *out, const char *state, char *text, const char *error,
	struct fault *fault)
{
	char *owned AUTO(free) = text;
	char *copy AUTO(free) = strdup(error);

	if (!owned || !copy)
		return fault_set(fault, FAULT_RETRY, "no memory for an answer");
	*out = (struct answer){state, TAKE(owned), TAKE(copy)};
	return true;
}

bool answer_failed(struct answer *out, const char *why, struct fault *fault)
{
	struct text text AUTO(text_done) = {0};

	text_printf(&text, "**This run failed.** %s", why);
	return finish(out, "failed", text_take(&text), why, fault);
}

/* What there is so far, and why there is no more. */
static bool stop_short(
	struct answer *out, struct run *run, const char *state, const char *why)
{
	struct journal *journal = &run->steps.journal;
	bool is_model = strcmp(json_string_or(run->agent, "/kind", ""), "model") == 0;
	char *partial AUTO(free) = is_model
		? strdup(conversation_partial(journal))
		: runbook_answer(journal, run->agent, run->scope);
	struct text text AUTO(text_done) = {0};
	struct fault ignored = {0};

	if (partial && *partial)
		text_printf(&text, "%s\n\n---\n\n", partial);
	text_printf(&text,
		"_Stopped before it was done: %s, after %zu model turns and "
		"%zu tool calls._",
		why, journal_count(journal, ENTRY_MODEL),
		journal_count(journal, ENTRY_TOOL_RESULT));
	return finish(out, state, text_take(&text), why, &ignored);
}

/* True when a limit or a person ends the run before it does `next`. */
static bool is_over(struct answer *out, struct run *run, const struct next *next)
{
	struct journal *journal = &run->steps.journal;
	char why[80];

	if (lease_cancelled(run->lease))
		return stop_short(out, run, "cancelled", "somebody cancelled it");
	if (next->kind == NEXT_ANSWER)
		return false;
	if (run_time_left(run) == 0) {
		(void)snprintf(why, sizeof(why), "its time limit of %ld s is reached",
			run->timeout_ms / 1000);
		return stop_short(out, run, "timeout", why);
	}
	if (next->kind == NEXT_MODEL &&
		journal_count(journal, ENTRY_MODEL) >= (size_t)run->max_turns) {
		(void)snprintf(why, sizeof(why), "its limit of %d turns is reached",
			run->max_turns);
		return stop_short(out, run, "timeout", why);
	}
	if (journal_count(journal, ENTRY_TOOL_RESULT) >= CALLS_MAX)
		return stop_short(
			out, run, "timeout", "its limit of tool calls is reached");
	return false;
}

static bool find_next(struct next *out, struct run *run, struct fault *fault)
{
	const char *kind = json_string_or(run->agent, "/kind", "runbook");
	const struct journal *journal = &run->steps.journal;

	if (strcmp(kind, "runbook") == 0)
		return runbook_next(out, journal, run->agent, run->scope, fault);
	if (strcmp(kind, "model") == 0)
		return conversation_next(out, journal, fault);
	return fault_set(fault, FAULT_REJECT,
		"agent %.80s is of kind %.40s: it must be runbook or model", run->name,
		kind);
}

/* One step. *done when `out` is filled. */
static bool work_once(
	struct answer *out, bool *done, struct run *run, struct fault *fault)
{
	struct next next AUTO(next_done) = {0};

	if (!run_may_go_on(run, fault) || !find_next(&next, run, fault))
		return false;
	*done = is_over(out, run, &next);
	if (*done)
		return true;
	if (next.kind == NEXT_CALL)
		return call_make(run, &next, fault);
	if (next.kind == NEXT_MODEL)
		return ask_model(run, fault);
	*done = finish(out, "completed", TAKE(next.answer), "", fault);
	return *done;
}

static bool check_agent(const struct run *run, struct fault *fault)
{
	if (!json_is_object(run->agent))
		return fault_set(fault, FAULT_REJECT,
			"There is no agent `%.80s` in this team's configuration.",
			run->name);
	return json_bool_or(run->agent, "/enabled", true) ||
		fault_set(fault, FAULT_REJECT,
			"The agent `%.80s` is disabled in this team's configuration.",
			run->name);
}

bool agent_work(struct answer *out, struct run *run, struct fault *fault)
{
	struct fault why = {0};
	bool done = false, good = check_agent(run, &why);

	while (good && !done)
		good = work_once(out, &done, run, &why);
	if (good)
		return true;
	if (why.kind == FAULT_REJECT)
		return answer_failed(out, why.text, fault);
	*fault = why;
	return false;
}
