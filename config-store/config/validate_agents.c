// SPDX-License-Identifier: Apache-2.0
// What agents of a merged document rest on: tools, MCP servers and each other.
#include <stdio.h>
#include <string.h>

#include "config-store/config/problem.h"
#include "config-store/config/validate_private.h"

enum { SUB_AGENT_LEVELS = 8 };

static void check_step_id(
	struct judged *judged, const char *path, const json_t *steps, size_t index)
{
	const char *id = json_string_at(json_array_get(steps, index), "/id");

	if (!id || !*id)
		(void)problem_add(judged->problems, path, "a step needs an id");
	for (size_t i = 0; id && i < index; i++)
		if (strcmp(json_string_or(json_array_get(steps, i), "/id", ""), id) ==
			0) {
			(void)problem_add(judged->problems, path,
				"step %zu has the id '%s' too", i, id);
			return;
		}
}

static void check_step(
	struct judged *judged, const char *agent, const json_t *steps, size_t index)
{
	const char *tool = json_string_at(json_array_get(steps, index), "/tool");
	char number[24];

	(void)snprintf(number, sizeof(number), "%zu", index);
	check_step_id(
		judged, AT(judged, "agents", agent, "steps", number), steps, index);
	if (tool)
		judged_needs(judged,
			AT(judged, "agents", agent, "steps", number, "tool"), "tool",
			"tools", tool);
	else
		(void)problem_add(judged->problems,
			AT(judged, "agents", agent, "steps", number),
			"a step needs a tool");
}

/* Whatever the agent switches on in one of its lists must be there. */
static const struct list {
	const char *key, *section, *kind;
} lists[] = {
	{"tools", "tools", "tool"},
	{"mcps", "mcp_servers", "MCP server"},
	{"sub_agents", "agents", "agent"},
};

static void check_list(struct judged *judged, const char *agent, const json_t *from,
	const struct list *list)
{
	const char *name;
	json_t *wanted;

	json_object_foreach(json_object_get(from, list->key), name, wanted)
	{
		if (json_is_true(wanted))
			judged_needs(judged,
				AT(judged, "agents", agent, list->key, name),
				list->kind, list->section, name);
	}
}

static void check_agent(struct judged *judged, const char *name, const json_t *agent)
{
	const char *kind = json_string_at(agent, "/kind");
	const json_t *steps = json_object_get(agent, "steps");

	if (!judged_is_enabled(agent))
		return;
	if (!kind)
		(void)problem_add(judged->problems, AT(judged, "agents", name),
			"an agent needs a kind: runbook or model");
	else if (strcmp(kind, "runbook") == 0)
		for (size_t i = 0; i < json_array_size(steps); i++)
			check_step(judged, name, steps, i);
	for (size_t i = 0; i < countof(lists); i++)
		check_list(judged, name, agent, &lists[i]);
}

/*
 * Agents under agents. Each is looked into once: `heights` keeps how many levels it has
 * below it, -1 while it is being looked into, so that coming upon it again is a circle.
 */
struct climb {
	struct judged *judged;
	json_t *heights;
	bool stopped; /* too deep: said once, and no further */
};

static long climb(struct climb *up, const char *name, int level);

static void too_deep(struct climb *up, const char *name)
{
	if (!up->stopped)
		(void)problem_add(up->judged->problems,
			AT(up->judged, "agents", name, "sub_agents"),
			"over %d levels of agents stand under each other",
			SUB_AGENT_LEVELS);
	up->stopped = true;
}

static long height_below(
	struct climb *up, const char *name, const json_t *agent, int level)
{
	long highest = 0;
	const char *sub;
	json_t *wanted;

	json_object_foreach(json_object_get(agent, "sub_agents"), sub, wanted)
	{
		const json_t *known = json_object_get(up->heights, sub);
		long height;

		if (!json_is_true(wanted) || up->stopped)
			continue;
		if (known && json_integer_value(known) < 0) {
			(void)problem_add(up->judged->problems,
				AT(up->judged, "agents", name, "sub_agents", sub),
				"goes in a circle: '%s' has '%s' under it already", sub,
				name);
			continue;
		}
		height = 1 + climb(up, sub, level + 1);
		highest = height > highest ? height : highest;
	}
	return highest;
}

static long climb(struct climb *up, const char *name, int level)
{
	const json_t *known = json_object_get(up->heights, name);
	const json_t *agent =
		json_object_get(json_object_get(up->judged->config, "agents"), name);
	long height;

	if (known)
		return json_integer_value(known);
	if (!json_is_object(agent) || !judged_is_enabled(agent))
		return 0;
	if (level > SUB_AGENT_LEVELS) {
		too_deep(up, name);
		return 0;
	}
	(void)json_object_set_new(up->heights, name, json_integer(-1));
	height = height_below(up, name, agent, level);
	(void)json_object_set_new(up->heights, name, json_integer(height));
	if (height > SUB_AGENT_LEVELS)
		too_deep(up, name);
	return height;
}

void judge_agents(struct judged *judged)
{
	json_t *heights AUTO(json_decref) = json_object();
	struct climb up = {.judged = judged, .heights = heights};
	const char *name;
	json_t *agent;

	json_object_foreach(json_object_get(judged->config, "agents"), name, agent)
		check_agent(judged, name, agent);
	json_object_foreach(json_object_get(judged->config, "agents"), name, agent)
	{
		if (!up.stopped)
			(void)climb(&up, name, 0);
	}
}
