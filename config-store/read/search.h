// SPDX-License-Identifier: Apache-2.0
// Searches of the audit trail by text: no index serves them, so each reads all that its
// other filters leave. They get less time than other statements, and at most half of the
// HTTP threads at once, whether they fill a list or a page of an export.
#pragma once

#include "common/db.h"
#include "config-store/store.h"

/* False when as many are under way as may; otherwise search_end() must follow. */
NODISCARD bool search_begin(struct store *store);
void search_end(struct store *store);

/* The RETRY for who did not get a turn. Always false. */
bool search_busy(struct fault *fault);

/* As db_query(), within the time of a search; rolls back the transaction it needs. */
NODISCARD bool search_query(PGresult **out, struct db *db, const char *sql,
	const char *const *values, int count, struct fault *fault);
