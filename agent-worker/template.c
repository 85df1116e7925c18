// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/template.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "common/json.h"

enum { PATH_SIZE = 256, FILL_DEPTH_MAX = 32 };

/* The value of "a.b.c", spaces around it allowed. Borrowed, NULL: nothing there. */
static const json_t *look_up(const json_t *scope, const char *path, size_t len)
{
	char token[PATH_SIZE];
	size_t used = 0;

	while (len > 0 && isspace((unsigned char)path[0]))
		path++, len--;
	while (len > 0 && isspace((unsigned char)path[len - 1]))
		len--;
	for (size_t i = 0; scope && i <= len; i++) {
		if (i < len && path[i] != '.') {
			if (used == PATH_SIZE - 1)
				return NULL;
			token[used++] = path[i];
			continue;
		}
		token[used] = '\0';
		used = 0;
		if (json_is_array(scope) && isdigit((unsigned char)token[0]))
			scope = json_array_get(scope, strtoul(token, NULL, 10));
		else
			scope = json_object_get(scope, token);
	}
	return scope;
}

static void add_value(struct text *out, const json_t *value)
{
	char *printed AUTO(free) = NULL;

	if (!value || json_is_null(value))
		return;
	if (json_is_string(value)) {
		text_add_bytes(
			out, json_string_value(value), json_string_length(value));
		return;
	}
	printed = json_print(value);
	if (printed)
		text_add(out, printed);
	else
		out->failed = true;
}

void template_fill(struct text *out, const char *source, const json_t *scope)
{
	for (;;) {
		const char *open = strstr(source, "{{");
		const char *close = open ? strstr(open + 2, "}}") : NULL;

		if (!close) {
			text_add(out, source);
			return;
		}
		text_add_bytes(out, source, (size_t)(open - source));
		add_value(out, look_up(scope, open + 2, (size_t)(close - open - 2)));
		source = close + 2;
	}
}

static bool is_slot_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* The length of the name when `p` is at "{name}", else 0. */
static size_t slot_len(const char *p)
{
	size_t len = 0;

	if (*p != '{')
		return 0;
	while (is_slot_char(p[1 + len]))
		len++;
	return p[1 + len] == '}' ? len : 0;
}

static const json_t *argument(const json_t *arguments, const char *name, size_t len)
{
	char key[PATH_SIZE];

	if (len >= PATH_SIZE)
		return NULL;
	memcpy(key, name, len);
	key[len] = '\0';
	return json_object_get(arguments, key);
}

static void add_encoded(
	struct text *out, const char *bytes, size_t len, enum slot_encoding encoding)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (encoding == SLOT_HEADER && iscntrl(c))
			text_add_char(out, ' ');
		else if (encoding == SLOT_HEADER || isalnum(c) || strchr("-._~", c))
			text_add_char(out, (char)c);
		else
			text_printf(out, "%%%02X", c);
	}
}

void slot_fill(struct text *out, const char *source, const json_t *arguments,
	enum slot_encoding encoding)
{
	while (*source) {
		struct text value AUTO(text_done) = {0};
		size_t len = slot_len(source);

		if (len == 0) {
			text_add_char(out, *source++);
			continue;
		}
		add_value(&value, argument(arguments, source + 1, len));
		if (encoding == SLOT_PLAIN)
			text_add_bytes(out, text_string(&value), value.len);
		else
			add_encoded(out, text_string(&value), value.len, encoding);
		out->failed |= value.failed;
		source += len + 2;
	}
}

static json_t *fill_string(const char *source, const json_t *scope, bool slots)
{
	struct text filled AUTO(text_done) = {0};
	size_t len = slots ? slot_len(source) : 0;

	if (len > 0 && source[len + 2] == '\0') {
		const json_t *value = argument(scope, source + 1, len);

		return value ? json_deep_copy(value) : json_null();
	}
	if (slots)
		slot_fill(&filled, source, scope, SLOT_PLAIN);
	else
		template_fill(&filled, source, scope);
	if (text_failed(&filled))
		return NULL;
	return json_stringn(text_string(&filled), filled.len);
}

static json_t *fill(const json_t *value, const json_t *scope, bool slots, int depth)
{
	json_t *copy AUTO(json_decref) = NULL;
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_string(value))
		return fill_string(json_string_value(value), scope, slots);
	if (depth > FILL_DEPTH_MAX || !(json_is_object(value) || json_is_array(value)))
		return json_deep_copy(value);
	copy = json_is_object(value) ? json_object() : json_array();
	/* jansson's loops want what they may change; they change nothing. */
	json_t *source = (json_t *)(uintptr_t)value;
	if (json_is_array(value)) {
		json_array_foreach(
			source, i, item) if (json_array_append_new(copy,
						     fill(item, scope, slots,
							     depth + 1))) return NULL;
		return TAKE(copy);
	}
	json_object_foreach(source, key,
		item) if (json_object_set_new(copy, key,
				  fill(item, scope, slots, depth + 1))) return NULL;
	return TAKE(copy);
}

json_t *template_fill_json(const json_t *value, const json_t *scope)
{
	return fill(value, scope, false, 0);
}

json_t *slot_fill_json(const json_t *value, const json_t *arguments)
{
	return fill(value, arguments, true, 0);
}
