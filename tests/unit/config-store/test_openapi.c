// SPDX-License-Identifier: Apache-2.0
#include "config-store/openapi.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/json.h"

#define SCHEMAS "#/components/schemas/"

static json_t *words, *document;

static void setup(void)
{
	words = openapi_words();
	cr_assert_not_null(words, "openapi.json is no JSON");
	document = openapi_document(routes, route_count);
	cr_assert_not_null(document);
}

static void teardown(void)
{
	json_decref(words);
	json_decref(document);
}

TestSuite(openapi, .init = setup, .fini = teardown);

static bool has(const char *table, const char *name, size_t len)
{
	char key[80];

	(void)snprintf(key, sizeof(key), "%.*s", (int)len, name);
	return json_object_get(json_object_get(words, table), key) != NULL;
}

static void expect_schema(const struct route *route, const char *schema)
{
	if (schema)
		cr_expect(has("schemas", schema, strcspn(schema, "?")),
			"%s %s: openapi.json has no schema '%s'", route->method,
			route->path, schema);
}

static void expect_words(const struct route *route, const char *list, const char *table,
	const char *what)
{
	for (size_t len; list && *list; list += len + (list[len] == ' ')) {
		len = strcspn(list, " ");
		cr_expect(has(table, list, len), "%s %s: openapi.json has no %s '%.*s'",
			route->method, route->path, what, (int)len, list);
	}
}

Test(openapi, every_route_says_what_it_is)
{
	for (size_t i = 0; i < route_count; i++) {
		const struct route *route = &routes[i];

		cr_expect(route->summary && *route->summary, "%s %s: no summary",
			route->method, route->path);
		cr_expect(route->gives || route->success == 204, "%s %s: gives nothing",
			route->method, route->path);
		cr_expect_not(route->takes && strcmp(route->method, "GET") == 0,
			"%s %s", route->method, route->path);
		expect_schema(route, route->takes);
		expect_schema(route, route->gives);
		expect_words(route, route->query, "query", "parameter");
		expect_words(route, route->fails, "errors", "error");
		for (const char *at = strchr(route->path, '{'); at;
			at = strchr(at + 1, '{'))
			cr_expect(has("path", at + 1, strcspn(at + 1, "}")),
				"%s: openapi.json does not know %s", route->path, at);
	}
}

static size_t references;

static void resolve(const json_t *value)
{
	const char *reference = json_string_value(json_object_get(value, "$ref"));
	const char *key;
	json_t *one;
	size_t i;

	if (reference) {
		references++;
		cr_expect_eq(strncmp(reference, SCHEMAS, strlen(SCHEMAS)), 0, "%s",
			reference);
		cr_expect_not_null(
			json_object_get(json_at(document, "/components/schemas"),
				reference + strlen(SCHEMAS)),
			"%s leads nowhere", reference);
	}
	if (json_is_object(value))
		json_object_foreach((json_t *)(uintptr_t)value, key, one) resolve(one);
	else
		json_array_foreach(value, i, one) resolve(one);
}

Test(openapi, every_reference_leads_somewhere)
{
	references = 0;
	resolve(document);
	cr_expect_gt(references, route_count);
}

Test(openapi, has_every_route_and_no_other)
{
	const json_t *paths = json_object_get(document, "paths"), *item, *operation;
	const char *path, *method;
	size_t operations = 0;

	json_object_foreach((json_t *)(uintptr_t)paths, path, item) json_object_foreach(
		(json_t *)(uintptr_t)item, method, operation) operations++;
	cr_expect_eq(operations, route_count);
	cr_expect_str_eq(json_string_or(document, "/openapi", ""), "3.1.0");
	cr_expect_not_null(json_at(document, "/components/securitySchemes/bearer"));
}

/* What every call may answer, and what only some do. */
Test(openapi, tells_of_errors_and_bodies)
{
	static const char put[] =
		"/paths/~1api~1v1~1admin~1orgs~1{org}~1nodes~1{node}~1config/put";
	static const char team[] =
		"/paths/~1api~1v1~1admin~1orgs~1{org}~1teams~1{team}/post";
	static const char *const parts[] = {"/responses/200", "/responses/400",
		"/responses/401", "/responses/403", "/responses/404", "/responses/412",
		"/responses/413", "/responses/422", "/responses/500", "/responses/503",
		"/parameters/0/schema", "/parameters/1/description",
		"/requestBody/content/application~1json/schema/$ref"};
	char pointer[256];

	for (size_t i = 0; i < countof(parts); i++) {
		(void)snprintf(pointer, sizeof(pointer), "%s%s", put, parts[i]);
		cr_expect_not_null(json_at(document, pointer), "%s", pointer);
	}
	(void)snprintf(pointer, sizeof(pointer), "%s/requestBody/required", put);
	cr_expect(json_bool_or(document, pointer, false));
	(void)snprintf(pointer, sizeof(pointer), "%s/requestBody/required", team);
	cr_expect_not(json_bool_or(document, pointer, true));
	(void)snprintf(pointer, sizeof(pointer), "%s/responses/200", team);
	cr_expect_not_null(json_at(document, pointer), "made again is 200");
}

Test(openapi, names_each_operation_once)
{
	json_t *seen AUTO(json_decref) = json_object();
	const json_t *paths = json_object_get(document, "paths"), *item, *operation;
	const char *path, *method;

	json_object_foreach((json_t *)(uintptr_t)paths, path, item)
		json_object_foreach((json_t *)(uintptr_t)item, method, operation)
	{
		const char *id = json_string_or(operation, "/operationId", "");

		cr_expect_null(json_object_get(seen, id), "%s is there twice", id);
		(void)json_object_set_new(seen, id, json_true());
	}
}
