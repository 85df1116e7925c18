// SPDX-License-Identifier: Apache-2.0
#include "cli/table.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

enum { GAP = 2, MORE_LEN = 3 };
static const char more[] = "…";

/* The bytes of the well-formed sequence at `at`; 0 when there is none. */
static size_t sequence_len(const char *at)
{
	for (size_t len = 1; len <= 4 && (len == 1 || at[len - 1]); len++)
		if (text_is_utf8(at, len))
			return len;
	return 0;
}

/* C0, DEL, C1, and what reorders or hides text: U+200B-200F, 202A-202E, 2066-2069. */
static bool steers(const char *at, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)at;

	if (len == 1)
		return bytes[0] < 0x20 || bytes[0] == 0x7f;
	if (len == 2)
		return bytes[0] == 0xc2 && bytes[1] < 0xa0;
	if (len != 3 || bytes[0] != 0xe2)
		return false;
	return (bytes[1] == 0x80 &&
		       ((bytes[2] >= 0x8b && bytes[2] <= 0x8f) ||
			       (bytes[2] >= 0xa8 && bytes[2] <= 0xae))) ||
		(bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9);
}

void table_clean(struct text *out, const char *value, bool lines)
{
	while (*value) {
		size_t len = sequence_len(value);
		bool space = *value == '\n' || *value == '\t';

		if (space)
			text_add_char(out, (char)(lines ? *value : ' '));
		else if (len == 0 || steers(value, len))
			text_add_char(out, '?');
		else
			text_add_bytes(out, value, len);
		value += len ? len : 1;
	}
}

void table_init(struct table *table, const struct table_column *columns)
{
	*table = (struct table){.columns = columns};
	while (columns[table->column_count].title)
		table->column_count++;
	assert(table->column_count <= TABLE_COLUMNS_MAX);
}

void table_done(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
}

/* Characters, which is columns for what is not wide. */
static size_t width(const char *value)
{
	size_t characters = 0;

	for (; *value; value++)
		characters += ((unsigned char)*value & 0xc0) != 0x80;
	return characters;
}

/* Cuts to `most` characters, the last of which says that there is more. */
static void cut(char *value, size_t most)
{
	size_t characters = 0;

	if (most == 0 || width(value) <= most)
		return;
	for (; *value; value++) {
		characters += ((unsigned char)*value & 0xc0) != 0x80;
		if (characters == most)
			break;
	}
	/* The cell was allocated with room for it. */
	memcpy(value, more, sizeof(more));
}

static void keep(struct table *table, char *cell)
{
	if (table->count == table->size) {
		size_t size = table->size ? 2 * table->size : 64;
		char **cells = realloc(table->cells, size * sizeof(*cells));

		if (!cells) {
			table->failed = true;
			free(cell);
			return;
		}
		table->cells = cells;
		table->size = size;
	}
	table->cells[table->count++] = cell;
}

void table_add(struct table *table, const char *value)
{
	const struct table_column *column =
		&table->columns[table->count % table->column_count];
	struct text clean AUTO(text_done) = {0};
	size_t len;
	char *cell;

	table_clean(&clean, value ? value : "", false);
	len = clean.len;
	for (int i = 0; i < MORE_LEN; i++)
		text_add_char(&clean, ' ');
	cell = text_take(&clean);
	if (!cell) {
		table->failed = true;
		return;
	}
	cell[len] = '\0';
	cut(cell, column->most);
	keep(table, cell);
}

void table_printf(struct table *table, const char *words, ...)
{
	struct text value AUTO(text_done) = {0};
	va_list arguments;

	va_start(arguments, words);
	text_vprintf(&value, words, arguments);
	va_end(arguments);
	table_add(table, text_string(&value));
}

static void print_row(const struct table *table, FILE *out, const char *const *cells,
	const size_t *widths)
{
	for (size_t i = 0; i < table->column_count; i++) {
		bool last = i + 1 == table->column_count;
		int space = (int)(widths[i] - width(cells[i]));

		if (table->columns[i].right)
			(void)fprintf(out, "%*s%s", space, "", cells[i]);
		else
			(void)fprintf(out, "%s%*s", cells[i], last ? 0 : space, "");
		(void)fprintf(out, "%*s", last ? 0 : GAP, "");
	}
	(void)fputc('\n', out);
}

bool table_print(const struct table *table, FILE *out, const char *indent, bool bold)
{
	const char *titles[TABLE_COLUMNS_MAX];
	size_t widths[TABLE_COLUMNS_MAX];

	if (table->failed)
		return false;
	assert(table->count % table->column_count == 0);
	for (size_t i = 0; i < table->column_count; i++) {
		titles[i] = table->columns[i].title;
		widths[i] = width(titles[i]);
	}
	for (size_t i = 0; i < table->count; i++) {
		size_t *widest = &widths[i % table->column_count];
		size_t wide = width(table->cells[i]);

		*widest = wide > *widest ? wide : *widest;
	}
	(void)fprintf(out, "%s%s", indent, bold ? "\033[1m" : "");
	print_row(table, out, titles, widths);
	(void)fputs(bold ? "\033[0m" : "", out);
	for (size_t i = 0; i < table->count; i += table->column_count) {
		(void)fputs(indent, out);
		print_row(table, out, (const char *const *)&table->cells[i], widths);
	}
	return true;
}
