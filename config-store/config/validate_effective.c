// SPDX-License-Identifier: Apache-2.0
// The second half of validate.h: what only the merged document can tell. Nothing that is
// enabled may rest on what is missing or disabled.
#include <stdio.h>
#include <string.h>

#include "config-store/config/pointer.h"
#include "config-store/config/problem.h"
#include "config-store/config/validate.h"
#include "config-store/config/validate_private.h"

const char *judged_at(struct judged *judged, const char *const *parts)
{
	text_clear(&judged->path);
	for (; *parts; parts++)
		pointer_add(&judged->path, *parts);
	return text_string(&judged->path);
}

bool judged_is_enabled(const json_t *thing)
{
	return json_bool_or(thing, "/enabled", true);
}

void judged_needs(struct judged *judged, const char *path, const char *kind,
	const char *section, const char *name)
{
	const json_t *thing =
		json_object_get(json_object_get(judged->config, section), name);

	if (!thing)
		(void)problem_add(judged->problems, path,
			"there is no %s '%s' under /%s", kind, name, section);
	else if (!judged_is_enabled(thing))
		(void)problem_add(
			judged->problems, path, "%s '%s' is not enabled", kind, name);
}

static void check_entrance(struct judged *judged)
{
	const char *name = json_string_at(judged->config, "/entrance_agent");

	if (name)
		judged_needs(judged, "/entrance_agent", "agent", "agents", name);
}

/* The key of an integration that a tool sends along. */
static void check_auth(struct judged *judged, const char *name, const json_t *auth)
{
	const char *integration = json_string_at(auth, "/integration");
	const char *field = json_string_or(auth, "/field", "api_key");
	const json_t *known =
		json_object_get(json_object_get(judged->config, "integrations"),
			integration ? integration : "");

	if (!json_is_object(auth))
		return;
	if (!integration)
		(void)problem_add(judged->problems, AT(judged, "tools", name, "auth"),
			"auth needs: integration");
	else
		judged_needs(judged, AT(judged, "tools", name, "auth", "integration"),
			"integration", "integrations", integration);
	if (integration && known && !json_object_get(known, field))
		(void)problem_add(judged->problems,
			AT(judged, "tools", name, "auth", "field"),
			"integration '%s' has no '%s'", integration, field);
}

static void check_tool(struct judged *judged, const char *name, const json_t *tool)
{
	static const char *const needed[] = {"type", "url"};
	const char *integration = json_string_at(tool, "/requires_integration");

	if (!judged_is_enabled(tool))
		return;
	for (size_t i = 0; i < countof(needed); i++)
		if (!json_object_get(tool, needed[i]))
			(void)problem_add(judged->problems, AT(judged, "tools", name),
				"a tool needs: %s", needed[i]);
	if (integration)
		judged_needs(judged, AT(judged, "tools", name, "requires_integration"),
			"integration", "integrations", integration);
	check_auth(judged, name, json_object_get(tool, "auth"));
}

/* Streamable HTTP has a URL; what is started here has a command. */
static void check_mcp_server(
	struct judged *judged, const char *name, const json_t *server)
{
	const char *integration = json_string_at(server, "/requires_integration");

	if (!judged_is_enabled(server))
		return;
	if (!json_object_get(server, "url") == !json_object_get(server, "command"))
		(void)problem_add(judged->problems, AT(judged, "mcp_servers", name),
			"an MCP server needs either a url or a command");
	if (integration)
		judged_needs(judged,
			AT(judged, "mcp_servers", name, "requires_integration"),
			"integration", "integrations", integration);
}

static void check_schedule(
	struct judged *judged, const char *name, const json_t *schedule)
{
	static const char *const needed[] = {"cron", "message"};
	const char *agent = json_string_at(schedule, "/agent");

	if (!judged_is_enabled(schedule))
		return;
	for (size_t i = 0; i < countof(needed); i++) {
		const json_t *field = json_object_get(schedule, needed[i]);

		if (!field || (json_is_string(field) && !json_string_length(field)))
			(void)problem_add(judged->problems,
				AT(judged, "schedules", name), "a schedule needs: %s",
				needed[i]);
	}
	if (agent)
		judged_needs(judged, AT(judged, "schedules", name, "agent"), "agent",
			"agents", agent);
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

static void check_needs(struct judged *judged, const char *path,
	const struct need *need, const json_t *destination)
{
	for (size_t i = 0; i < countof(need->fields) && need->fields[i]; i++)
		if (!json_object_get(destination, need->fields[i]))
			(void)problem_add(judged->problems, path,
				"a destination of type %s needs: %s", need->type,
				need->fields[i]);
}

static void check_destination(
	struct judged *judged, const json_t *destination, size_t index)
{
	const char *type = json_string_at(destination, "/type");
	char path[96];

	(void)snprintf(
		path, sizeof(path), "/output_config/default_destinations/%zu", index);
	if (!type)
		(void)problem_add(judged->problems, path, "a destination needs a type");
	for (size_t i = 0; type && i < countof(needs); i++)
		if (strcmp(needs[i].type, type) == 0)
			check_needs(judged, path, &needs[i], destination);
}

static const struct {
	const char *section;
	void (*check)(struct judged *judged, const char *name, const json_t *thing);
} sections[] = {
	{"tools", check_tool},
	{"mcp_servers", check_mcp_server},
	{"schedules", check_schedule},
};

void validate_effective(const json_t *config, json_t *problems)
{
	struct judged judged = {.config = config, .problems = problems};
	const char *key;
	json_t *value;
	size_t index;

	check_entrance(&judged);
	judge_agents(&judged);
	for (size_t i = 0; i < countof(sections); i++)
		json_object_foreach(json_object_get(config, sections[i].section), key,
			value) sections[i]
			.check(&judged, key, value);
	json_array_foreach(json_at(config, "/output_config/default_destinations"),
		index, value) check_destination(&judged, value, index);
	if (text_failed(&judged.path))
		(void)problem_add(problems, "", "no memory to check it");
	text_done(&judged.path);
}
