// SPDX-License-Identifier: Apache-2.0
#include "common/db.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/metrics.h"

static struct metric round_trips_total = {.type = METRIC_COUNTER,
	.name = "tocsin_db_round_trips_total",
	.help = "Questions to PostgreSQL, each of which waited for its answer"};

enum { STATEMENTS_MAX = 256, NAME_SIZE = 16, TIMEOUT_MS = 10000, SQLSTATE_SIZE = 6 };

struct db {
	PGconn *connection;
	char *url;
	long timeout_ms;
	bool in_transaction;
	char sqlstate[SQLSTATE_SIZE];
	const char *statements[STATEMENTS_MAX]; /* prepared as "s<index>" */
	size_t statement_count;
};

DEFINE_AUTO(PQconninfoOption, PQconninfoFree)

static void drop_notice(void *context, const PGresult *notice)
{
	(void)context;
	(void)notice;
}

static void disconnect(struct db *db)
{
	PQfinish(db->connection);
	db->connection = NULL;
	db->statement_count = 0;
}

bool db_open(struct db **out, const char *url, long timeout_ms, struct fault *fault)
{
	PQconninfoOption *options AUTO(PQconninfoFree) = PQconninfoParse(url, NULL);
	struct db *db AUTO(db_close) = NULL;

	/* libpq's words would show the URL, and with it the password. */
	if (!options)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_DATABASE_URL cannot be read; write "
			"postgresql://user:password@host:5432/database");
	db = calloc(1, sizeof(*db));
	if (!db || !(db->url = strdup(url)))
		return fault_set(
			fault, FAULT_RETRY, "no memory for a database connection");
	db->timeout_ms = timeout_ms > 0 ? timeout_ms : TIMEOUT_MS;
	*out = TAKE(db);
	return true;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	disconnect(db);
	free(db->url);
	free(db);
}

/* The first line of what libpq says. */
static bool libpq_fault(
	struct fault *fault, enum fault_kind kind, const char *what, const char *words)
{
	return fault_set(
		fault, kind, "%s: %.*s", what, (int)strcspn(words, "\n"), words);
}

/* What of SQLSTATE may go away by itself; classes have two characters. */
static bool is_passing(const char *sqlstate)
{
	static const char *const passing[] = {"08", "40001", "40P01", "53", "55P03",
		"57", "58", "25006", "26000", "0A000"};

	for (size_t i = 0; i < countof(passing); i++)
		if (strncmp(sqlstate, passing[i], strlen(passing[i])) == 0)
			return true;
	return *sqlstate == '\0';
}

/* A standby after a failover, or statements that another has changed: start afresh. */
static bool needs_new_connection(const char *sqlstate)
{
	static const char *const states[] = {"25006", "26000", "0A000", "57P"};

	for (size_t i = 0; i < countof(states); i++)
		if (strncmp(sqlstate, states[i], strlen(states[i])) == 0)
			return true;
	return false;
}

