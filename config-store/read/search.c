// SPDX-License-Identifier: Apache-2.0
#include "config-store/read/search.h"

bool search_begin(struct store *store)
{
	long most = store->config->http_threads / 2;

	if (atomic_fetch_add(&store->searches, 1) < (most > 1 ? most : 1))
		return true;
	search_end(store);
	return false;
}

void search_end(struct store *store)
{
	atomic_fetch_sub(&store->searches, 1);
}

bool search_busy(struct fault *fault)
{
	return fault_set(fault, FAULT_RETRY, "as many searches as may are under way");
}

bool search_query(PGresult **out, struct db *db, const char *sql,
	const char *const *values, int count, struct fault *fault)
{
	static const char limit_sql[] =
		"SELECT set_config('statement_timeout', '5s', true)";
	bool done = db_begin(db, fault) &&
		db_execute(db, limit_sql, NULL, 0, NULL, fault) &&
		db_query(out, db, sql, values, count, fault);

	/* It has only read. */
	db_rollback(db);
	return done;
}
