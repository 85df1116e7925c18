// SPDX-License-Identifier: Apache-2.0
#include "tests/support/postgres.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/auto.h"
#include "common/clock.h"
#include "common/db.h"
#include "common/text.h"
#include "tests/support/place.h"
#include "tests/support/process.h"

enum { START_MS = 30000, STOP_MS = 10000 };

DEFINE_AUTO(PGconn, PQfinish)

static struct process server;

/* Debian keeps the server's programs out of PATH. */
static const char *const places[] = {"/usr/lib/postgresql/18/bin",
	"/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/16/bin",
	"/usr/lib/postgresql/15/bin", "/usr/local/bin", "/usr/bin"};

static const char *program(const char *name)
{
	static char path[PATH_SIZE];

	for (size_t i = 0; i < countof(places); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", places[i], name);
		if (access(path, X_OK) == 0)
			return path;
	}
	return name;
}

static bool make_directory(const char *path)
{
	const struct passwd *postgres = getpwnam("postgres");

	if (mkdir(path, 0700) < 0)
		return false;
	return geteuid() != 0 ||
		(postgres && chown(path, postgres->pw_uid, postgres->pw_gid) == 0);
}

static void url_of(char *out, size_t size, const char *data, const char *database)
{
	(void)snprintf(out, size, "postgresql://postgres@/%s?host=%s", database, data);
}

static bool answers(const char *url)
{
	PGconn *connection AUTO(PQfinish) = PQconnectdb(url);

	return PQstatus(connection) == CONNECTION_OK;
}

bool postgres_start(const char *data)
{
	char output[8192], url[PATH_SIZE * 2], root[PATH_SIZE];
	const char *initdb[] = {program("initdb"), "-D", data, "-A", "trust", "-U",
		"postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
		"--no-instructions", NULL};
	struct process_start start = {.name = "initdb",
		.arguments = initdb,
		.directory = root,
		.user = "postgres"};

	(void)snprintf(root, sizeof(root), "%s", data);
	*strrchr(root, '/') = '\0'; /* `data` is a path with a parent */
	(void)setenv("TOCSIN_TEST_PG", data, 1);
	if (!make_directory(data)) {
		(void)fprintf(stderr, "%s: %s\n", data, strerror(errno));
		return false;
	}
	if (process_output(&start, output, sizeof(output)) != 0) {
		(void)fprintf(stderr, "initdb failed:\n%s\n", output);
		return false;
	}
	start.name = "postgres";
	start.death_signal = SIGQUIT;
	start.arguments = (const char *const[]){program("postgres"), "-D", data, "-k",
		data, "-c", "listen_addresses=", "-c", "fsync=off", "-c",
		"synchronous_commit=off", "-c", "full_page_writes=off", "-c",
		"max_connections=200", "-c", "shared_buffers=32MB", NULL};
	process_start(&server, &start);
	url_of(url, sizeof(url), data, "postgres");
	return WAIT_UNTIL(answers(url) || !process_is_alive(&server), START_MS) &&
		process_is_alive(&server);
}

void postgres_stop(void)
{
	(void)process_stop(&server, SIGINT, STOP_MS);
}

void postgres_database(char *url, size_t size)
{
	char admin[PATH_SIZE * 2], name[64], sql[128];
	const char *data = getenv("TOCSIN_TEST_PG");
	PGconn *connection AUTO(PQfinish) = NULL;
	PGresult *result AUTO(PQclear) = NULL;

	cr_assert(data);
	url_of(admin, sizeof(admin), data, "postgres");
	(void)snprintf(name, sizeof(name), "t%lld", (long long)clock_wall_us());
	(void)snprintf(sql, sizeof(sql), "CREATE DATABASE %s", name);
	connection = PQconnectdb(admin);
	result = PQexec(connection, sql);
	cr_assert_eq(PQresultStatus(result), PGRES_COMMAND_OK, "%s",
		PQerrorMessage(connection));
	url_of(url, size, data, name);
}

void postgres_shut(const char *url, bool shut)
{
	char admin[PATH_SIZE * 2], name[64] = "", sql[256];
	PGconn *connection AUTO(PQfinish) = NULL;
	PGresult *allowed AUTO(PQclear) = NULL, *ended AUTO(PQclear) = NULL;

	cr_assert_eq(sscanf(url, "postgresql://postgres@/%63[^?]", name), 1);
	url_of(admin, sizeof(admin), getenv("TOCSIN_TEST_PG"), "postgres");
	connection = PQconnectdb(admin);
	(void)snprintf(sql, sizeof(sql), "ALTER DATABASE %s ALLOW_CONNECTIONS %s", name,
		shut ? "false" : "true");
	allowed = PQexec(connection, sql);
	cr_assert_eq(PQresultStatus(allowed), PGRES_COMMAND_OK, "%s",
		PQerrorMessage(connection));
	(void)snprintf(sql, sizeof(sql),
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname "
		"= "
		"'%s'",
		name);
	if (shut)
		ended = PQexec(connection, sql);
}

static void print_rows(struct text *out, const PGresult *rows)
{
	text_clear(out);
	for (int row = 0; row < PQntuples(rows); row++) {
		if (row > 0)
			text_add_char(out, '\n');
		for (int column = 0; column < PQnfields(rows); column++)
			text_printf(out, "%s%s", column ? "|" : "",
				PQgetvalue(rows, row, column));
	}
}

__attribute__((__format__(__printf__, 2, 0))) static const char *rows(
	const char *url, const char *sql, va_list arguments)
{
	static struct text text;
	struct text query AUTO(text_done) = {0};
	PGconn *connection AUTO(PQfinish) = PQconnectdb(url);
	PGresult *result AUTO(PQclear) = NULL;

	text_vprintf(&query, sql, arguments);
	result = PQexec(connection, text_string(&query));
	cr_assert_eq(PQresultStatus(result), PGRES_TUPLES_OK, "%s: %s",
		text_string(&query), PQerrorMessage(connection));
	print_rows(&text, result);
	return text_string(&text);
}

const char *rows_of(const char *url, const char *sql, ...)
{
	const char *got;
	va_list arguments;

	va_start(arguments, sql);
	got = rows(url, sql, arguments);
	va_end(arguments);
	return got;
}

long number_of(const char *url, const char *sql, ...)
{
	const char *got;
	va_list arguments;

	va_start(arguments, sql);
	got = rows(url, sql, arguments);
	va_end(arguments);
	return strtol(got, NULL, 10);
}
