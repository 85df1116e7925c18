// SPDX-License-Identifier: Apache-2.0
// Lists without an end, as CSV or NDJSON. An export is made of pages, like a list that
// is read page after page: each is one statement, so it holds no transaction, no
// connection and no thread while its client reads, and one page of memory. How many there
// may be is export_slots.h's, how long one may go on export_guard.h's.
#pragma once

#include "config-store/read/read.h"

enum { EXPORT_VALUES_MAX = 20 };

/*
 * What is exported. Both statements take the same values: the filters, then the parts of
 * the cursor, then the limit; and give rows newest first.
 */
struct export_kind {
	const char *name;           /* of the file: "audit" */
	const char *const *columns; /* of the CSV, ended by NULL */
	const char *csv_sql;        /* gives those columns, then the cursor's parts */
	const char *json_sql;       /* gives one JSON text, then the cursor's parts */
	int cursor_parts;
};

struct export_filters {
	const char *const *values; /* copied */
	int count;
	bool searches; /* by text: held to what search.h allows */
};

/*
 * Answers with all of it. Which form is the request's format=. 429 or 503 when as many are
 * under way as may.
 */
void export_answer(struct http_request *request, const struct export_kind *kind,
	const struct export_filters *filters);
