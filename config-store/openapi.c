// SPDX-License-Identifier: Apache-2.0
#include "config-store/openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/version.h"
#include "config-store/caller/scopes.h"

enum { NAME_SIZE = 64, STATUS_SIZE = 8, REFERENCE_SIZE = 96 };

#define SCHEMAS "#/components/schemas/"

extern const char openapi_json[];

json_t *openapi_words(void)
{
	struct fault fault;
	json_t *words;

	return json_parse(&words, openapi_json, strlen(openapi_json), &fault) ? words
									      : NULL;
}

/* The next word of a list separated by spaces; false at its end. */
static bool next_word(const char **list, char word[NAME_SIZE])
{
	size_t len;

	if (!*list)
		return false;
	*list += strspn(*list, " ");
	len = strcspn(*list, " ");
	(void)snprintf(word, NAME_SIZE, "%.*s", (int)len, *list);
	*list += len;
	return len > 0;
}

/* The next {name} of a path. */
static bool next_placeholder(const char **path, char name[NAME_SIZE])
{
	const char *open = strchr(*path, '{');
	size_t len = open ? strcspn(open + 1, "}") : 0;

	if (!open)
		return false;
	(void)snprintf(name, NAME_SIZE, "%.*s", (int)len, open + 1);
	*path = open + 1 + len;
	return true;
}

/* {"name", "in", "required", …what openapi.json says of it}; takes nothing. */
static bool add_parameter(json_t *list, const char *name, const char *in, json_t *said)
{
	json_t *one AUTO(json_decref) = json_pack("{ss,ss,sb}", "name", name, "in", in,
		"required", strcmp(in, "path") == 0);

	return (!said || json_object_update(one, said) == 0) &&
		json_array_append(list, one) == 0;
}

static bool add_parameters(
	json_t *operation, const struct route *route, const json_t *words)
{
	json_t *list = json_array();
	const char *path = route->path, *query = route->query;
	char name[NAME_SIZE];

	if (json_object_set_new(operation, "parameters", list) < 0)
		return false;
	while (next_placeholder(&path, name))
		if (!add_parameter(list, name, "path",
			    json_object_get(json_object_get(words, "path"), name)))
			return false;
	while (next_word(&query, name))
		if (!add_parameter(list, name, "query",
			    json_object_get(json_object_get(words, "query"), name)))
			return false;
	return true;
}

static json_t *reference(const char *schema)
{
	char text[REFERENCE_SIZE];

	(void)snprintf(text, sizeof(text), SCHEMAS "%s", schema);
	return json_pack("{ss}", "$ref", text);
}

/* The media types of a schema; JSON unless it says others. */
static json_t *content(const char *schema, const json_t *words)
{
	const json_t *media = json_object_get(
		json_object_get(json_object_get(words, "schemas"), schema),
		"x-tocsin-media");
	json_t *content AUTO(json_decref) = json_object();
	const json_t *type;
	size_t i;

	if (!media)
		return json_pack(
			"{s{so}}", "application/json", "schema", reference(schema));
	json_array_foreach(media, i, type)
	{
		if (json_object_set_new(content, json_string_value(type),
			    json_pack("{so}", "schema", reference(schema))) < 0)
			return NULL;
	}
	return TAKE(content);
}

/* "Name" must be there, "Name?" may. */
static bool add_body(json_t *operation, const struct route *route, const json_t *words)
{
	char name[NAME_SIZE];
	size_t len;

	if (!route->takes)
		return true;
	(void)snprintf(name, sizeof(name), "%s", route->takes);
	len = strcspn(name, "?");
	name[len] = '\0';
	return json_object_set_new(operation, "requestBody",
		       json_pack("{sb,so}", "required", route->takes[len] != '?',
			       "content", content(name, words))) == 0;
}

static bool add_error(json_t *responses, const char *status, const json_t *words)
{
	const char *meaning = json_string_value(
		json_object_get(json_object_get(words, "errors"), status));

	return json_object_set_new(responses, status,
		       json_pack("{ss,so}", "description", meaning ? meaning : status,
			       "content", content("Error", words))) == 0;
}

