// SPDX-License-Identifier: Apache-2.0
// Story: a client is generated from the OpenAPI document. Every GET in it that can be
// asked is asked, and what comes is what the document says, no less and no more.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/rows.h"
#include "tests/support/store_only.h"

enum { WAIT_MS = 20000, TOKEN_TEXT_SIZE = 128, CHECKED_LEAST = 22, PLACE_SIZE = 512 };

#define RUN "00000000-0000-7000-8000-00000000000a"
#define EVENT "00000000-0000-7000-8000-000000000003"
#define SCHEMAS "#/components/schemas/"

static const struct stack_options options = {0};
static struct stack stack;
static struct bus *bus;
static char team_token[TOKEN_TEXT_SIZE], token_id[TOKEN_TEXT_SIZE];
static json_t *document;

static int ask(const char *line, const char *body, json_t **out)
{
	return stack_call(&stack, ADMIN_TOKEN, line, body, out);
}

/* Something of each kind. */
static void fill(void)
{
	json_t *answer AUTO(json_decref) = NULL;

	cr_assert_eq(
		ask("POST /api/v1/admin/orgs/acme/teams/sre/tokens", "", &answer), 201);
	(void)snprintf(team_token, sizeof(team_token), "%s",
		json_string_or(answer, "/token", ""));
	(void)snprintf(token_id, sizeof(token_id), "%s",
		json_string_or(answer, "/token_id", ""));
	cr_assert_eq(store_only_patch(&stack,
			     "{\"routing\":{\"github_repos\":[\"acme/shop\"]}}"),
		200);
	cr_assert_eq(ask("POST /api/v1/admin/orgs/acme/admin-tokens", "", NULL), 201);
	cr_assert_eq(ask("POST /api/v1/internal/agent-runs",
			     "{\"run_id\":\"" RUN "\",\"org_id\":\"acme\","
			     "\"team_node_id\":\"sre\",\"metadata\":{\"a\":1},"
			     "\"correlation_id\":\"" EVENT "\"}",
			     NULL),
		201);
	cr_assert_eq(ask("POST /api/v1/internal/agent-runs/" RUN "/tool-calls",
			     "{\"tool_calls\":[{\"id\":\"c1\",\"tool_name\":\"t\","
			     "\"tool_input\":[1]}]}",
			     NULL),
		201);
	cr_assert_eq(ask("PATCH /api/v1/internal/agent-runs/" RUN,
			     "{\"status\":\"failed\",\"confidence\":0.5}", NULL),
		200);
	cr_assert_eq(
		ask("POST /api/v1/internal/feedback",
			"{\"run_id\":\"" RUN "\",\"feedback\":\"negative\"}", NULL),
		201);
	rows_add_records(&stack, "acme", "sre", 20);
	rows_add_tool_call(&stack, RUN, "c2");
	cr_assert_eq(number_of(stack.database,
			     "WITH changed AS (UPDATE audit.record SET action = "
			     "'event.received', area = 'event', source = 'github', "
			     "kind = 'push' WHERE sequence = 3 AND stream = "
			     "'AUDIT-acme' RETURNING 1) SELECT "
			     "count(*) FROM changed"),
		1);
}

static void start(void)
{
	store_only_start(&stack, &bus, &options);
	stack_daemon_start(&stack, AUDIT_SINK);
	fill();
	cr_assert_eq(ask("GET /api/v1/openapi.json", NULL, &document), 200);
}

static void stop(void)
{
	json_decref(document);
	cr_expect_eq(process_stop(&stack.daemons[AUDIT_SINK], SIGTERM, WAIT_MS), 0);
	store_only_stop(&stack, bus);
}

static const char *type_of(const json_t *value)
{
	static const char *const names[] = {[JSON_OBJECT] = "object",
		[JSON_ARRAY] = "array",
		[JSON_STRING] = "string",
		[JSON_INTEGER] = "integer",
		[JSON_REAL] = "number",
		[JSON_TRUE] = "boolean",
		[JSON_FALSE] = "boolean",
		[JSON_NULL] = "null"};

	return names[json_typeof(value)];
}

static bool is_type(const json_t *type, const json_t *value)
{
	const char *word = json_string_value(type), *actual = type_of(value);
	const json_t *one;
	size_t i;

	if (!type)
		return true;
	if (word)
		return strcmp(word, actual) == 0 ||
			(strcmp(word, "number") == 0 && strcmp(actual, "integer") == 0);
	json_array_foreach(type, i, one)
	{
		if (is_type(one, value))
			return true;
	}
	return false;
}

static bool is_among(const json_t *list, const json_t *value)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (json_equal(one, value))
			return true;
	}
	return !list;
}

static void check(const json_t *schema, json_t *value, const char *place, bool is_part);