static bool failed(struct db *db, const PGresult *rows, struct fault *fault)
{
	const char *sqlstate = rows ? PQresultErrorField(rows, PG_DIAG_SQLSTATE) : NULL;
	const char *words =
		rows ? PQresultErrorField(rows, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	(void)snprintf(
		db->sqlstate, sizeof(db->sqlstate), "%s", sqlstate ? sqlstate : "");
	(void)libpq_fault(fault, is_passing(db->sqlstate) ? FAULT_RETRY : FAULT_REJECT,
		"database", words ? words : PQerrorMessage(db->connection));
	if (PQstatus(db->connection) != CONNECTION_OK ||
		needs_new_connection(db->sqlstate))
		disconnect(db);
	return false;
}

static bool is_good(const PGresult *rows)
{
	ExecStatusType status = PQresultStatus(rows);

	return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK ||
		status == PGRES_EMPTY_QUERY;
}

static bool run(struct db *db, const char *sql, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = PQexec(db->connection, sql);

	metric_count(&round_trips_total);
	return is_good(rows) || failed(db, rows, fault);
}

static bool connect_now(struct db *db, struct fault *fault)
{
	char tcp_timeout[24], setup[160];
	const char *const names[] = {"dbname", "connect_timeout", "keepalives_idle",
		"tcp_user_timeout", "client_encoding", "fallback_application_name",
		NULL};
	const char *const values[] = {
		db->url, "5", "30", tcp_timeout, "UTF8", "tocsin", NULL};

	(void)snprintf(tcp_timeout, sizeof(tcp_timeout), "%ld", db->timeout_ms + 5000);
	disconnect(db);
	db->connection = PQconnectdbParams(names, values, 1);
	if (PQstatus(db->connection) != CONNECTION_OK) {
		db->sqlstate[0] = '\0';
		(void)libpq_fault(
			fault, FAULT_RETRY, "database", PQerrorMessage(db->connection));
		disconnect(db);
		return false;
	}
	(void)PQsetNoticeReceiver(db->connection, drop_notice, NULL);
	(void)snprintf(setup, sizeof(setup),
		"SET statement_timeout = %ld; SET timezone = 'UTC';"
		"SET idle_in_transaction_session_timeout = '60s'",
		db->timeout_ms);
	return run(db, setup, fault);
}

/*
 * A server that went away while nobody asked has left an end of file to read: seeing it
 * before the next statement spares that statement.
 */
static bool is_alive(struct db *db)
{
	struct pollfd fd = {.fd = PQsocket(db->connection), .events = POLLIN};

	if (PQstatus(db->connection) != CONNECTION_OK)
		return false;
	/* Its parting words come before the end of file. */
	for (int i = 0; i < 4 && poll(&fd, 1, 0) > 0; i++)
		if (!PQconsumeInput(db->connection))
			return false;
	return true;
}

static bool ready(struct db *db, struct fault *fault)
{
	if (db->in_transaction)
		return db->connection ||
			fault_set(fault, FAULT_RETRY,
				"database: the connection was lost in a transaction");
	return (db->connection && is_alive(db)) || connect_now(db, fault);
}

bool db_connection(PGconn **out, struct db *db, struct fault *fault)
{
	if (!ready(db, fault))
		return false;
	*out = db->connection;
	return true;
}

/* Sets `name` to the prepared statement's, or to "" when the table is full. */
static bool prepare(
	struct db *db, const char *sql, int count, char *name, struct fault *fault)
{
	size_t i = 0;

	while (i < db->statement_count && db->statements[i] != sql)
		i++;
	name[0] = '\0';
	if (i == STATEMENTS_MAX)
		return true;
	(void)snprintf(name, NAME_SIZE, "s%zu", i);
	if (i == db->statement_count) {
		PGresult *rows AUTO(PQclear) =
			PQprepare(db->connection, name, sql, count, NULL);

		metric_count(&round_trips_total);
		if (!is_good(rows))
			return failed(db, rows, fault);
		db->statements[db->statement_count++] = sql;
	}
	return true;
}

bool db_query(PGresult **out, struct db *db, const char *sql, const char *const *values,
	int count, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	char name[NAME_SIZE];

	if (!ready(db, fault) || !prepare(db, sql, count, name, fault))
		return false;
	rows = *name
		? PQexecPrepared(db->connection, name, count, values, NULL, NULL, 0)
		: PQexecParams(db->connection, sql, count, NULL, values, NULL, NULL, 0);
	metric_count(&round_trips_total);
	if (!is_good(rows))
		return failed(db, rows, fault);
	db->sqlstate[0] = '\0';
	*out = TAKE(rows);
	return true;
}

bool db_execute(struct db *db, const char *sql, const char *const *values, int count,
	long *affected, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, db, sql, values, count, fault))
		return false;
	if (affected)
		*affected = strtol(PQcmdTuples(rows), NULL, 10);
	return true;
}

const char *db_sqlstate(const struct db *db)
{
	return db->sqlstate;
}

bool db_begin(struct db *db, struct fault *fault)
{
	if (!ready(db, fault) || !run(db, "BEGIN", fault))
		return false;
	db->in_transaction = true;
	return true;
}

bool db_commit(struct db *db, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!ready(db, fault))
		return false;
	rows = PQexec(db->connection, "COMMIT");
	metric_count(&round_trips_total);
	if (!is_good(rows))
		return failed(db, rows, fault);
	db->in_transaction = false;
	/* PostgreSQL answers a COMMIT of a failed transaction with success. */
	return strcmp(PQcmdStatus(rows), "COMMIT") == 0 ||
		fault_set(fault, FAULT_RETRY,
			"database: the transaction had failed and was rolled back");
}

void db_rollback(struct db *db)
{
	struct fault fault = {0};

	if (!db->in_transaction)
		return;
	db->in_transaction = false;
	if (db->connection && !run(db, "ROLLBACK", &fault))
		disconnect(db);
}

const char *db_value(const PGresult *rows, int row, int column)
{
	return PQgetisnull(rows, row, column) ? NULL : PQgetvalue(rows, row, column);
}

int64_t db_integer(const PGresult *rows, int row, int column)
{
	const char *value = db_value(rows, row, column);

	return value ? strtoll(value, NULL, 10) : 0;
}

bool db_bool(const PGresult *rows, int row, int column)
{
	const char *value = db_value(rows, row, column);

	return value && *value == 't';
}
