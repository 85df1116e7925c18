// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agent-worker/model.h"
#include "common/json.h"

enum {
	ANSWER_MAX_BYTES = 512 << 10, /* a step must fit into a NATS message */
	ANSWER_MAX_CALLS = 32,
	HEADER_SIZE = 1024,
};

const char *model_name(const struct model *model, const json_t *agent)
{
	const char *name = json_string_or(agent, "/model/name", "");

	return *name ? name : model->name;
}

/* Models that refuse a temperature and call the limit max_completion_tokens. */
static bool is_reasoning(const char *name)
{
	static const char *const families[] = {"o1", "o3", "o4", "gpt-5"};

	for (size_t i = 0; i < countof(families); i++)
		if (strncmp(name, families[i], strlen(families[i])) == 0)
			return true;
	return false;
}

json_t *model_question(
	const char *name, const json_t *agent, json_t *messages, json_t *tools)
{
	json_t *question AUTO(json_decref) =
		json_pack("{s:s, s:O}", "model", name, "messages", messages);
	json_t *temperature = json_at(agent, "/model/temperature");
	json_t *max_tokens = json_at(agent, "/model/max_tokens");
	bool reasoning = is_reasoning(name);
	bool bad = !question;

	if (json_is_number(temperature) && !reasoning)
		bad |= json_object_set(question, "temperature", temperature) != 0;
	if (json_is_integer(max_tokens))
		bad |= json_object_set(question,
			       reasoning ? "max_completion_tokens" : "max_tokens",
			       max_tokens) != 0;
	if (json_array_size(tools) > 0)
		bad |= json_object_set(question, "tools", tools) != 0;
	return bad ? NULL : TAKE(question);
}

/* Some servers send an array of parts. */
static bool read_content(struct text *out, const json_t *content, struct fault *fault)
{
	if (json_is_string(content)) {
		text_add(out, json_string_value(content));
	} else if (json_is_array(content)) {
		for (size_t i = 0; i < json_array_size(content); i++)
			text_add(out,
				json_string_or(
					json_array_get(content, i), "/text", ""));
	} else if (content && !json_is_null(content)) {
		return fault_set(fault, FAULT_REJECT,
			"the model's answer has content that is no text");
	}
	return true;
}

static bool is_taken(const json_t *calls, const char *id)
{
	for (size_t i = 0; i < json_array_size(calls); i++)
		if (strcmp(json_string_or(json_array_get(calls, i), "/id", ""), id) ==
			0)
			return true;
	return false;
}

static bool read_call(
	json_t *calls, const json_t *call, size_t index, struct fault *fault)
{
	const char *name = json_string_or(call, "/function/name", "");
	const json_t *arguments = json_at(call, "/function/arguments");
	char *printed AUTO(free) =
		json_is_object(arguments) ? json_print(arguments) : NULL;
	const char *id = json_string_or(call, "/id", "");
	char own[40];

	if (!*name)
		return fault_set(fault, FAULT_REJECT,
			"the model's answer calls a tool without a name");
	(void)snprintf(own, sizeof(own), "tocsin_call_%zu", index);
	if (!*id || is_taken(calls, id))
		id = own;
	if (json_array_append_new(calls,
		    json_pack("{s:s, s:s, s:{s:s, s:s}}", "id", id, "type", "function",
			    "function", "name", name, "arguments",
			    printed ? printed
				    : json_string_or(
					      call, "/function/arguments", "{}"))) != 0)
		return fault_set(fault, FAULT_RETRY, "no memory for a call");
	return true;
}

static bool read_calls(json_t **out, const json_t *given, struct fault *fault)
{
	json_t *calls AUTO(json_decref) = json_array();

	if (given && !json_is_null(given) && !json_is_array(given))
		return fault_set(fault, FAULT_REJECT,
			"the model's answer has tool_calls that are no array");
	if (json_array_size(given) > ANSWER_MAX_CALLS)
		return fault_set(fault, FAULT_REJECT,
			"the model's answer has %zu tool calls, over %d",
			json_array_size(given), ANSWER_MAX_CALLS);
	for (size_t i = 0; i < json_array_size(given); i++)
		if (!read_call(calls, json_array_get(given, i), i, fault))
			return false;
	*out = TAKE(calls);
	return true;
}

