// SPDX-License-Identifier: Apache-2.0
// Rows turned on their side: one PostgreSQL array literal per column, so that a batch
// is one statement with a fixed number of parameters, whatever its size.
#pragma once

#include "audit-sink/row.h"
#include "common/text.h"

/* Before the values of a row stand its epoch, sequence and stored time. */
enum { COLUMNS_FIXED = 3, COLUMNS_MAX = COLUMNS_FIXED + ROW_VALUES };

/* Zero-initialise; kept from batch to batch for its memory. */
struct columns {
	struct text arrays[COLUMNS_MAX];
	size_t count;
};

void columns_done(struct columns *columns);

/* Replaces the content by `count` rows of `values` values each. RETRY without memory.
 */
NODISCARD bool columns_fill(struct columns *columns, const struct row *rows,
	size_t count, size_t values, struct fault *fault);

/* Text `{"a","b",NULL}` of one column. */
const char *columns_array(const struct columns *columns, size_t index);
