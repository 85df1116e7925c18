// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/tool.h"

#include <ctype.h>
#include <string.h>

#include "common/json.h"

enum { TOOL_NAME_MAX = 64, TOOL_TIMEOUT_S = 10, TOOL_TIMEOUT_MAX_S = 300 };

static bool is_usable(const json_t *tool)
{
	return json_is_object(tool) && json_bool_or(tool, "/enabled", true) &&
		strcmp(json_string_or(tool, "/type", "http"), "http") == 0;
}

static bool is_named(const json_t *agent, const char *name)
{
	return strcmp(json_string_or(agent, "/kind", "runbook"), "runbook") == 0 ||
		json_is_true(json_object_get(json_object_get(agent, "tools"), name));
}

bool tool_find(const json_t **out, const json_t *config, const json_t *agent,
	const char *name, struct fault *fault)
{
	const json_t *tool = json_object_get(json_object_get(config, "tools"), name);

	if (!is_usable(tool) || !is_named(agent, name))
		return fault_set(fault, FAULT_REJECT,
			"there is no tool %.80s: tools.<name> must be of type http and "
			"enabled, and a model agent must list it",
			name);
	*out = tool;
	return true;
}

/* What chat APIs take as a function's name. */
static bool is_function_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("_-", name[i]))
			return false;
	return len > 0 && len <= TOOL_NAME_MAX;
}

static json_t *describe(const char *name, const json_t *tool)
{
	json_t *parameters = json_object_get(tool, "parameters");

	if (json_is_object(parameters))
		parameters = json_incref(parameters);
	else
		parameters = json_pack("{s:s, s:{}}", "type", "object", "properties");
	return json_pack("{s:s, s:{s:s, s:s, s:o}}", "type", "function", "function",
		"name", name, "description", json_string_or(tool, "/description", ""),
		"parameters", parameters);
}

json_t *tool_list(const json_t *config, const json_t *agent)
{
	json_t *list AUTO(json_decref) = json_array();
	json_t *tools = json_object_get(config, "tools");
	const char *name;
	json_t *tool;

	json_object_foreach(tools, name, tool) if (is_usable(tool) &&
		is_named(agent, name) && is_function_name(name) &&
		json_array_append_new(list, describe(name, tool)) != 0) return NULL;
	return TAKE(list);
}

bool tool_is_safe(const json_t *tool)
{
	const char *method = json_string_or(tool, "/method", "GET");

	return strcasecmp(method, "GET") == 0 || strcasecmp(method, "HEAD") == 0 ||
		json_bool_or(tool, "/idempotent", false);
}

long tool_timeout_ms(const json_t *tool)
{
	long seconds = json_integer_or(tool, "/timeout_seconds", TOOL_TIMEOUT_S);

	if (seconds < 1 || seconds > TOOL_TIMEOUT_MAX_S)
		seconds = seconds < 1 ? TOOL_TIMEOUT_S : TOOL_TIMEOUT_MAX_S;
	return seconds * 1000;
}
