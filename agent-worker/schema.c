// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/schema.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"

enum { WHERE_SIZE = 128, SCHEMA_DEPTH_MAX = 16 };

static bool is_type(const json_t *value, const char *type)
{
	if (strcmp(type, "string") == 0)
		return json_is_string(value);
	if (strcmp(type, "integer") == 0)
		return json_is_integer(value) ||
			(json_is_real(value) &&
				floor(json_real_value(value)) ==
					json_real_value(value));
	if (strcmp(type, "number") == 0)
		return json_is_number(value);
	if (strcmp(type, "boolean") == 0)
		return json_is_boolean(value);
	if (strcmp(type, "object") == 0)
		return json_is_object(value);
	if (strcmp(type, "array") == 0)
		return json_is_array(value);
	if (strcmp(type, "null") == 0)
		return json_is_null(value);
	return true;
}

static bool check_type(
	const json_t *type, const json_t *value, const char *where, struct fault *fault)
{
	const char *wanted = json_string_value(type);

	for (size_t i = 0; i < json_array_size(type); i++) {
		const char *one = json_string_value(json_array_get(type, i));

		if (!one || is_type(value, one))
			return true;
	}
	if (json_is_array(type) && json_array_size(type) > 0)
		return fault_set(fault, FAULT_REJECT,
			"argument %s is of none of the allowed types", where);
	if (!wanted || is_type(value, wanted))
		return true;
	return fault_set(
		fault, FAULT_REJECT, "argument %s must be of type %s", where, wanted);
}

static bool check_enum(const json_t *allowed, const json_t *value, const char *where,
	struct fault *fault)
{
	for (size_t i = 0; i < json_array_size(allowed); i++)
		if (json_equal(json_array_get(allowed, i), value))
			return true;
	return json_array_size(allowed) == 0 ||
		fault_set(fault, FAULT_REJECT,
			"argument %s is none of the allowed values", where);
}

static bool check_required(const json_t *required, const json_t *value,
	const char *where, struct fault *fault)
{
	for (size_t i = 0; i < json_array_size(required); i++) {
		const char *key = json_string_value(json_array_get(required, i));

		if (key && !json_object_get(value, key))
			return fault_set(fault, FAULT_REJECT,
				"argument %s/%.60s is missing",
				strcmp(where, "/") == 0 ? "" : where, key);
	}
	return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by SCHEMA_DEPTH_MAX */
static bool check(const json_t *schema, const json_t *value, const char *where,
	int depth, struct fault *fault)
{
	const json_t *properties = json_object_get(schema, "properties");
	const json_t *items = json_object_get(schema, "items");
	char inner[WHERE_SIZE];

	if (depth > SCHEMA_DEPTH_MAX)
		return fault_set(
			fault, FAULT_REJECT, "argument %s is nested too deep", where);
	if (!check_type(json_object_get(schema, "type"), value, where, fault) ||
		!check_enum(json_object_get(schema, "enum"), value, where, fault))
		return false;
	if (json_is_object(value)) {
		const char *key;
		json_t *one;

		if (!check_required(
			    json_object_get(schema, "required"), value, where, fault))
			return false;
		json_object_foreach((json_t *)(uintptr_t)value, key, one)
		{
			(void)snprintf(inner, sizeof(inner), "%s/%.60s",
				strcmp(where, "/") == 0 ? "" : where, key);
			if (!check(json_object_get(properties, key), one, inner,
				    depth + 1, fault))
				return false;
		}
	}
	for (size_t i = 0; json_is_array(value) && i < json_array_size(value); i++) {
		(void)snprintf(inner, sizeof(inner), "%.100s/%zu", where, i);
		if (!check(items, json_array_get(value, i), inner, depth + 1, fault))
			return false;
	}
	return true;
}

bool schema_check(const json_t *schema, const json_t *value, struct fault *fault)
{
	if (!json_is_object(value))
		return fault_set(
			fault, FAULT_REJECT, "the arguments must be a JSON object");
	return check(schema, value, "/", 0, fault);
}
