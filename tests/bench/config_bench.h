// SPDX-License-Identifier: Apache-2.0
// The parts of `bench config`.
#pragma once

#include <libpq-fe.h>

#include "common/nats/bus.h"
#include "tests/bench/bench.h"

#define CONFIG_ADMIN_TOKEN "a-token-for-the-bench-only"

/* config_sql.c: PostgreSQL beside config-store. All die when it says no. */
PGconn *config_sql_open(const char *url);
void config_sql(PGconn *db, const char *sql);
/* Reads what is left of the results of a COPY. */
void config_sql_end(PGconn *db, const char *what);
/* One number: the first value of the first row, 0 for NULL. */
double config_sql_number(PGconn *db, const char *sql);

/*
 * The floor: one row of config.node_config by its primary key, prepared, one thread for
 * each connection, spread over all teams.
 */
struct figure config_sql_floor(
	const char *url, int connections, long seconds, long teams);

/* config_fill.c: loads `teams` teams; the schema is there and empty. */
void config_fill(const char *url, long teams);

/* config_http.c: what is asked over HTTP. */
struct config_target {
	const char *address; /* of config-store */
	pid_t server;
	long teams;
	long hot;          /* a cached read asks for so many of them, over and over */
	char (*etags)[80]; /* of the hot ones, for config_http_warm() to fill */
	uint64_t next;     /* spread reads go on where the last ones ended */
};

/* The next team of those that are asked for in turn. */
long config_spread(struct config_target *target);

/* Reads each hot team once: then it is cached, and its ETag known. */
void config_http_warm(struct config_target *target);

enum config_read {
	CONFIG_PLAIN,       /* GET of hot teams */
	CONFIG_CONDITIONAL, /* GET with If-None-Match of hot teams: 304 */
	CONFIG_SPREAD,      /* GET of all teams in turn, none twice within `teams` */
	CONFIG_LOOKUP,      /* POST of one identifier, spread over all teams */
};

struct figure config_http_run(struct config_target *target, enum config_read what,
	int connections, long seconds);

/* config_rpc.c: so many requests under way at once, over one connection. */
enum config_call {
	CONFIG_CALL_EFFECTIVE, /* of hot teams; with secrets, so never cached */
	CONFIG_CALL_LOOKUP,    /* spread over all teams */
};

struct figure config_rpc_run(struct bus *bus, enum config_call what,
	struct config_target *target, int in_flight, long seconds);

/* config_routes.c: waits until the bucket has all routes; seconds since `from_us`. */
double config_routes_wait(struct bus *bus, long teams, int64_t from_us);
/* Starts a router, and says how long it took to load them and what it holds then. */
void config_routes_load(struct bench *bench, const char *nats_setting, long teams);
