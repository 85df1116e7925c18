// SPDX-License-Identifier: Apache-2.0
#include "audit-sink/row.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

void row_done(struct row *row)
{
	if (row->message)
		row->message_free(row->message);
	*row = (struct row){0};
}

void row_add(struct row *row, const char *value)
{
	assert(row->count < ROW_VALUES);
	row->values[row->count++] = value;
}

void row_add_number(struct row *row, int64_t number)
{
	char *out;

	assert(row->numbers_used < ROW_NUMBERS);
	out = row->numbers[row->numbers_used++];
	(void)snprintf(out, ROW_NUMBER_SIZE, "%" PRId64, number);
	row_add(row, out);
}
