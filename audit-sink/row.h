// SPDX-License-Identifier: Apache-2.0
// One message on its way to becoming one row: values as text in the order of the
// table's statement, with the memory they stand in.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"
#include "common/ids.h"

enum { ROW_VALUES = 15, ROW_NUMBERS = 4, ROW_NUMBER_SIZE = 24 };

/* A message as the parsers see it. All borrowed; headers are "" when absent. */
struct row_message {
	const char *subject;
	const void *data;
	size_t len;
	int64_t stored_at_us;
	const char *message_id, *ce_id, *ce_time, *trace;
};

struct job;

/* Zero-initialise; row_done() frees what a parser left in it. */
struct row {
	struct job *job; /* whose it is; not touched here */
	uint64_t sequence;
	int64_t stored_at_us;
	int epoch;

	const char *values[ROW_VALUES]; /* NULL: SQL NULL */
	size_t count;
	char numbers[ROW_NUMBERS][ROW_NUMBER_SIZE];
	size_t numbers_used;
	char event_id[UUID_SIZE];
	char source[64];
	void *message; /* what the values point into, or NULL */
	void (*message_free)(void *message);
};

void row_done(struct row *row);

/* Append the next value. Text must live as long as the row. */
void row_add(struct row *row, const char *value);
void row_add_number(struct row *row, int64_t number);

/* Fills a zeroed row. REJECT for what cannot become one; the row is freed by
 * row_done(). */
typedef bool (*row_parser)(
	struct row *row, const struct row_message *message, struct fault *fault);
