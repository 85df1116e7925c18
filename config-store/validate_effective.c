// SPDX-License-Identifier: Apache-2.0
// The second half of validate.h: what only the merged document can tell.
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "config-store/merge.h"
#include "config-store/problem.h"
#include "config-store/validate.h"

struct place {
	struct text path;
	json_t *problems;
};

static const char *at(
	struct place *place, const char *section, const char *name, const char *rest)
{
	text_clear(&place->path);
	pointer_add(&place->path, section);
	pointer_add(&place->path, name);
	text_add(&place->path, rest);
	return text_string(&place->path);
}

static bool is_enabled(const json_t *thing)
{
	return json_bool_or(thing, "/enabled", true);
}

static void check_entrance(const json_t *config, struct place *place)
{
	const char *name = json_string_at(config, "/entrance_agent");
	const json_t *agent = NULL;

	if (!name)
		return;
	agent = json_object_get(json_object_get(config, "agents"), name);
	if (!agent)
		problem_add(place->problems, "/entrance_agent",
			"there is no agent '%s' under /agents", name);
	else if (!is_enabled(agent))
		problem_add(place->problems, "/entrance_agent",
			"agent '%s' is not enabled", name);
}

static void check_step(const json_t *config, const char *agent, const json_t *steps,
	size_t index, struct place *place)
{
	const json_t *step = json_array_get(steps, index);
	const char *id = json_string_at(step, "/id");
	const char *tool = json_string_at(step, "/tool");
	char rest[64];

	(void)snprintf(rest, sizeof(rest), "/steps/%zu", index);
	if (!id || !*id)
		problem_add(place->problems, at(place, "agents", agent, rest),
			"a step needs an id");
	for (size_t i = 0; id && i < index; i++)
		if (strcmp(json_string_or(json_array_get(steps, i), "/id", ""), id) ==
			0)
			problem_add(place->problems, at(place, "agents", agent, rest),
				"step %zu has the id '%s' too", i, id);
	if (!tool)
		problem_add(place->problems, at(place, "agents", agent, rest),
			"a step needs a tool");
	else if (!json_object_get(json_object_get(config, "tools"), tool))
		problem_add(place->problems, at(place, "agents", agent, rest),
			"there is no tool '%s' under /tools", tool);
}

static void check_agent_tools(const json_t *config, const char *name,
	const json_t *agent, struct place *place)
{
	const char *tool;
	json_t *wanted;

	json_object_foreach(json_object_get(agent, "tools"), tool, wanted)
	{
		if (json_is_true(wanted) &&
			!json_object_get(json_object_get(config, "tools"), tool))
			problem_add(place->problems,
				at(place, "agents", name, "/tools"),
				"there is no tool '%s' under /tools", tool);
	}
}

static void check_agent(const json_t *config, const char *name, const json_t *agent,
	struct place *place)
{
	const char *kind = json_string_at(agent, "/kind");
	const json_t *steps = json_object_get(agent, "steps");

	if (!is_enabled(agent))
		return;
	if (!kind)
		problem_add(place->problems, at(place, "agents", name, ""),
			"an agent needs a kind: runbook or model");
	else if (strcmp(kind, "runbook") == 0)
		for (size_t i = 0; i < json_array_size(steps); i++)
			check_step(config, name, steps, i, place);
	else
		check_agent_tools(config, name, agent, place);
}

static void check_tool(const char *name, const json_t *tool, struct place *place)
{
	static const char *const needed[] = {"type", "url"};

	for (size_t i = 0; is_enabled(tool) && i < countof(needed); i++)
		if (!json_object_get(tool, needed[i]))
			problem_add(place->problems, at(place, "tools", name, ""),
				"a tool needs: %s", needed[i]);
}

/* What a type of destination cannot do without. */
static const struct need {
	const char *type, *fields[2];
} needs[] = {
	{"slack", {"channel_id"}},
	{"github_issue_comment", {"repo", "number"}},
	{"github_pr_comment", {"repo", "number"}},
	{"webhook", {"url"}},
	{"log", {NULL}},
};

static void check_destination(
	const json_t *destination, size_t index, struct place *place)
{
	const char *type = json_string_at(destination, "/type");
	char path[96];

	(void)snprintf(
		path, sizeof(path), "/output_config/default_destinations/%zu", index);
	if (!type)
		problem_add(place->problems, path, "a destination needs a type");
	for (size_t i = 0; type && i < countof(needs); i++)
		for (size_t j = 0; j < countof(needs[i].fields); j++) {
			const char *field = needs[i].fields[j];

			if (strcmp(needs[i].type, type) == 0 && field &&
				!json_object_get(destination, field))
				problem_add(place->problems, path,
					"a destination of type %s needs: %s", type,
					field);
		}
}

void validate_effective(const json_t *config, json_t *problems)
{
	struct place place = {.problems = problems};
	const char *key;
	json_t *value;
	size_t index;

	check_entrance(config, &place);
	json_object_foreach(json_object_get(config, "agents"), key, value)
		check_agent(config, key, value, &place);
	json_object_foreach(json_object_get(config, "tools"), key, value)
		check_tool(key, value, &place);
	json_array_foreach(json_at(config, "/output_config/default_destinations"),
		index, value) check_destination(value, index, &place);
	text_done(&place.path);
}
