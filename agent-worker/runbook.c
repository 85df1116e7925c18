// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/runbook.h"

#include <stdio.h>
#include <string.h>

#include "agent-worker/template.h"
#include "common/json.h"

enum { STEP_ID_SIZE = 64 };

/* The step's id, or "step3" for the third without one. */
static const char *step_id(char *buffer, const json_t *step, size_t index)
{
	(void)snprintf(buffer, STEP_ID_SIZE, "step%zu", index + 1);
	return json_string_or(step, "/id", buffer);
}

static bool check_steps(const json_t *steps, struct fault *fault)
{
	json_t *seen AUTO(json_decref) = json_object();
	char buffer[STEP_ID_SIZE];

	for (size_t i = 0; i < json_array_size(steps); i++) {
		const json_t *step = json_array_get(steps, i);
		const char *id = step_id(buffer, step, i);

		if (!json_string_at(step, "/tool"))
			return fault_set(fault, FAULT_REJECT,
				"step %zu of the runbook names no tool", i + 1);
		if (json_object_get(seen, id))
			return fault_set(fault, FAULT_REJECT,
				"two steps of the runbook have the id %.80s", id);
		if (json_object_set_new(seen, id, json_true()) != 0)
			return fault_set(fault, FAULT_RETRY, "no memory for a runbook");
	}
	return true;
}

/* `scope` with "steps": {"<id>": {"status", "result"}} as far as they have ended. */
static json_t *with_results(
	const struct journal *journal, const json_t *agent, const json_t *scope)
{
	const json_t *steps = json_object_get(agent, "steps");
	json_t *all AUTO(json_decref) = json_copy((json_t *)(uintptr_t)scope);
	json_t *results = json_object();
	char buffer[STEP_ID_SIZE];

	if (json_object_set_new(all, "steps", results) != 0)
		return NULL;
	for (size_t i = 0; i < json_array_size(steps); i++) {
		const char *id = step_id(buffer, json_array_get(steps, i), i);
		const json_t *result = journal_result(journal, 0, id, NULL);

		if (result &&
			json_object_set_new(results, id,
				json_pack("{s:s, s:s}", "status",
					json_string_or(result, "/status", ""), "result",
					json_string_or(result, "/result", ""))) != 0)
			return NULL;
	}
	return TAKE(all);
}

static bool next_call(struct next *out, const json_t *step, const char *id,
	const json_t *scope, struct fault *fault)
{
	const json_t *arguments = json_object_get(step, "arguments");

	out->kind = NEXT_CALL;
	out->id = strdup(id);
	out->tool = strdup(json_string_or(step, "/tool", ""));
	if (!arguments || json_is_null(arguments))
		out->arguments = json_object();
	else if (!json_is_object(arguments))
		out->problem = "the step's arguments are not a JSON object";
	else
		out->arguments = template_fill_json(arguments, scope);
	return (out->id && out->tool && (out->arguments || out->problem)) ||
		fault_set(fault, FAULT_RETRY, "no memory for a runbook's step");
}

bool runbook_next(struct next *out, const struct journal *journal, const json_t *agent,
	const json_t *scope, struct fault *fault)
{
	const json_t *steps = json_object_get(agent, "steps");
	json_t *all AUTO(json_decref) = with_results(journal, agent, scope);
	char buffer[STEP_ID_SIZE];

	if (!all)
		return fault_set(fault, FAULT_RETRY, "no memory for a runbook");
	if (!check_steps(steps, fault))
		return false;
	for (size_t i = 0; i < json_array_size(steps); i++) {
		const json_t *step = json_array_get(steps, i);
		const char *id = step_id(buffer, step, i);

		if (!journal_result(journal, 0, id, NULL))
			return next_call(out, step, id, all, fault);
	}
	out->kind = NEXT_ANSWER;
	out->answer = runbook_answer(journal, agent, scope);
	return out->answer || fault_set(fault, FAULT_RETRY, "no memory for an answer");
}

/* Without a template: what each step came to. */
static void list_results(struct text *out, const json_t *all)
{
	const char *id;
	json_t *result;

	json_object_foreach(json_object_get(all, "steps"), id, result) text_printf(out,
		"**%s** (%s): %s\n\n", id, json_string_or(result, "/status", ""),
		json_string_or(result, "/result", ""));
	if (out->len == 0)
		text_printf(out, "This runbook has no steps and no answer. Asked: %s",
			json_string_or(all, "/task/text", ""));
}

char *runbook_answer(
	const struct journal *journal, const json_t *agent, const json_t *scope)
{
	json_t *all AUTO(json_decref) = with_results(journal, agent, scope);
	const char *source = json_string_at(agent, "/answer");
	struct text text AUTO(text_done) = {0};

	if (!all)
		return NULL;
	if (source)
		template_fill(&text, source, all);
	else
		list_results(&text, all);
	return text_take(&text);
}
