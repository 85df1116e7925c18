// SPDX-License-Identifier: Apache-2.0
#include "common/source/source_table.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "common/json.h"
#include "common/source/source_file.h"

/* Twice the rows and a power of two: a walk from a slot soon meets an empty one. */
enum { SLOTS = 512, NO_ROW = UINT16_MAX };
_Static_assert(SLOTS >= 2 * SOURCE_TABLE_MAX, "raise SLOTS");

struct source_table {
	atomic_long holders;
	json_t *file; /* owns the strings of its rows; NULL: there is none */
	size_t count;
	uint16_t slots[SLOTS];
	struct source rows[];
};

/* FNV-1a. Only names of the file are in the table: nobody can make it crowded. */
static size_t slot_of(const char *name)
{
	uint32_t hash = 2166136261U;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619U;
	return hash % SLOTS;
}

static void enter(struct source_table *table, size_t number)
{
	size_t slot = slot_of(table->rows[number].name);

	while (table->slots[slot] != NO_ROW)
		slot = (slot + 1) % SLOTS;
	table->slots[slot] = (uint16_t)number;
}

const struct source *source_table_find(
	const struct source_table *table, const char *name)
{
	for (size_t slot = slot_of(name); table->slots[slot] != NO_ROW;
		slot = (slot + 1) % SLOTS)
		if (strcmp(table->rows[table->slots[slot]].name, name) == 0)
			return &table->rows[table->slots[slot]];
	return NULL;
}

static void forget(struct secret_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		explicit_bzero(list->values[i], strlen(list->values[i]));
		free(list->values[i]);
	}
	*list = (struct secret_list){0};
}

void source_table_hold(struct source_table *table)
{
	atomic_fetch_add_explicit(&table->holders, 1, memory_order_relaxed);
}

void source_table_release(struct source_table *table)
{
	if (!table || atomic_fetch_sub(&table->holders, 1) > 1)
		return;
	for (size_t i = 0; i < table->count; i++)
		forget(&table->rows[i].secrets);
	json_decref(table->file);
	free(table);
}

const struct source *source_table_built_in(
	const struct source_table *table, const struct source *row)
{
	return &table->rows[row - sources];
}

size_t source_table_count(const struct source_table *table)
{
	return table->count;
}

const struct source *source_table_row(const struct source_table *table, size_t number)
{
	return &table->rows[number];
}

static void read_built_in(struct source *row, struct text *problems)
{
	const struct setting settings[] = {
		{SETTING_SECRETS, row->secret_setting, "", 0, ""}, {0}};
	struct fault fault = {0};

	if (!settings_load(settings, &row->secrets, &fault))
		text_printf(problems, "%s\n", fault.text);
}

static void check_secrets(const struct source *row, struct text *problems)
{
	const char *wanted = "1 to 256 bytes are wanted";

	if (row->rule.key == SIGNATURE_KEY_STANDARD)
		wanted = "whsec_ or whpk_ and base64 are wanted";
	else if (row->rule.proof == SIGNATURE_BASIC)
		wanted = "user:password is wanted";
	for (size_t i = 0; i < row->secrets.count; i++)
		if (!signature_secret_usable(&row->rule, row->secrets.values[i]))
			text_printf(problems, "%s%s: secret %zu cannot be a key (%s)\n",
				row->secret_setting ? "TOCSIN_" : "",
				row->secret_setting ? row->secret_setting : row->name,
				i + 1, wanted);
}

static struct source_table *table_new(size_t configured)
{
	struct source_table *table = calloc(1,
		sizeof(*table) +
			(SOURCES_BUILT_IN + configured) * sizeof(struct source));

	if (!table)
		return NULL;
	atomic_init(&table->holders, 1);
	table->count = SOURCES_BUILT_IN;
	memcpy(table->rows, sources, SOURCES_BUILT_IN * sizeof(struct source));
	memset(table->slots, 0xFF, sizeof(table->slots));
	return table;
}

static void fill(struct source_table *table, size_t configured, struct text *problems)
{
	for (size_t i = 0; i < SOURCES_BUILT_IN; i++)
		read_built_in(&table->rows[i], problems);
	for (size_t i = 0; i < configured; i++) {
		struct source *row = &table->rows[SOURCES_BUILT_IN + i];

		table->count++;
		if (!source_file_row(row, table->file, i, problems))
			continue;
		if (source_table_find(table, row->name))
			text_printf(problems,
				"/sources/%zu/name: '%s' is there twice\n", i,
				row->name);
		enter(table, SOURCES_BUILT_IN + i);
	}
	for (size_t i = 0; i < table->count; i++) {
		table->rows[i].table = table;
		table->rows[i].number = i;
		check_secrets(&table->rows[i], problems);
	}
}

/* The first of the problems, for a line; all of them are the caller's to show. */
static bool wrong(const char *path, const struct text *problems, struct fault *fault)
{
	const char *lines = text_string(problems);

	const int first = (int)strcspn(lines, "\n");

	if (!*path)
		return fault_set(fault, FAULT_FATAL, "%.*s", first, lines);
	return fault_set(
		fault, FAULT_FATAL, "TOCSIN_SOURCES_FILE=%s: %.*s", path, first, lines);
}

bool source_table_load(struct source_table **out, const char *path,
	struct text *problems, struct fault *fault)
{
	struct source_table *table AUTO(source_table_release) = NULL;
	json_t *file AUTO(json_decref) = NULL;
	size_t configured;

	if (*path && !source_file_read(&file, path, problems, fault))
		return false;
	configured = json_array_size(json_object_get(file, "sources"));
	table = table_new(configured);
	if (!table)
		return fault_set(fault, FAULT_FATAL, "no memory for the sources");
	table->file = TAKE(file);
	fill(table, configured, problems);
	if (text_failed(problems) || problems->len > 0)
		return wrong(path, problems, fault);
	*out = TAKE(table);
	return true;
}
