// SPDX-License-Identifier: Apache-2.0
#include "common/source/source_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/ids.h"
#include "common/source/source_row.h"
#include "common/source/source_table.h"

enum { FILE_MAX = 1 << 20, STRING_MAX = 1024 };

void source_problem(
	struct source_reader *reader, const char *where, const char *words, ...)
{
	va_list arguments;

	text_printf(reader->problems, "/sources/%zu%s%s: ", reader->index,
		*where ? "/" : "", where);
	va_start(arguments, words);
	text_vprintf(reader->problems, words, arguments);
	va_end(arguments);
	text_add_char(reader->problems, '\n');
}

const char *source_string(struct source_reader *reader, const char *where,
	const json_t *value, size_t max)
{
	const char *text = json_string_value(value);
	bool good = text && *text && json_string_length(value) <= max;

	for (const char *p = text; good && *p; p++)
		good = (unsigned char)*p >= ' ' && *p != 0x7F;
	if (good)
		return text;
	source_problem(reader, where, "must be a string of 1 to %zu characters", max);
	return NULL;
}

/* Names that mean something else in a subject, or are a built-in row's. */
static bool is_taken(const char *name)
{
	for (const struct source *row = sources; row->name; row++)
		if (strcmp(row->name, name) == 0)
			return true;
	return strcmp(name, "custom") == 0;
}

static bool read_name(struct source_reader *reader)
{
	const json_t *value = json_object_get(reader->json, "name");
	const char *name = json_string_value(value);

	if (!name || !id_is_name(name) || strlen(name) > SOURCE_NAME_MAX)
		source_problem(reader, "name",
			"must be 1 to %d letters, digits, - and _", SOURCE_NAME_MAX);
	else if (is_taken(name))
		source_problem(
			reader, "name", "'%s' is the name of a built-in source", name);
	else
		reader->row->name = name;
	return reader->row->name != NULL;
}

static void read_body(struct source_reader *reader, const json_t *value)
{
	static const struct {
		const char *name;
		unsigned takes;
	} bodies[] = {{"json", SOURCE_JSON}, {"payload", SOURCE_PAYLOAD},
		{"form", SOURCE_FIELDS}, {"any", SOURCE_ANY}};
	const char *word = json_string_value(value);

	reader->row->takes = value ? 0 : SOURCE_JSON;
	for (size_t i = 0; word && i < countof(bodies); i++)
		if (strcmp(bodies[i].name, word) == 0)
			reader->row->takes = bodies[i].takes;
	if (reader->row->takes == 0)
		source_problem(reader, "body", "must be json, payload, form or any");
}

/* An unset variable is no secret; a source without one answers 404, as a built-in one.
 */
static void read_environment(
	struct source_reader *reader, const char *where, const char *name)
{
	static const char start[] = "TOCSIN_";
	struct setting settings[] = {{SETTING_SECRETS, NULL, "", 0, ""}, {0}};
	struct fault fault = {0};

	if (strncmp(name, start, sizeof(start) - 1) != 0 ||
		name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] ||
		strlen(name) > (size_t)SOURCE_NAME_MAX * 2) {
		source_problem(reader, where, "must be a name like TOCSIN_X_SECRET");
		return;
	}
	settings[0].key = name + sizeof(start) - 1;
	if (!settings_load(settings, &reader->row->secrets, &fault))
		source_problem(reader, where, "%s", fault.text);
}

static void read_secret(
	struct source_reader *reader, const char *where, const json_t *value)
{
	const json_t *name = json_object_get(value, "env"),
		     *path = json_object_get(value, "file");
	const char *text;
	struct fault fault = {0};

	if (json_object_size(value) != 1 || (!name && !path)) {
		source_problem(reader, where,
			"must be {\"env\": NAME} or {\"file\": PATH}; no secret "
			"stands in this file");
		return;
	}
	text = source_string(reader, where, name ? name : path, STRING_MAX);
	if (text && name)
		read_environment(reader, where, text);
	else if (text && !settings_secrets_file(&reader->row->secrets, text, &fault))
		source_problem(reader, where, "%s", fault.text);
}

