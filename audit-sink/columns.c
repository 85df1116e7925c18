// SPDX-License-Identifier: Apache-2.0
#include "audit-sink/columns.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void columns_done(struct columns *columns)
{
	for (size_t i = 0; i < COLUMNS_MAX; i++)
		text_done(&columns->arrays[i]);
}

static void add_quoted(struct text *array, const char *value)
{
	text_add_char(array, '"');
	for (size_t len; *value; value += len) {
		len = strcspn(value, "\"\\");
		text_add_bytes(array, value, len);
		if (value[len]) {
			text_add_char(array, '\\');
			text_add_char(array, value[len++]);
		}
	}
	text_add_char(array, '"');
}

static void add_value(struct text *array, const char *value)
{
	if (array->len > 1)
		text_add_char(array, ',');
	if (value)
		add_quoted(array, value);
	else
		text_add(array, "NULL");
}

static void add_row(struct columns *columns, const struct row *row)
{
	struct text *arrays = columns->arrays;
	char number[ROW_NUMBER_SIZE];

	(void)snprintf(number, sizeof(number), "%d", row->epoch);
	add_value(&arrays[0], number);
	(void)snprintf(number, sizeof(number), "%" PRIu64, row->sequence);
	add_value(&arrays[1], number);
	(void)snprintf(number, sizeof(number), "%" PRId64, row->stored_at_us);
	add_value(&arrays[2], number);
	for (size_t i = 0; i < row->count; i++)
		add_value(&arrays[COLUMNS_FIXED + i], row->values[i]);
}

bool columns_fill(struct columns *columns, const struct row *rows, size_t count,
	size_t values, struct fault *fault)
{
	columns->count = COLUMNS_FIXED + values;
	for (size_t i = 0; i < columns->count; i++) {
		text_clear(&columns->arrays[i]);
		text_add_char(&columns->arrays[i], '{');
	}
	for (size_t i = 0; i < count; i++) {
		assert(rows[i].count == values);
		add_row(columns, &rows[i]);
	}
	for (size_t i = 0; i < columns->count; i++) {
		text_add_char(&columns->arrays[i], '}');
		if (!text_failed(&columns->arrays[i]))
			continue;
		text_done(&columns->arrays[i]);
		return fault_set(
			fault, FAULT_RETRY, "no memory for a batch of %zu rows", count);
	}
	return true;
}

const char *columns_array(const struct columns *columns, size_t index)
{
	assert(index < columns->count);
	return text_string(&columns->arrays[index]);
}