/* What any call of its kind may be answered, and what the route says of itself. */
static bool add_errors(
	json_t *responses, const struct route *route, const json_t *words)
{
	const char *fails = route->fails;
	char status[NAME_SIZE];

	if (!add_error(responses, "400", words) ||
		!add_error(responses, "401", words) ||
		!add_error(responses, "403", words) ||
		!add_error(responses, "500", words) ||
		!add_error(responses, "503", words) ||
		(route->takes && !add_error(responses, "413", words)))
		return false;
	while (next_word(&fails, status))
		if (!add_error(responses, status, words))
			return false;
	return true;
}

static bool add_success(json_t *responses, int code, const char *meaning,
	const struct route *route, const json_t *words)
{
	json_t *response = json_pack("{ss}", "description", meaning);
	char status[STATUS_SIZE];

	(void)snprintf(status, sizeof(status), "%d", code);
	return json_object_set_new(responses, status, response) == 0 &&
		(!route->gives ||
			json_object_set_new(response, "content",
				content(route->gives, words)) == 0);
}

static bool add_responses(
	json_t *operation, const struct route *route, const json_t *words)
{
	json_t *responses = json_object();
	int success = route->success ? route->success : 200;

	return json_object_set_new(operation, "responses", responses) == 0 &&
		add_success(responses, success, success == 201 ? "made" : "done", route,
			words) &&
		/* What is made again is there already. */
		(success != 201 || !route->repeats ||
			add_success(responses, 200, "it was there", route, words)) &&
		add_errors(responses, route, words);
}

static void add_lower(struct text *out, const char *word)
{
	for (; *word; word++)
		text_add_char(out, (char)(tolower)((unsigned char)*word));
}

/* "GET /api/v1/admin/orgs/{org}" is get_admin_orgs_org. */
static void name_operation(struct text *out, const struct route *route)
{
	bool gap = true;

	add_lower(out, route->method);
	for (const char *c = route->path + strlen("/api/v1"); *c; c++) {
		bool plain = isalnum((unsigned char)*c) != 0;

		if (plain && gap)
			text_add_char(out, '_');
		if (plain)
			text_add_char(out, *c);
		gap = !plain;
	}
}

/* Who may call it: kinds of tokens, separated by spaces. */
static void name_callers(struct text *out, unsigned callers)
{
	for (unsigned kind = 1; kind <= callers; kind <<= 1)
		if (callers & kind)
			text_printf(out, "%s%s", out->len ? ", " : "",
				scopes_kind((enum caller_kind)kind));
}

static json_t *operation_of(const struct route *route, const json_t *words)
{
	struct text name AUTO(text_done) = {0}, callers AUTO(text_done) = {0};
	json_t *operation AUTO(json_decref) = NULL;
	char tag[NAME_SIZE];
	const char *rest = route->path + strlen("/api/v1/");

	name_operation(&name, route);
	name_callers(&callers, route->callers);
	(void)snprintf(tag, sizeof(tag), "%.*s", (int)strcspn(rest, "/."), rest);
	operation = json_pack("{ss,ss,s[s],ss+}", "operationId", text_string(&name),
		"summary", route->summary ? route->summary : "", "tags", tag,
		"description", "For: ", text_string(&callers));
	if (text_failed(&name) || text_failed(&callers) ||
		!add_parameters(operation, route, words) ||
		!add_body(operation, route, words) ||
		!add_responses(operation, route, words))
		return NULL;
	return TAKE(operation);
}

static bool add_path(json_t *paths, const struct route *route, const json_t *words)
{
	struct text method AUTO(text_done) = {0};
	json_t *item = json_object_get(paths, route->path);

	if (!item) {
		item = json_object();
		if (json_object_set_new(paths, route->path, item) < 0)
			return false;
	}
	add_lower(&method, route->method);
	return !text_failed(&method) &&
		json_object_set_new(
			item, text_string(&method), operation_of(route, words)) == 0;
}

json_t *openapi_document(const struct route *list, size_t count)
{
	json_t *words AUTO(json_decref) = openapi_words();
	json_t *paths AUTO(json_decref) = json_object();
	json_t *info = json_object_get(words, "info");

	if (!words ||
		json_object_set_new(info, "version", json_string(TOCSIN_VERSION)) < 0)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (!add_path(paths, &list[i], words))
			return NULL;
	return json_pack("{sO,sO,sO,sO,s{sO,sO}}", "openapi",
		json_object_get(words, "openapi"), "info", info, "security",
		json_object_get(words, "security"), "paths", paths, "components",
		"schemas", json_object_get(words, "schemas"), "securitySchemes",
		json_object_get(words, "securitySchemes"));
}
