// SPDX-License-Identifier: Apache-2.0
// A config-store with many organisations: effective configurations read by teams and
// look-ups of identifiers, beside a bare answer of the same HTTP server and a select by
// primary key over the same number of connections; then all routes, into the bucket and
// out of it.
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "tests/bench/config_bench.h"
#include "tests/bench/config_data.h"
#include "tests/bench/floor.h"
#include "tests/bench/load.h"

enum {
	HOT = 256, /* teams of the cached reads */
	MANY = 64, /* connections of the cached reads and of the bare server */
	SOME = 16, /* of what asks the database */
	FEW = 4,   /* of look-ups whose latency counts */
	THREADS =
		4, /* config-store's, each with a connection; the select has as many */
	ROUNDS_MAX = 15,
	ETAG_SIZE = 80,
	TRIPS_MAX = 3,
};

/* What runs, and how it is reached. */
struct stage {
	struct bench *bench;
	pid_t nats, postgres, store, bare;
	char nats_setting[160], url[640], database[680];
	char store_address[64], bare_address[64];
	struct bus *bus;
};

static void start_store(struct stage *stage)
{
	stage->store = start_daemon(stage->bench, "config-store",
		(const char *const[]){stage->nats_setting, stage->database,
			"TOCSIN_ADMIN_TOKEN=" CONFIG_ADMIN_TOKEN,
			"TOCSIN_HTTP_THREADS=4", "TOCSIN_RPC_THREADS=4", NULL},
		stage->store_address, sizeof(stage->store_address));
}

static void start_servers(struct stage *stage)
{
	char nats_url[128];

	stage->nats = start_nats(stage->bench, nats_url, sizeof(nats_url));
	(void)snprintf(stage->nats_setting, sizeof(stage->nats_setting),
		"TOCSIN_NATS_URL=%s", nats_url);
	stage->postgres = start_postgres(stage->bench,
		"-c shared_buffers=512MB -c shared_preload_libraries="
		"pg_stat_statements",
		stage->url, sizeof(stage->url));
	(void)snprintf(stage->database, sizeof(stage->database),
		"TOCSIN_DATABASE_URL=%s", stage->url);
	stage->bare = start_bare(
		stage->bench, 1, stage->bare_address, sizeof(stage->bare_address));
	stage->bus = bench_bus_prompt(nats_url);
}

static void stop_servers(struct stage *stage)
{
	bus_close(stage->bus);
	stop_process(stage->store);
	stop_process(stage->bare);
	stop_process(stage->postgres);
	stop_process(stage->nats);
}

/* config-store makes its tables; then it is stopped, and they are filled. */
static void load(struct stage *stage)
{
	PGconn *db = config_sql_open(stage->url);

	config_sql(db, "CREATE EXTENSION pg_stat_statements");
	PQfinish(db);
	start_store(stage);
	stop_process(stage->store);
	config_fill(stage->url, stage->bench->teams);
}

/* Its first start: no route is in the bucket. */
static void publish_routes(struct stage *stage)
{
	long teams = stage->bench->teams;
	int64_t from = clock_mono_us();
	double seconds;

	start_store(stage);
	seconds = config_routes_wait(stage->bus, teams, from);
	bench_say(stage->bench, "config-store: first start, routes published",
		&(struct figure){.per_second = (double)teams / seconds,
			.cpu_us = cpu_seconds(stage->store) * 1e6 / (double)teams});
	bench_number(stage->bench, "config-store: first start to the last route",
		seconds, "s");
	bench_number(stage->bench, "config-store: resident after it",
		(double)resident_kib(stage->store) / 1024, "MiB");
}

struct rounds {
	struct figure bare[ROUNDS_MAX], select[ROUNDS_MAX];
	struct figure plain[ROUNDS_MAX], conditional[ROUNDS_MAX], rpc[ROUNDS_MAX];
	struct figure spread[ROUNDS_MAX], lookup[ROUNDS_MAX], many[ROUNDS_MAX];
	struct figure rpc_lookup[ROUNDS_MAX];
	double trips;
};

static struct figure bare(const struct stage *stage, long seconds)
{
	static const char request[] = "GET /bare HTTP/1.1\r\nHost: 127.0.0.1\r\n"
				      "User-Agent: bench\r\nAccept: "
				      "application/json\r\n\r\n";

	return load_run(&(struct load){.address = stage->bare_address,
		.server = stage->bare,
		.request = request,
		.request_len = sizeof(request) - 1,
		.connections = MANY,
		.seconds = seconds,
		.expected_status = 200});
}

