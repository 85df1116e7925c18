// SPDX-License-Identifier: Apache-2.0
// Text for people: aligned columns, and nothing from outside that could steer a
// terminal.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "common/text.h"

enum { TABLE_COLUMNS_MAX = 8 };

struct table_column {
	const char *title; /* NULL ends the list */
	size_t most;       /* wider cells are cut; 0: never */
	bool right;        /* numbers */
};

struct table {
	const struct table_column *columns;
	size_t column_count;
	char **cells; /* row after row; owned */
	size_t count, size;
	bool failed; /* no memory */
};

/* `columns` must outlive the table. */
void table_init(struct table *table, const struct table_column *columns);
void table_done(struct table *table);
DEFINE_AUTO_DONE(struct table, table_done)

/* The next cell, row after row; copied, made fit to print on one line. NULL is "". */
void table_add(struct table *table, const char *value);
void table_printf(struct table *table, const char *words, ...) PRINTF_LIKE(2, 3);

/* False when memory ran out on the way. */
NODISCARD bool table_print(
	const struct table *table, FILE *out, const char *indent, bool bold);

/*
 * Appends `value` without control characters and broken UTF-8, which become "?";
 * newlines and tabs become spaces, or stay when `lines` is set.
 */
void table_clean(struct text *out, const char *value, bool lines);
