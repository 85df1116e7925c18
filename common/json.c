// SPDX-License-Identifier: Apache-2.0
#include "common/json.h"

#include <stdint.h>
#include <string.h>

enum { POINTER_TOKEN_SIZE = 256 };

static bool parse(
	json_t **out, const void *bytes, size_t len, size_t flags, struct fault *fault)
{
	json_error_t error;
	json_t *json = json_loadb(bytes, len, JSON_DECODE_ANY | flags, &error);

	if (!json)
		return fault_set(fault, FAULT_REJECT,
			"not JSON: %s (line %d, column %d)", error.text, error.line,
			error.column);
	*out = json;
	return true;
}

bool json_parse(json_t **out, const void *bytes, size_t len, struct fault *fault)
{
	return parse(out, bytes, len, 0, fault);
}

bool json_parse_strict(json_t **out, const void *bytes, size_t len, struct fault *fault)
{
	return parse(out, bytes, len, JSON_REJECT_DUPLICATES, fault);
}

void json_forget_quote(struct fault *fault)
{
	static const char near[] = " near '";
	char *quote = strstr(fault->text, near), *place;

	if (!quote)
		return;
	place = strrchr(quote, '('); /* the quote is jansson's, the place ours */
	if (place && strncmp(place, "(line ", 6) == 0)
		memmove(quote + 1, place, strlen(place) + 1);
	else
		*quote = '\0';
}

bool json_parse_object(json_t **out, const char *string, struct fault *fault)
{
	json_t *json AUTO(json_decref) = NULL;

	if (!string || !*string)
		json = json_object();
	else if (!json_parse(&json, string, strlen(string), fault))
		return false;
	if (!json_is_object(json))
		return fault_set(fault, FAULT_REJECT, "not a JSON object");
	*out = TAKE(json);
	return true;
}

char *json_print(const json_t *json)
{
	return json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
}

/* One reference token, unescaped; returns what follows it, NULL when it is too long. */
static const char *next_token(const char *p, char *token)
{
	size_t len = 0;

	for (; *p && *p != '/'; p++) {
		if (len == POINTER_TOKEN_SIZE - 1)
			return NULL;
		if (*p == '~' && (p[1] == '0' || p[1] == '1'))
			token[len++] = *++p == '0' ? '~' : '/';
		else
			token[len++] = *p;
	}
	token[len] = '\0';
	return p;
}

static json_t *child(const json_t *json, const char *token)
{
	char *end;
	unsigned long index;

	if (json_is_object(json))
		return json_object_get(json, token);
	if (!json_is_array(json) || token[0] < '0' || token[0] > '9' ||
		(token[0] == '0' && token[1] != '\0'))
		return NULL;
	index = strtoul(token, &end, 10);
	return *end ? NULL : json_array_get(json, index);
}

json_t *json_at(const json_t *json, const char *pointer)
{
	char token[POINTER_TOKEN_SIZE];
	const char *p = pointer;

	while (json && *p) {
		if (*p != '/')
			return NULL;
		p = next_token(p + 1, token);
		if (!p)
			return NULL;
		json = child(json, token);
	}
	/* jansson's own look-ups take const and give what may be changed. */
	return (json_t *)(uintptr_t)json;
}

const char *json_string_at(const json_t *json, const char *pointer)
{
	return json_string_value(json_at(json, pointer));
}

const char *json_string_or(
	const json_t *json, const char *pointer, const char *otherwise)
{
	const char *string = json_string_at(json, pointer);

	return string ? string : otherwise;
}

long json_integer_or(const json_t *json, const char *pointer, long otherwise)
{
	const json_t *value = json_at(json, pointer);

	return json_is_integer(value) ? (long)json_integer_value(value) : otherwise;
}

bool json_bool_or(const json_t *json, const char *pointer, bool otherwise)
{
	const json_t *value = json_at(json, pointer);

	return json_is_boolean(value) ? json_is_true(value) : otherwise;
}