static json_t *build(const char *content, json_t *calls, const json_t *answer)
{
	json_t *message =
		json_pack("{s:s, s:s}", "role", "assistant", "content", content);

	if (json_array_size(calls) > 0 &&
		json_object_set(message, "tool_calls", calls) != 0) {
		json_decref(message);
		return NULL;
	}
	return json_pack("{s:o, s:{s:I, s:I}, s:s}", "message", message, "usage",
		"input_tokens",
		(json_int_t)json_integer_or(answer, "/usage/prompt_tokens", 0),
		"output_tokens",
		(json_int_t)json_integer_or(answer, "/usage/completion_tokens", 0),
		"finish", json_string_or(answer, "/choices/0/finish_reason", ""));
}

bool model_answer(json_t **out, const void *body, size_t len, struct fault *fault)
{
	json_t *answer AUTO(json_decref) = NULL;
	json_t *calls AUTO(json_decref) = NULL;
	struct text content AUTO(text_done) = {0};
	const json_t *message;
	struct fault why = {0};

	if (!json_parse(&answer, body, len, &why))
		return fault_set(
			fault, FAULT_REJECT, "the model's answer is %.200s", why.text);
	message = json_at(answer, "/choices/0/message");
	if (!json_is_object(message))
		return fault_set(fault, FAULT_REJECT,
			"the model's answer has no choices[0].message");
	if (!read_content(&content, json_object_get(message, "content"), fault) ||
		!read_calls(&calls, json_object_get(message, "tool_calls"), fault))
		return false;
	if (content.len == 0 && json_array_size(calls) == 0)
		return fault_set(fault, FAULT_REJECT,
			"the model's answer is empty (finish_reason %.40s)%s%.120s",
			json_string_or(answer, "/choices/0/finish_reason", "missing"),
			json_string_at(message, "/refusal") ? ", refused: " : "",
			json_string_or(message, "/refusal", ""));
	*out = text_failed(&content) ? NULL
				     : build(text_string(&content), calls, answer);
	return *out || fault_set(fault, FAULT_RETRY, "no memory for an answer");
}

static bool status_fault(const struct http_reply *reply, struct fault *fault)
{
	json_t *json AUTO(json_decref) = NULL;
	struct fault ignored = {0};
	const char *why = "";
	bool later = reply->status == 429 || reply->status == 408 ||
		reply->status == 409 || reply->status >= 500;

	if (json_parse(&json, reply->body, reply->len, &ignored))
		why = json_string_or(json, "/error/message", "");
	(void)fault_set(fault, later ? FAULT_RETRY : FAULT_REJECT,
		"the model answered HTTP %d%s%.160s", reply->status, *why ? ": " : "",
		why);
	fault->retry_after_ms = reply->retry_after_ms > 0 ? reply->retry_after_ms : 0;
	return false;
}

bool model_ask(json_t **out, struct http_client *http, const struct model *model,
	const json_t *question, long timeout_ms, struct fault *fault)
{
	struct http_reply reply AUTO(http_reply_done) = {0};
	struct text url AUTO(text_done) = {0};
	char *body AUTO(free) = json_print(question);
	size_t base = strlen(model->url);
	char authorization[HEADER_SIZE];
	const char *headers[] = {"Content-Type: application/json",
		*model->key ? authorization : NULL, NULL};

	if (!body)
		return fault_set(fault, FAULT_RETRY, "no memory for a question");
	while (base > 0 && model->url[base - 1] == '/')
		base--;
	text_add_bytes(&url, model->url, base);
	text_add(&url, "/chat/completions");
	(void)snprintf(authorization, sizeof(authorization), "Authorization: Bearer %s",
		model->key);
	if (!http_fetch(http,
		    &(struct http_call){.method = "POST",
			    .url = text_string(&url),
			    .headers = headers,
			    .body = body,
			    .body_len = strlen(body),
			    .timeout_ms = timeout_ms,
			    .max_answer = ANSWER_MAX_BYTES},
		    &reply, fault))
		return false;
	if (reply.status != 200)
		return status_fault(&reply, fault);
	return model_answer(out, reply.body, reply.len, fault);
}
