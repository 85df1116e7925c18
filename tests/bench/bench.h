// SPDX-License-Identifier: Apache-2.0
// What the benches share: options, figures, and the servers they are measured on. A
// figure is always printed with the floor it is compared with, measured in the same
// run.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/auto.h"

struct bench {
	bool json;
	long seconds; /* of each measured stretch */
	long rounds;  /* ours and the floors take turns so often; the median counts */
	long teams;   /* of `config` */
	const char *against; /* a command to be measured beside ours; NULL: none */
	bool idle;           /* ingress: memory of idle connections, and slow ones */
	char bin[256];       /* where the daemons' programs are */
	char place[256];     /* a directory of this run's own, removed at its end */
	json_t *figures;     /* an object, filled by the bench */
};

/* Rate and latencies of one stretch. */
struct figure {
	double per_second;
	double p50_ms, p99_ms; /* 0 where latency means nothing */
	long failed;
	long answered; /* warm-up included; 0: not counted */
	double cpu_us; /* of the measured process, for each; 0: not measured */
};

int bench_ingress(struct bench *bench);
/* ingress_idle.c: with --idle. */
int bench_ingress_idle(struct bench *bench);
int bench_router(struct bench *bench);
int bench_idle(struct bench *bench);
int bench_config(struct bench *bench);

/* The program itself again, as a bare HTTP server; never returns before a signal. */
int bench_serve_bare(const char *listen_file, unsigned io_threads);

/* Prints one line, and adds it to the figures under `name`. */
void bench_say(struct bench *bench, const char *name, const struct figure *figure);
/* One line with a plain number, and the same in the figures. */
void bench_number(
	struct bench *bench, const char *name, double number, const char *unit);
/* "a is N % of b" */
void bench_share(struct bench *bench, const char *name, double ours, double floor);

/* A line on standard error: what takes long says how far it is. */
void bench_progress(const char *text, ...)
	__attribute__((__format__(__printf__, 1, 2)));

/* The median by per_second; sorts. */
struct figure figure_median(struct figure *figures, size_t count);

/* Ends the program with a message: a bench that cannot measure must not print figures.
 */
__attribute__((noreturn, __format__(__printf__, 1, 2))) void die(const char *text, ...);

/* Servers: all die with the bench. */
pid_t start_nats(const struct bench *bench, char *url, size_t size);
/* `options` go to postgres as they are: "-c shared_buffers=512MB", or "". */
pid_t start_postgres(
	const struct bench *bench, const char *options, char *url, size_t size);
/* `bench serve-bare`: answers POST and GET of /bare with a few bytes. */
pid_t start_bare(
	const struct bench *bench, unsigned io_threads, char *address, size_t size);
/* `environment` are TOCSIN_ settings "KEY=value", ended by NULL; writes host:port. */
pid_t start_daemon(const struct bench *bench, const char *name,
	const char *const *environment, char *address, size_t size);
/* `program` by path or name; its output goes to <place>/<name>.log. */
pid_t start_program(const struct bench *bench, const char *name,
	const char *const *arguments, const char *const *environment);
void stop_process(pid_t pid);
/* Waits for a file that holds something and reads it; dies after ten seconds. */
void read_when_there(const char *path, char *out, size_t size);
long resident_kib(pid_t pid);
/* User and system time it has used so far. */
double cpu_seconds(pid_t pid);
void remove_place(const struct bench *bench);
