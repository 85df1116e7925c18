// SPDX-License-Identifier: Apache-2.0
// Whether a chat completion request is one that OpenAI's API takes: keys, roles, and
// above all that every tool call is answered, once, right after it was made.
#include "tests/standin/standin.h"

#include <ctype.h>
#include <string.h>

static const char *const keys[] = {"model", "messages", "tools", "tool_choice",
	"temperature", "top_p", "n", "stop", "max_tokens", "max_completion_tokens",
	"presence_penalty", "frequency_penalty", "logit_bias", "user", "seed",
	"response_format", "parallel_tool_calls", "stream", "metadata", "store",
	"reasoning_effort"};

static bool is_known(const char *key)
{
	for (size_t i = 0; i < countof(keys); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

static bool is_function_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_' &&
			name[i] != '-')
			return false;
	return len > 0 && len <= 64;
}

static const char *tools_refusal(const json_t *tools)
{
	json_t *tool;
	size_t i;

	if (!tools)
		return NULL;
	if (!json_is_array(tools) || json_array_size(tools) > 128)
		return "Invalid type for 'tools': expected an array of at most 128";
	if (json_array_size(tools) == 0)
		return "[] is too short - 'tools'";
	json_array_foreach(tools, i, tool)
	{
		const json_t *parameters = json_at(tool, "/function/parameters");

		if (strcmp(json_string_or(tool, "/type", ""), "function") != 0)
			return "Invalid value for 'tools[].type': expected 'function'";
		if (!is_function_name(json_string_or(tool, "/function/name", "")))
			return "'tools[].function.name' does not match "
			       "'^[a-zA-Z0-9_-]{1,64}$'";
		if (parameters &&
			strcmp(json_string_or(parameters, "/type", ""), "object") != 0)
			return "Invalid schema for function: schema must be a JSON "
			       "Schema of 'type: \"object\"'";
	}
	return NULL;
}

static bool is_arguments(const char *text)
{
	json_t *parsed = text ? json_loads(text, 0, NULL) : NULL;
	bool good = json_is_object(parsed);

	json_decref(parsed);
	return good;
}

static const char *calls_refusal(const json_t *calls, json_t *open)
{
	json_t *call;
	size_t i;

	if (!json_is_array(calls) || json_array_size(calls) == 0)
		return "Invalid 'messages[].tool_calls': empty array";
	json_array_foreach(calls, i, call)
	{
		const char *id = json_string_or(call, "/id", "");

		if (!*id || strlen(id) > 64 || json_object_get(open, id))
			return "Invalid 'messages[].tool_calls[].id'";
		if (strcmp(json_string_or(call, "/type", ""), "function") != 0 ||
			!is_function_name(json_string_or(call, "/function/name", "")))
			return "Invalid value: 'messages[].tool_calls[].function'";
		if (!is_arguments(json_string_at(call, "/function/arguments")))
			return "Invalid 'messages[].tool_calls[].function.arguments'";
		(void)json_object_set_new(open, id, json_true());
	}
	return NULL;
}

static bool is_content(const json_t *content)
{
	return json_is_string(content) ||
		(json_is_array(content) && json_array_size(content) > 0);
}

/* `open` holds the ids of calls without a result yet. */
static const char *message_refusal(const json_t *message, json_t *open)
{
	const char *role = json_string_or(message, "/role", "");
	const json_t *content = json_object_get(message, "content");
	const json_t *calls = json_object_get(message, "tool_calls");

	if (strcmp(role, "tool") == 0) {
		if (json_object_del(open, json_string_or(message, "/tool_call_id", "")))
			return "Invalid parameter: messages with role 'tool' must be a "
			       "response to a preceeding message with 'tool_calls'.";
		return is_content(content) ? NULL : "Invalid 'messages[].content'";
	}
	if (json_object_size(open) > 0)
		return "An assistant message with 'tool_calls' must be followed by "
		       "tool "
		       "messages responding to each 'tool_call_id'.";
	if (strcmp(role, "assistant") == 0) {
		if (calls)
			return calls_refusal(calls, open);
		return is_content(content) ? NULL : "Invalid 'messages[].content'";
	}
	if (strcmp(role, "system") != 0 && strcmp(role, "user") != 0 &&
		strcmp(role, "developer") != 0)
		return "Invalid value for 'messages[].role'";
	return is_content(content) ? NULL : "Invalid 'messages[].content'";
}

static const char *messages_refusal(const json_t *messages)
{
	json_t *open AUTO(json_decref) = json_object();
	const char *refusal = NULL;
	json_t *message;
	size_t i;

	if (!json_is_array(messages) || json_array_size(messages) == 0)
		return "Invalid 'messages': empty array";
	json_array_foreach(messages, i, message)
	{
		refusal = message_refusal(message, open);
		if (refusal)
			return refusal;
	}
	if (json_object_size(open) > 0)
		return "An assistant message with 'tool_calls' must be followed by "
		       "tool "
		       "messages responding to each 'tool_call_id'.";
	return NULL;
}

const char *model_refusal(const json_t *request)
{
	const json_t *temperature = json_object_get(request, "temperature");
	const char *key, *refusal;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)request, key, value) if (
		!is_known(key)) return "Unrecognized request argument supplied";
	if (!*json_string_or(request, "/model", ""))
		return "you must provide a model parameter";
	if (temperature &&
		(!json_is_number(temperature) || json_number_value(temperature) < 0 ||
			json_number_value(temperature) > 2))
		return "Invalid 'temperature': expected a value from 0 to 2";
	if (json_bool_or(request, "/stream", false))
		return "this stand-in does not stream";
	refusal = tools_refusal(json_object_get(request, "tools"));
	return refusal ? refusal
		       : messages_refusal(json_object_get(request, "messages"));
}
