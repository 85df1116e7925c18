// SPDX-License-Identifier: Apache-2.0
// PostgreSQL: one connection of one thread, prepared statements, transactions, retries.
#pragma once

#include <libpq-fe.h>
#include <stdint.h>

#include "common/fault.h"

DEFINE_AUTO(PGresult, PQclear)

struct db;

/*
 * Opens a connection for one thread. It connects on first use and again whenever it was
 * lost, so a database that is down is a RETRY of the call, not of the open. Every
 * statement is cut off by the server after `timeout_ms` (0: 10 s).
 */
NODISCARD bool db_open(
	struct db **out, const char *url, long timeout_ms, struct fault *fault);
void db_close(struct db *db);
DEFINE_AUTO(struct db, db_close)

/* For COPY, LISTEN and the like; RETRY when the database cannot be reached. */
NODISCARD bool db_connection(PGconn **out, struct db *db, struct fault *fault);

/*
 * Runs `sql` (a string literal: it is prepared once per connection, keyed by its
 * address) with text parameters, NULL for SQL NULL. The caller clears *out. Faults:
 * RETRY for lost connections, timeouts, serialisation failures and full disks; REJECT
 * for the rest, with PostgreSQL's words. db_sqlstate() tells more.
 */
NODISCARD bool db_query(PGresult **out, struct db *db, const char *sql,
	const char *const *values, int count, struct fault *fault);

/* The same where no rows are wanted. `affected` may be NULL. */
NODISCARD bool db_execute(struct db *db, const char *sql, const char *const *values,
	int count, long *affected, struct fault *fault);

/* db_query(&rows, db, sql, DB_VALUES(a, b), fault) */
#define DB_VALUES(...)                        \
	((const char *const[]){__VA_ARGS__}), \
		(int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* SQLSTATE of the last failure, "" when none: "23505" is unique_violation. */
const char *db_sqlstate(const struct db *db);

NODISCARD bool db_begin(struct db *db, struct fault *fault);
NODISCARD bool db_commit(struct db *db, struct fault *fault);

/* Does nothing outside a transaction; a connection that cannot roll back is dropped. */
void db_rollback(struct db *db);

/* The value at (row, column), borrowed from `rows`, or NULL for SQL NULL. */
const char *db_value(const PGresult *rows, int row, int column);
int64_t db_integer(const PGresult *rows, int row, int column);
bool db_bool(const PGresult *rows, int row, int column);
