// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/bench/config_bench.h"
#include "tests/bench/config_data.h"
#include "tests/bench/samples.h"

enum { CONNECTIONS_MAX = 64, STRIDE = 7919, START_MS = 30000, POLL_MS = 20 };

PGconn *config_sql_open(const char *url)
{
	int64_t until = clock_mono_ms() + START_MS;
	PGconn *db;

	/* It may have been started a moment ago. */
	while (PQping(url) != PQPING_OK && clock_mono_ms() < until)
		clock_sleep_ms(POLL_MS);
	db = PQconnectdb(url);

	if (PQstatus(db) != CONNECTION_OK)
		die("%s", PQerrorMessage(db));
	return db;
}

static PGresult *good(PGconn *db, PGresult *rows, const char *what)
{
	ExecStatusType status = PQresultStatus(rows);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
		status != PGRES_COPY_IN)
		die("%s: %s", what, PQerrorMessage(db));
	return rows;
}

void config_sql(PGconn *db, const char *sql)
{
	PQclear(good(db, PQexec(db, sql), sql));
}

void config_sql_end(PGconn *db, const char *what)
{
	PGresult *rows;

	while ((rows = PQgetResult(db)) != NULL)
		PQclear(good(db, rows, what));
}

double config_sql_number(PGconn *db, const char *sql)
{
	PGresult *rows = good(db, PQexec(db, sql), sql);
	double number = PQntuples(rows) > 0 ? strtod(PQgetvalue(rows, 0, 0), NULL) : 0;

	PQclear(rows);
	return number;
}

/* One thread with one connection. */
struct reader {
	pthread_t thread;
	const char *url;
	long first, teams; /* where it begins */
	int64_t until_us;
	struct samples samples;
};

static void read_one(PGconn *db, long number)
{
	struct data_team at;
	PGresult *rows;

	data_team(&at, number);
	rows = good(db,
		PQexecPrepared(db, "floor", 2, (const char *const[]){at.org, at.team},
			NULL, NULL, 0),
		"floor");
	if (PQntuples(rows) != 1)
		die("%s/%s is not there", at.org, at.team);
	PQclear(rows);
}

static void *read_many(void *context)
{
	struct reader *reader = context;
	PGconn *db = config_sql_open(reader->url);
	int64_t now = clock_mono_us();

	PQclear(good(db,
		PQprepare(db, "floor",
			"SELECT config, version FROM config.node_config"
			" WHERE org_id = $1 AND node_id = $2",
			2, NULL),
		"floor"));
	for (long i = reader->first; now < reader->until_us; i += STRIDE) {
		int64_t from = now;
		uint32_t took;

		read_one(db, i % reader->teams);
		now = clock_mono_us();
		took = (uint32_t)(now - from);
		samples_add(&reader->samples, &took, 1);
	}
	PQfinish(db);
	return NULL;
}

static struct figure summary(
	const struct reader *readers, int connections, int64_t from_us)
{
	struct samples all = {0};
	struct figure figure;

	for (int i = 0; i < connections; i++)
		samples_add(&all, readers[i].samples.microseconds,
			readers[i].samples.count);
	figure = samples_figure(&all, (double)(clock_mono_us() - from_us) / 1e6);
	samples_done(&all);
	return figure;
}

struct figure config_sql_floor(
	const char *url, int connections, long seconds, long teams)
{
	struct reader readers[CONNECTIONS_MAX];
	int64_t from = clock_mono_us();
	struct figure figure;

	if (connections > CONNECTIONS_MAX)
		die("%d connections are too many", connections);
	for (int i = 0; i < connections; i++) {
		readers[i] = (struct reader){.url = url,
			.first = teams / connections * i,
			.teams = teams,
			.until_us = from + seconds * 1000000};
		if (pthread_create(&readers[i].thread, NULL, read_many, &readers[i]) !=
			0)
			die("no thread for the floor");
	}
	for (int i = 0; i < connections; i++)
		(void)pthread_join(readers[i].thread, NULL);
	figure = summary(readers, connections, from);
	for (int i = 0; i < connections; i++)
		samples_done(&readers[i].samples);
	return figure;
}