/* With the statements that PostgreSQL is asked for one read: prepared, one is one trip. */
static struct figure spread(
	struct stage *stage, struct config_target *target, double *trips)
{
	PGconn *db = config_sql_open(stage->url);
	struct figure figure;

	config_sql(db, "SELECT pg_stat_statements_reset()");
	figure = config_http_run(target, CONFIG_SPREAD, SOME, stage->bench->seconds);
	*trips = config_sql_number(db,
			 "SELECT sum(calls) FROM pg_stat_statements"
			 " WHERE query LIKE '%config.token%'"
			 " OR query LIKE '%config.node%'") /
		(double)figure.answered;
	PQfinish(db);
	return figure;
}

static void measure(
	struct stage *stage, struct config_target *target, struct rounds *rounds)
{
	long seconds = stage->bench->seconds;

	for (long i = 0; i < stage->bench->rounds; i++) {
		rounds->select[i] = config_sql_floor(
			stage->url, THREADS, seconds, stage->bench->teams);
		rounds->spread[i] = spread(stage, target, &rounds->trips);
		rounds->lookup[i] =
			config_http_run(target, CONFIG_LOOKUP, FEW, seconds);
		rounds->many[i] = config_http_run(target, CONFIG_LOOKUP, SOME, seconds);
		rounds->rpc_lookup[i] = config_rpc_run(
			stage->bus, CONFIG_CALL_LOOKUP, target, FEW, seconds);
		rounds->bare[i] = bare(stage, seconds);
		config_http_warm(target);
		rounds->plain[i] = config_http_run(target, CONFIG_PLAIN, MANY, seconds);
		rounds->conditional[i] =
			config_http_run(target, CONFIG_CONDITIONAL, MANY, seconds);
		rounds->rpc[i] = config_rpc_run(
			stage->bus, CONFIG_CALL_EFFECTIVE, target, SOME, seconds);
	}
}

static struct figure say(
	struct bench *bench, const char *name, struct figure *figures, bool *good)
{
	struct figure figure = figure_median(figures, (size_t)bench->rounds);

	*good = *good && figure.failed == 0;
	bench_say(bench, name, &figure);
	return figure;
}

static bool report(struct bench *bench, struct rounds *rounds)
{
	bool good = true;
	struct figure bare, select, plain, conditional, spread, lookup;

	bare = say(
		bench, "floor: bare HTTP answer, 64 connections", rounds->bare, &good);
	select = say(bench, "floor: select by primary key, 4 connections",
		rounds->select, &good);
	plain = say(bench, "effective, cached, 64 connections", rounds->plain, &good);
	conditional = say(bench, "effective, cached, unchanged (304), 64",
		rounds->conditional, &good);
	spread = say(
		bench, "effective, not cached, 16 connections", rounds->spread, &good);
	(void)say(bench, "effective over rpc, 16 under way", rounds->rpc, &good);
	(void)say(bench, "look-up over rpc, 4 under way", rounds->rpc_lookup, &good);
	lookup = say(bench, "look-up, 4 connections", rounds->lookup, &good);
	(void)say(bench, "look-up, 16 connections", rounds->many, &good);
	bench_number(
		bench, "database round trips of one not cached", rounds->trips, "");
	bench_share(
		bench, "share of bare HTTP, cached", plain.per_second, bare.per_second);
	bench_share(bench, "share of bare HTTP, unchanged", conditional.per_second,
		bare.per_second);
	bench_share(bench, "share of the select, not cached", spread.per_second,
		select.per_second);
	bench_share(bench, "share of the select, look-up", lookup.per_second,
		select.per_second);
	return good && rounds->trips < TRIPS_MAX + 0.1; /* some are on their way */
}

int bench_config(struct bench *bench)
{
	static char etags[HOT][ETAG_SIZE];
	static struct rounds rounds;
	struct stage stage = {.bench = bench};
	struct config_target target = {.etags = etags};
	bool good;

	if (bench->rounds > ROUNDS_MAX)
		bench->rounds = ROUNDS_MAX;
	/* Whole organisations. */
	bench->teams = (bench->teams + DATA_TEAMS - 1) / DATA_TEAMS * DATA_TEAMS;
	start_servers(&stage);
	load(&stage);
	publish_routes(&stage);
	target.address = stage.store_address;
	target.server = stage.store;
	target.teams = bench->teams;
	target.hot = bench->teams < HOT ? bench->teams : HOT;
	measure(&stage, &target, &rounds);
	good = report(bench, &rounds);
	bench_number(bench, "config-store: resident at the end",
		(double)resident_kib(stage.store) / 1024, "MiB");
	config_routes_load(bench, stage.nats_setting, bench->teams);
	stop_servers(&stage);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