static void read_secrets(struct source_reader *reader, const json_t *value)
{
	const json_t *one;
	size_t i;

	if (!json_is_array(value) || json_array_size(value) == 0) {
		source_problem(reader, "secrets", "must be a list of at least one");
		return;
	}
	json_array_foreach(value, i, one)
	{
		char where[32];

		(void)snprintf(where, sizeof(where), "secrets/%zu", i);
		read_secret(reader, where, one);
	}
}

static void read_facts(struct source_reader *reader)
{
	struct source *row = reader->row;
	const struct {
		const char *key;
		struct spot *list;
	} lists[] = {{"delivery_id", row->delivery_id}, {"kind", row->kind},
		{"text", row->text}, {"actor", row->actor}, {"session", row->session}};
	const json_t *value;

	for (size_t i = 0; i < countof(lists); i++) {
		value = json_object_get(reader->json, lists[i].key);
		if (value)
			source_read_spots(reader, lists[i].key, value, lists[i].list);
	}
	value = json_object_get(reader->json, "identifiers");
	if (value)
		source_read_identifiers(reader, "identifiers", value);
	value = json_object_get(reader->json, "headers");
	if (value)
		source_read_headers(reader, "headers", value);
}

static void read_resends(struct source_reader *reader, const json_t *value)
{
	if (value && !json_is_boolean(value))
		source_problem(reader, "resends", "must be true or false");
	reader->row->never_resends = json_is_false(value);
}

static void check_keys(struct source_reader *reader)
{
	static const char *const others[] = {"name", "description", "secrets", "body",
		"delivery_id", "kind", "text", "actor", "session", "identifiers",
		"headers", "resends", NULL};
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)reader->json, key, value)
	{
		bool known = false;

		for (const char *const *one = others; *one; one++)
			known = known || strcmp(*one, key) == 0;
		for (const char *const *one = source_scheme_keys; *one; one++)
			known = known || strcmp(*one, key) == 0;
		if (!known)
			source_problem(reader, key, "is not known here");
	}
}

bool source_file_row(
	struct source *row, const json_t *file, size_t index, struct text *problems)
{
	struct source_reader reader = {.row = row,
		.json = json_array_get(json_object_get(file, "sources"), index),
		.problems = problems,
		.index = index};

	if (!json_is_object(reader.json)) {
		source_problem(&reader, "", "must be an object");
		return false;
	}
	row->configured = true;
	row->path = "/webhooks/generic";
	source_read_scheme(&reader);
	read_body(&reader, json_object_get(reader.json, "body"));
	read_secrets(&reader, json_object_get(reader.json, "secrets"));
	read_facts(&reader);
	read_resends(&reader, json_object_get(reader.json, "resends"));
	check_keys(&reader);
	return read_name(&reader);
}

bool source_file_parse(json_t **out, const char *name, const void *bytes, size_t len,
	struct text *problems, struct fault *fault)
{
	json_error_t error;
	json_t *file AUTO(json_decref) =
		json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
	const json_t *rows = json_object_get(file, "sources");

	if (!file)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_SOURCES_FILE=%s: no JSON: %s (line %d, column %d)",
			name, error.text, error.line, error.column);
	if (!json_is_array(rows) || json_object_size(file) != 1)
		text_add(problems, "/: must be {\"sources\": [...]}\n");
	else if (json_array_size(rows) > SOURCE_TABLE_MAX)
		text_printf(problems, "/sources: more than %d\n", SOURCE_TABLE_MAX);
	else
		*out = json_incref(file);
	return problems->len == 0 ||
		fault_set(fault, FAULT_FATAL, "TOCSIN_SOURCES_FILE=%s: %.*s", name,
			(int)strcspn(text_string(problems), "\n"),
			text_string(problems));
}

bool source_file_read(
	json_t **out, const char *path, struct text *problems, struct fault *fault)
{
	struct text content AUTO(text_done) = {.limit = FILE_MAX};
	FILE *file = fopen(path, "re");
	char chunk[4096];
	size_t got;

	if (!file)
		return fault_set(fault, FAULT_FATAL, "TOCSIN_SOURCES_FILE=%s: %s", path,
			strerror(errno));
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		text_add_bytes(&content, chunk, got);
	if (ferror(file))
		content.failed = true;
	(void)fclose(file);
	if (text_failed(&content))
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_SOURCES_FILE=%s: cannot be read, or is over 1 MiB",
			path);
	return source_file_parse(
		out, path, text_string(&content), content.len, problems, fault);
}
