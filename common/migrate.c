// SPDX-License-Identifier: Apache-2.0
#include "common/migrate.h"

#include <string.h>

#include "common/log.h"

/* Waiting for another process to migrate, and the migrations, may take so long. */
static const char patience[] = "SET LOCAL statement_timeout = '15min'";

static bool run(struct db *db, const char *what, const char *sql, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	PGconn *connection;
	const char *words;

	if (!db_connection(&connection, db, fault))
		return false;
	rows = PQexec(connection, sql);
	if (PQresultStatus(rows) == PGRES_COMMAND_OK ||
		PQresultStatus(rows) == PGRES_TUPLES_OK)
		return true;
	words = PQerrorMessage(connection);
	return fault_set(fault,
		PQstatus(connection) == CONNECTION_OK ? FAULT_FATAL : FAULT_RETRY,
		"migration %s: %.*s", what, (int)strcspn(words, "\n"), words);
}

static bool lock(struct db *db, const char *schema, struct fault *fault)
{
	char sql[512];

	/* Schema names are words in our own code. */
	(void)snprintf(sql, sizeof(sql),
		"SELECT pg_advisory_xact_lock(hashtextextended('tocsin migrate %s', "
		"0));"
		"CREATE SCHEMA IF NOT EXISTS %s;"
		"CREATE TABLE IF NOT EXISTS %s.migration ("
		"name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
		schema, schema, schema);
	return run(db, "lock", patience, fault) && run(db, schema, sql, fault);
}

static bool is_known(const char *name, const struct migration *migrations)
{
	for (const struct migration *one = migrations; one->name; one++)
		if (strcmp(one->name, name) == 0)
			return true;
	return false;
}

static bool is_applied(const char *name, const PGresult *rows)
{
	for (int i = 0; i < PQntuples(rows); i++)
		if (strcmp(db_value(rows, i, 0), name) == 0)
			return true;
	return false;
}

static bool applied(
	PGresult **out, struct db *db, const char *schema, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	PGconn *connection;
	char sql[160];

	(void)snprintf(sql, sizeof(sql), "SELECT name FROM %s.migration ORDER BY name",
		schema);
	if (!db_connection(&connection, db, fault))
		return false;
	rows = PQexec(connection, sql);
	if (PQresultStatus(rows) != PGRES_TUPLES_OK)
		return fault_set(fault, FAULT_RETRY, "schema %s: its migrations: %s",
			schema, PQerrorMessage(connection));
	*out = TAKE(rows);
	return true;
}

static bool apply(struct db *db, const char *schema, const struct migration *migration,
	struct fault *fault)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql),
		"INSERT INTO %s.migration (name) VALUES ('%s')", schema,
		migration->name);
	if (!run(db, migration->name, migration->sql, fault) ||
		!run(db, migration->name, sql, fault))
		return false;
	log_line(LOG_INFO, "migrated", "schema=%s migration=%s", schema,
		migration->name);
	return true;
}

static bool apply_missing(struct db *db, const char *schema,
	const struct migration *migrations, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!lock(db, schema, fault) || !applied(&rows, db, schema, fault))
		return false;
	for (int i = 0; i < PQntuples(rows); i++)
		if (!is_known(db_value(rows, i, 0), migrations))
			return fault_set(fault, FAULT_FATAL,
				"schema %s has the migration %s, which this program "
				"does not know: the database is newer; run that "
				"version",
				schema, db_value(rows, i, 0));
	for (const struct migration *one = migrations; one->name; one++)
		if (!is_applied(one->name, rows) && !apply(db, schema, one, fault))
			return false;
	return true;
}

bool migrate(struct db *db, const char *schema, const struct migration *migrations,
	struct fault *fault)
{
	if (!db_begin(db, fault))
		return false;
	if (apply_missing(db, schema, migrations, fault) && db_commit(db, fault))
		return true;
	db_rollback(db);
	return false;
}
