// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/ask.h"

#include <stdio.h>

#include "agent-worker/conversation.h"
#include "agent-worker/tool.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/metrics.h"

enum {
	ASK_MAX_MS = 180000,
	AGAIN_FIRST_MS = 500,
	AGAIN_LAST_MS = 15000,
	SAY_SIZE = 200,
};

static struct metric tokens_total = {.type = METRIC_COUNTER,
	.name = "tocsin_model_tokens_total",
	.help = "Tokens sent to and received from models",
	.labels = {"direction"}};

static bool make_question(json_t **out, struct run *run, struct fault *fault)
{
	const char *name = model_name(&run->process->model, run->agent);
	json_t *messages AUTO(json_decref) =
		conversation_messages(&run->steps.journal, run->agent, run->scope);
	json_t *tools AUTO(json_decref) = tool_list(run->config, run->agent);

	if (!*run->process->model.url)
		return fault_set(fault, FAULT_REJECT,
			"no model is set up here: the operator must set "
			"TOCSIN_MODEL_URL");
	if (!*name)
		return fault_set(fault, FAULT_REJECT,
			"agent %.80s names no model (model.name), and "
			"TOCSIN_MODEL_NAME is not set",
			run->name);
	*out = messages && tools ? model_question(name, run->agent, messages, tools)
				 : NULL;
	return *out || fault_set(fault, FAULT_RETRY, "no memory for a question");
}

static long again_ms(const struct fault *why, int tries)
{
	long ms = tries < 5 ? (long)AGAIN_FIRST_MS << tries : AGAIN_LAST_MS;

	return why->retry_after_ms > ms ? why->retry_after_ms : ms;
}

static void say_trouble(struct run *run, const struct fault *why)
{
	char text[SAY_SIZE];

	(void)snprintf(text, sizeof(text),
		"_Working on it. The model is in trouble, asking again: %.120s_",
		why->text);
	progress_say(run->progress, text);
}

/*
 * Asks until there is an answer, a refusal, or no time for another try. *out stays NULL
 * when the run's time ended while the model was silent.
 */
static bool ask(
	json_t **out, struct run *run, const json_t *question, struct fault *fault)
{
	for (int tries = 0;; tries++) {
		long left_ms = run_time_left(run), wait_ms;
		struct fault why = {0};

		if (!run_may_go_on(run, fault))
			return false;
		if (model_ask(out, run->http, &run->process->model, question,
			    left_ms < ASK_MAX_MS ? left_ms + 1 : ASK_MAX_MS, &why))
			return true;
		if (why.kind == FAULT_RETRY && run_time_left(run) == 0)
			return true;
		wait_ms = again_ms(&why, tries);
		if (why.kind == FAULT_REJECT || wait_ms >= run_time_left(run))
			return fault_set(fault, FAULT_REJECT, "%s", why.text);
		say_trouble(run, &why);
		if (!run_wait(run, wait_ms, fault))
			return false;
	}
}

bool ask_model(struct run *run, struct fault *fault)
{
	json_t *question AUTO(json_decref) = NULL;
	json_t *answer AUTO(json_decref) = NULL;
	int64_t started_ms = clock_mono_ms();
	char text[SAY_SIZE];

	(void)snprintf(text, sizeof(text), "_Working on it: thinking, turn %zu._",
		journal_count(&run->steps.journal, ENTRY_MODEL) + 1);
	progress_say(run->progress, text);
	if (!make_question(&question, run, fault) ||
		!ask(&answer, run, question, fault))
		return false;
	if (!answer)
		return true;
	metric_add(metric_with(&tokens_total, "in", NULL, NULL),
		json_integer_or(answer, "/usage/input_tokens", 0));
	metric_add(metric_with(&tokens_total, "out", NULL, NULL),
		json_integer_or(answer, "/usage/output_tokens", 0));
	return steps_append(&run->steps,
		&(struct step){.kind = ENTRY_MODEL,
			.name = model_name(&run->process->model, run->agent),
			.payload = json_incref(answer),
			.duration_ms = clock_mono_ms() - started_ms},
		fault);
}
