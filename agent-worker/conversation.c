// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/conversation.h"

#include <string.h>

#include "common/json.h"

static const char default_prompt[] = "You help the engineers of one team. Answer in "
				     "Markdown, briefly, with what you "
				     "found and how you know it.";

static const char cut_short[] =
	"\n\n_The model stopped here: its answer reached its length limit._";

static json_t *user_message(const json_t *scope)
{
	struct text text AUTO(text_done) = {0};
	char *facts AUTO(free) = json_print(json_at(scope, "/event"));

	text_add(&text, json_string_or(scope, "/task/text", ""));
	text_printf(&text, "\n\nThis came from %s (%s)",
		json_string_or(scope, "/task/source", "somewhere"),
		json_string_or(scope, "/task/kind", ""));
	if (*json_string_or(scope, "/task/actor", ""))
		text_printf(&text, ", by %s", json_string_or(scope, "/task/actor", ""));
	if (facts && strcmp(facts, "{}") != 0)
		text_printf(&text, ". What is known of it: %s", facts);
	if (text_failed(&text))
		return NULL;
	return json_pack("{s:s, s:s}", "role", "user", "content", text_string(&text));
}

static json_t *tool_message(const json_t *payload)
{
	return json_pack("{s:s, s:s, s:s}", "role", "tool", "tool_call_id",
		json_string_or(payload, "/call", ""), "content",
		json_string_or(payload, "/result", ""));
}

json_t *conversation_messages(
	const struct journal *journal, const json_t *agent, const json_t *scope)
{
	json_t *messages AUTO(json_decref) = json_pack("[{s:s, s:s}]", "role", "system",
		"content", json_string_or(agent, "/prompt/system", default_prompt));
	bool bad = json_array_append_new(messages, user_message(scope)) != 0;

	for (size_t i = 0; i < journal->count && !bad; i++) {
		const struct entry *entry = &journal->entries[i];

		if (entry->kind == ENTRY_MODEL)
			bad = json_array_append(messages,
				      json_object_get(entry->payload, "message")) != 0;
		else if (entry->kind == ENTRY_TOOL_RESULT)
			bad = json_array_append_new(
				      messages, tool_message(entry->payload)) != 0;
	}
	return bad ? NULL : TAKE(messages);
}

/* The index of the last model turn, or the count when there is none. */
static size_t last_turn(const struct journal *journal)
{
	for (size_t i = journal->count; i > 0; i--)
		if (journal->entries[i - 1].kind == ENTRY_MODEL)
			return i - 1;
	return journal->count;
}

static bool next_call(
	struct next *out, const json_t *call, size_t from, struct fault *fault)
{
	const char *arguments = json_string_or(call, "/function/arguments", "");
	struct fault why = {0};

	out->kind = NEXT_CALL;
	out->from = from;
	out->id = strdup(json_string_or(call, "/id", ""));
	out->tool = strdup(json_string_or(call, "/function/name", ""));
	if (!json_parse_object(&out->arguments, arguments, &why))
		out->problem = "the arguments are not a JSON object";
	return (out->id && out->tool) ||
		fault_set(fault, FAULT_RETRY, "no memory for a call");
}

static bool next_answer(struct next *out, const json_t *turn, struct fault *fault)
{
	bool cut = strcmp(json_string_or(turn, "/finish", ""), "length") == 0;
	struct text text AUTO(text_done) = {0};

	text_add(&text, json_string_or(turn, "/message/content", ""));
	text_add(&text, cut ? cut_short : "");
	out->kind = NEXT_ANSWER;
	out->answer = text_take(&text);
	return out->answer || fault_set(fault, FAULT_RETRY, "no memory for an answer");
}

bool conversation_next(
	struct next *out, const struct journal *journal, struct fault *fault)
{
	size_t turn = last_turn(journal);
	const json_t *payload, *calls;

	out->kind = NEXT_MODEL;
	if (turn == journal->count)
		return true;
	payload = journal->entries[turn].payload;
	calls = json_at(payload, "/message/tool_calls");
	for (size_t i = 0; i < json_array_size(calls); i++) {
		const json_t *call = json_array_get(calls, i);

		if (!journal_result(
			    journal, turn + 1, json_string_or(call, "/id", ""), NULL))
			return next_call(out, call, turn + 1, fault);
	}
	return json_array_size(calls) > 0 || next_answer(out, payload, fault);
}

const char *conversation_partial(const struct journal *journal)
{
	const char *said = "";

	for (size_t i = 0; i < journal->count; i++) {
		const char *content = json_string_or(
			journal->entries[i].payload, "/message/content", "");

		if (journal->entries[i].kind == ENTRY_MODEL && *content)
			said = content;
	}
	return said;
}
