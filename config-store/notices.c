// SPDX-License-Identifier: Apache-2.0
#include "config-store/notices.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/db.h"
#include "common/log.h"
#include "common/metrics.h"

enum {
	COUNTERS = 4096, /* a power of two */
	ASK_EVERY_MS = 2000,
	ANSWER_MS = 3000,
	HOLDS_MS = 6000, /* more than the two above: an answer in time leaves no gap */
	AGAIN_MS = 1000,
};

static struct metric is_listening = {.type = METRIC_GAUGE,
	.name = "tocsin_notices_listening",
	.help = "1 while changes by other processes are heard, and caches are used"};
static struct metric heard_total = {.type = METRIC_COUNTER,
	.name = "tocsin_notices_total",
	.help = "Changes of organisations that were heard"};

struct notices {
	char *url;
	pthread_t thread;
	int wake; /* an eventfd: readable when the thread shall end */
	atomic_bool stopping;
	_Atomic(int64_t) holds_until_ms; /* monotonic; 0: nobody listens */
	_Atomic(uint64_t) counters[COUNTERS];
};

/* FNV-1a. Who finds organisations that collide makes some caches less useful. */
static size_t place_of(const char *org)
{
	uint64_t hash = 14695981039346656037u;

	for (; *org; org++)
		hash = (hash ^ (unsigned char)*org) * 1099511628211u;
	return (hash ^ hash >> 32) & (COUNTERS - 1);
}

uint64_t notices_generation(const struct notices *notices, const char *org)
{
	if (!notices || clock_mono_ms() >= atomic_load(&notices->holds_until_ms))
		return 0;
	return atomic_load(&notices->counters[place_of(org)]);
}

void notices_bump(struct notices *notices, const char *org)
{
	if (notices)
		atomic_fetch_add(&notices->counters[place_of(org)], 1);
}

static void listens(struct notices *notices, int64_t until_ms)
{
	atomic_store(&notices->holds_until_ms, until_ms);
	metric_set(metric_with(&is_listening, NULL, NULL, NULL), until_ms > 0);
}

/* What has come in so far. */
static void take(struct notices *notices, PGconn *connection)
{
	PGnotify *notice;

	while ((notice = PQnotifies(connection))) {
		notices_bump(notices, notice->extra);
		metric_count(&heard_total);
		PQfreemem(notice);
	}
}

/*
 * Waits until the connection has something to read, the thread shall end, or it is
 * `until_ms`; reads what there is. False when the connection is gone.
 */
static bool look(struct notices *notices, PGconn *connection, int64_t until_ms)
{
	int64_t left = until_ms - clock_mono_ms();
	struct pollfd fds[] = {{.fd = PQsocket(connection), .events = POLLIN},
		{.fd = notices->wake, .events = POLLIN}};

	if (poll(fds, countof(fds), left > 0 ? (int)left : 0) > 0 && fds[0].revents &&
		!PQconsumeInput(connection))
		return false;
	take(notices, connection);
	return true;
}

/* Runs `sql`, bounded in time; true when it gave the value `wanted` (NULL: any). */
static bool ask(struct notices *notices, PGconn *connection, const char *sql,
	const char *wanted)
{
	int64_t until_ms = clock_mono_ms() + ANSWER_MS;
	PGresult *rows, *last AUTO(PQclear) = NULL;

	if (!PQsendQuery(connection, sql))
		return false;
	while (PQisBusy(connection))
		if (atomic_load(&notices->stopping) || clock_mono_ms() >= until_ms ||
			!look(notices, connection, until_ms))
			return false;
	while ((rows = PQgetResult(connection))) {
		PQclear(last);
		last = rows;
	}
	take(notices, connection);
	return wanted
		? PQntuples(last) == 1 && strcmp(db_value(last, 0, 0), wanted) == 0
		: PQresultStatus(last) == PGRES_COMMAND_OK;
}

/* What was said before anybody listened is unknown: nothing known holds any more. */
static void move_all(struct notices *notices)
{
	for (size_t i = 0; i < COUNTERS; i++)
		atomic_fetch_add(&notices->counters[i], 1);
}

/* Until the connection is lost or the thread shall end. */
static void listen_on(struct notices *notices, PGconn *connection)
{
	static const char still[] =
		"SELECT count(*) FROM pg_listening_channels() AS name"
		" WHERE name = '" NOTICES_CHANNEL "'";
	int64_t asked_ms = clock_mono_ms();

	if (!ask(notices, connection, "LISTEN " NOTICES_CHANNEL, NULL))
		return;
	move_all(notices);
	for (;;) {
		listens(notices, asked_ms + HOLDS_MS);
		while (clock_mono_ms() < asked_ms + ASK_EVERY_MS)
			if (atomic_load(&notices->stopping) ||
				!look(notices, connection, asked_ms + ASK_EVERY_MS))
				return;
		asked_ms = clock_mono_ms();
		if (!ask(notices, connection, still, "1"))
			return;
	}
}

static void session(struct notices *notices)
{
	struct db *db AUTO(db_close) = NULL;
	struct fault fault = {0};
	PGconn *connection;

	if (db_open(&db, notices->url, ANSWER_MS, &fault) &&
		db_connection(&connection, db, &fault)) {
		listen_on(notices, connection);
		if (!atomic_load(&notices->stopping))
			(void)fault_set(&fault, FAULT_RETRY,
				"the connection that listens for changes was lost");
	}
	listens(notices, 0);
	if (fault.kind != FAULT_NONE)
		log_fault(&fault, "notices");
}

static void *run(void *context)
{
	struct notices *notices = context;

	while (!atomic_load(&notices->stopping)) {
		struct pollfd wake = {.fd = notices->wake, .events = POLLIN};

		session(notices);
		(void)poll(&wake, 1, AGAIN_MS);
	}
	return NULL;
}

static void release(struct notices *notices)
{
	if (notices->wake >= 0)
		(void)close(notices->wake);
	free(notices->url);
	free(notices);
}

bool notices_open(struct notices **out, const char *database_url, struct fault *fault)
{
	struct db *db AUTO(db_close) = NULL;
	struct notices *notices;

	/* Says what is wrong with a URL before there is a thread. */
	if (!db_open(&db, database_url, ANSWER_MS, fault))
		return false;
	notices = calloc(1, sizeof(*notices));
	if (!notices)
		return fault_set(fault, FAULT_RETRY, "no memory for notices");
	notices->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	notices->url = strdup(database_url);
	metric_link(&is_listening);
	metric_link(&heard_total);
	if (notices->wake < 0 || !notices->url ||
		pthread_create(&notices->thread, NULL, run, notices) != 0) {
		release(notices);
		return fault_set(fault, FAULT_FATAL, "no thread for notices");
	}
	*out = notices;
	return true;
}

void notices_close(struct notices *notices)
{
	if (!notices)
		return;
	atomic_store(&notices->stopping, true);
	(void)eventfd_write(notices->wake, 1);
	(void)pthread_join(notices->thread, NULL);
	release(notices);
}
