// SPDX-License-Identifier: Apache-2.0
// A model that always says the same to the same conversation. What it says depends on
// how many turns it has had, which it reads off the messages; so it also fits a
// conversation that was resumed elsewhere.
#include "tests/standin/standin.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"

enum { QUOTE_MAX = 300, PARALLEL = 2, ASK_SIZE = 64 };

static void refuse(
	struct answer *answer, int status, const char *message, const char *code)
{
	answer->status = status;
	answer->body = json_pack("{s:{s:s, s:s, s:n, s:s?}}", "error", "message",
		message, "type", "invalid_request_error", "param", "code", code);
}

static size_t count_role(const json_t *messages, const char *role)
{
	json_t *message;
	size_t i, count = 0;

	json_array_foreach(messages, i, message) count +=
		strcmp(json_string_or(message, "/role", ""), role) == 0;
	return count;
}

/* Something for each required parameter. */
static json_t *invent_arguments(const json_t *tool)
{
	json_t *arguments = json_object(), *name;
	const json_t *required = json_at(tool, "/function/parameters/required");
	size_t i;

	json_array_foreach(required, i, name)
	{
		char pointer[200];
		const char *type;

		(void)snprintf(pointer, sizeof(pointer),
			"/function/parameters/properties/%s/type",
			json_string_value(name));
		type = json_string_or(tool, pointer, "string");
		(void)json_object_set_new(arguments, json_string_value(name),
			strcmp(type, "integer") == 0 || strcmp(type, "number") == 0
				? json_integer(1)
				: json_string("checkout"));
	}
	return arguments;
}

static json_t *call_of(const char *name, const json_t *arguments, size_t turn, size_t i)
{
	char id[48];
	char *printed AUTO(free) = json_dumps(arguments, JSON_COMPACT);

	(void)snprintf(id, sizeof(id), "call_%zu_%zu", turn, i);
	return json_pack("{s:s, s:s, s:{s:s, s:s}}", "id", id, "type", "function",
		"function", "name", name, "arguments", printed ? printed : "{}");
}

static json_t *call_first_tools(const json_t *tools, size_t turn)
{
	json_t *calls = json_array();
	json_t *tool;
	size_t i;

	json_array_foreach(tools, i, tool)
	{
		json_t *arguments AUTO(json_decref) = invent_arguments(tool);

		if (i >= PARALLEL)
			break;
		(void)json_array_append_new(calls,
			call_of(json_string_or(tool, "/function/name", ""), arguments,
				turn, i));
	}
	return json_pack(
		"{s:s, s:n, s:o}", "role", "assistant", "content", "tool_calls", calls);
}

static json_t *quote_results(const json_t *messages)
{
	struct text text AUTO(text_done) = {0};
	json_t *message;
	size_t i;

	text_add(&text, "I looked.");
	json_array_foreach(messages, i, message)
	{
		const char *content = json_string_or(message, "/content", "");

		if (strcmp(json_string_or(message, "/role", ""), "tool") == 0)
			text_printf(&text, "\n\n> %.*s",
				(int)text_cut(content, QUOTE_MAX), content);
	}
	return json_pack(
		"{s:s, s:s}", "role", "assistant", "content", text_string(&text));
}

/* The first word of what people asked that starts with "q-", in `out`. */
static void find_ask(const json_t *messages, char *out, size_t size)
{
	json_t *message;
	size_t i;

	*out = '\0';
	json_array_foreach(messages, i, message)
	{
		const char *found =
			strstr(json_string_or(message, "/content", ""), "q-");

		if (strcmp(json_string_or(message, "/role", ""), "user") == 0 && found)
			(void)snprintf(out, size, "%.*s",
				(int)strspn(found, "q-0123456789"), found);
	}
}

/* A copy of `script` with $ask in place. */
static json_t *fill(const json_t *script, const char *ask)
{
	char *printed AUTO(free) = json_dumps(script, JSON_ENCODE_ANY);
	struct text text AUTO(text_done) = {0};

	for (const char *p = printed; p && *p;)
		if (strncmp(p, "$ask", 4) == 0) {
			text_add(&text, ask);
			p += 4;
		} else {
			text_add_char(&text, *p++);
		}
	return json_loads(text_string(&text), JSON_DECODE_ANY, NULL);
}

static json_t *scripted_turn(const json_t *turn, size_t number)
{
	const json_t *wanted = json_object_get(turn, "calls");
	json_t *calls = json_array(), *call;
	json_t *message = json_pack("{s:s, s:s?}", "role", "assistant", "content",
		json_string_at(turn, "/content"));
	size_t i;

	json_array_foreach(wanted, i, call)(void) json_array_append_new(calls,
		call_of(json_string_or(call, "/name", ""),
			json_object_get(call, "arguments"), number, i));
	if (json_array_size(calls) > 0)
		(void)json_object_set(message, "tool_calls", calls);
	json_decref(calls);
	return message;
}

static json_t *next_message(
	const struct standin *standin, const json_t *request, long *delay_ms)
{
	const json_t *messages = json_object_get(request, "messages");
	const json_t *tools = json_object_get(request, "tools");
	size_t turn = count_role(messages, "assistant"),
	       last = json_array_size(standin->script);
	char ask[ASK_SIZE];

	if (last > 0) {
		json_t *scripted AUTO(json_decref) = NULL;

		find_ask(messages, ask, sizeof(ask));
		scripted = fill(
			json_array_get(standin->script, turn < last ? turn : last - 1),
			ask);
		*delay_ms = json_integer_or(scripted, "/delay_ms", 0);
		return scripted_turn(scripted, turn);
	}
	if (json_array_size(tools) > 0 && count_role(messages, "tool") == 0)
		return call_first_tools(tools, turn);
	return quote_results(messages);
}

static bool authorised(const struct standin *standin, struct http_request *request,
	struct answer *answer)
{
	const char *given = http_header(request, "Authorization");

	if (given && strncasecmp(given, "Bearer ", 7) == 0 &&
		strcmp(given + 7, standin->options.model_key) == 0)
		return true;
	refuse(answer, 401,
		given ? "Incorrect API key provided" : "You didn't provide an API key",
		"invalid_api_key");
	return false;
}

static void complete(struct standin *standin, json_t *body, struct answer *answer)
{
	json_t *message = next_message(standin, body, &answer->delay_ms);
	bool calls = json_object_get(message, "tool_calls") != NULL;

	answer->status = 200;
	answer->body = json_pack(
		"{s:s, s:s, s:I, s:O, s:[{s:i, s:o, s:s}], s:{s:i, s:i, "
		"s:i}}",
		"id", "chatcmpl-standin", "object", "chat.completion", "created",
		(json_int_t)(clock_wall_us() / 1000000), "model",
		json_object_get(body, "model"), "choices", "index", 0, "message",
		message, "finish_reason", calls ? "tool_calls" : "stop", "usage",
		"prompt_tokens", 100, "completion_tokens", 20, "total_tokens", 120);
}

void model_complete(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	json_t *body AUTO(json_decref) = standin_body(request);
	const char *type = http_header(request, "Content-Type");
	const char *refusal;

	if (!authorised(standin, request, answer))
		return;
	if (!body || !type || strncasecmp(type, "application/json", 16) != 0) {
		refuse(answer, 400, "We could not parse the JSON body of your request.",
			NULL);
		return;
	}
	refusal = model_refusal(body);
	if (refusal) {
		refuse(answer, 400, refusal, NULL);
		return;
	}
	(void)json_array_append(standin->model_calls, body);
	complete(standin, body, answer);
}