static void check_properties(
	const json_t *schema, json_t *value, const char *place, bool is_part)
{
	const json_t *properties = json_object_get(schema, "properties");
	const json_t *others = json_object_get(schema, "additionalProperties"), *needed;
	char below[PLACE_SIZE];
	const char *key;
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(schema, "required"), i, needed)
		cr_expect_not_null(json_object_get(value, json_string_value(needed)),
			"%s has no '%s'", place, json_string_value(needed));
	json_object_foreach(value, key, one)
	{
		const json_t *said = json_object_get(properties, key);

		(void)snprintf(below, sizeof(below), "%.400s/%.80s", place, key);
		if (said || json_is_object(others))
			check(said ? said : others, one, below, false);
		else
			cr_expect(json_is_true(others) || is_part || !properties,
				"%s is not in the document", below);
	}
}

/* `is_part`: of an allOf, where the other parts may know the rest. */
static void check(const json_t *schema, json_t *value, const char *place, bool is_part)
{
	const char *reference = json_string_value(json_object_get(schema, "$ref"));
	const json_t *items = json_object_get(schema, "items"), *part;
	char below[PLACE_SIZE];
	json_t *one;
	size_t i;

	if (reference)
		schema = json_object_get(json_at(document, "/components/schemas"),
			reference + strlen(SCHEMAS));
	cr_assert_not_null(schema, "%s: %s leads nowhere", place, reference);
	cr_expect(is_type(json_object_get(schema, "type"), value), "%s is a %s", place,
		type_of(value));
	cr_expect(is_among(json_object_get(schema, "enum"), value), "%s", place);
	json_array_foreach(json_object_get(schema, "allOf"), i, part)
		check(part, value, place, true);
	if (json_is_object(value) && !json_object_get(schema, "allOf"))
		check_properties(schema, value, place, is_part);
	json_array_foreach(value, i, one)
	{
		(void)snprintf(below, sizeof(below), "%.400s/%zu", place, i);
		if (items)
			check(items, one, below, false);
	}
}

/* The path with something for each {placeholder}; its length. */
static size_t write_line(char *out, size_t size, const char *path, const char *id)
{
	size_t len = (size_t)snprintf(out, size, "GET ");

	while (*path && len + 64 < size) {
		size_t plain = strcspn(path, "{"), name = strcspn(path + plain, "}");
		const char *open = path + plain, *value = id;

		len += (size_t)snprintf(
			out + len, size - len, "%.*s", (int)plain, path);
		path = *open ? open + name + 1 : open;
		if (!*open)
			break;
		if (strncmp(open, "{org}", 5) == 0)
			value = "acme";
		else if (strncmp(open, "{version}", 9) == 0)
			value = "1";
		else if (strncmp(open, "{id}", 4) != 0)
			value = "sre";
		len += (size_t)snprintf(out + len, size - len, "%s", value);
	}
	return len;
}

/* Adds what the call takes of these. */
static void add_query(char *out, size_t size, size_t len, const json_t *operation)
{
	static const char *const values[][2] = {
		{"org_id", "acme"}, {"limit", "3"}, {"from", "0"}, {"to", "1"}};
	const json_t *parameter;
	char mark = '?';
	size_t i;

	json_array_foreach(json_at(operation, "/parameters"), i, parameter)
	{
		const char *name = json_string_or(parameter, "/name", "");

		for (size_t k = 0; k < countof(values) && len < size; k++)
			if (strcmp(name, values[k][0]) == 0) {
				len += (size_t)snprintf(out + len, size - len,
					"%c%s=%s", mark, name, values[k][1]);
				mark = '&';
			}
	}
}

/* True when somebody may ask it about something that is there. */
static bool try_path(const char *path, const json_t *operation, const json_t *schema)
{
	const char *const ids[] = {RUN, EVENT, token_id, "1"};
	const char *const tokens[] = {ADMIN_TOKEN, team_token};
	char line[PLACE_SIZE];

	for (size_t i = 0; i < countof(ids) * countof(tokens); i++) {
		json_t *answer AUTO(json_decref) = NULL;

		add_query(line, sizeof(line),
			write_line(line, sizeof(line), path, ids[i / countof(tokens)]),
			operation);
		if (stack_call(&stack, tokens[i % countof(tokens)], line, NULL,
			    &answer) != 200)
			continue;
		cr_assert_not_null(answer, "%s: no JSON", line);
		check(schema, answer, path, false);
		return true;
	}
	return false;
}

Test(openapi, the_document_tells_the_truth, .timeout = 90)
{
	const json_t *item;
	const char *path;
	int checked = 0;

	start();
	json_object_foreach(json_object_get(document, "paths"), path, item)
	{
		const json_t *schema = json_at(
			item, "/get/responses/200/content/application~1json/schema");

		if (schema && try_path(path, json_at(item, "/get"), schema))
			checked++;
		else if (schema)
			(void)fprintf(stderr, "not tried: %s\n", path);
	}
	cr_expect_geq(checked, CHECKED_LEAST, "%d", checked);
	stop();
}
