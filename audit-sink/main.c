// SPDX-License-Identifier: Apache-2.0
// tocsin-audit-sink: streams into tables. Wiring only.
#include <pthread.h>
#include <string.h>

#include "audit-sink/migrations.h"
#include "audit-sink/sink.h"
#include "common/clock.h"
#include "common/http/http_server.h"
#include "common/log.h"
#include "common/nats/streams.h"
#include "common/nats/subjects.h"
#include "common/stop.h"

enum { IN_FLIGHT = 256, BATCH_MAX = 1024, RETRY_MS = 1000, MIGRATE_MS = 600000 };

static struct config {
	struct daemon_config daemon;
	struct streams_config streams;
	char *database_url;
	long batch;
	long ack_wait_ms;
} config;

static const struct setting settings[] = {
	DAEMON_SETTINGS(struct config, daemon, "127.0.0.1:8085"),
	STREAMS_SETTINGS(struct config, streams),
	{SETTING_SECRET, "DATABASE_URL", NULL, offsetof(struct config, database_url),
		"PostgreSQL to write schema audit to: postgresql://user@host/database"},
	{SETTING_NUMBER, "AUDIT_BATCH", "512", offsetof(struct config, batch),
		"Most rows in one statement: 1 to 1024"},
	{SETTING_DURATION, "ACK_WAIT", "30s", offsetof(struct config, ack_wait_ms),
		"Time after which an unsettled message is delivered again"},
	{0},
};

struct thread {
	pthread_t id;
	bool started, good;
	const struct sink_stream *stream;
	struct sink_state state;
	struct bus *bus;
	struct publisher *publisher;
	struct fault fault;
};

struct threads {
	struct thread each[SINK_STREAMS];
	struct bus *bus;
};

static void *work(void *context)
{
	struct thread *thread = context;
	const struct sink_config sink = {
		config.database_url, config.batch, config.ack_wait_ms};

	thread->good = sink_run(thread->stream, &sink, &thread->state, thread->bus,
		thread->publisher, &thread->fault);
	if (!thread->good)
		stop_request();
	return NULL;
}

static bool start(
	struct threads *threads, struct publisher *publisher, struct fault *fault)
{
	for (size_t i = 0; i < SINK_STREAMS; i++) {
		struct thread *thread = &threads->each[i];
		int error;

		thread->stream = &sink_streams[i];
		thread->bus = threads->bus;
		thread->publisher = publisher;
		error = pthread_create(&thread->id, NULL, work, thread);
		if (error)
			return fault_set(fault, FAULT_FATAL, "no thread for %s: %s",
				thread->stream->stream, strerror(error));
		thread->started = true;
	}
	return true;
}

/* Joins all and takes over the first fault. */
static bool finish(struct threads *threads, struct fault *fault)
{
	bool good = true;

	for (size_t i = 0; i < SINK_STREAMS; i++) {
		struct thread *thread = &threads->each[i];

		if (!thread->started)
			continue;
		(void)pthread_join(thread->id, NULL);
		if (!thread->good && good)
			*fault = thread->fault;
		good = good && thread->good;
	}
	return good;
}

static bool is_ready(void *context, struct fault *fault)
{
	const struct threads *threads = context;

	if (!bus_is_connected(threads->bus))
		return fault_set(fault, FAULT_RETRY, "no connection to NATS");
	for (size_t i = 0; i < SINK_STREAMS; i++)
		if (atomic_load(&threads->each[i].state.stuck))
			return fault_set(fault, FAULT_RETRY,
				"rows of %s cannot be written; the log says why",
				threads->each[i].stream->stream);
	return true;
}

/* Calls until it works, a stop is requested, or waiting cannot help. */
static bool insist(bool (*attempt)(void *, struct fault *), void *context,
	const char *what, struct fault *fault)
{
	while (!attempt(context, fault)) {
		if (fault->kind != FAULT_RETRY || stop_requested())
			return false;
		log_fault(fault, "%s", what);
		clock_sleep_ms(RETRY_MS);
		*fault = (struct fault){0};
	}
	return true;
}

static bool make_schema(void *context, struct fault *fault)
{
	return migrate(context, "audit", audit_migrations, fault);
}

static bool make_streams(void *context, struct fault *fault)
{
	static const char *const names[] = {
		STREAM_EVENTS, STREAM_AUDIT, STREAM_STEPS, STREAM_DEAD, NULL};

	return streams_ensure(context, &config.streams, names, fault);
}

/* What must be there before the first message. A stop meanwhile is no failure. */
static bool prepare(struct bus *bus, struct fault *fault)
{
	struct db *db AUTO(db_close) = NULL;

	return db_open(&db, config.database_url, MIGRATE_MS, fault) &&
		insist(make_streams, bus, "streams", fault) &&
		insist(make_schema, db, "migrations", fault);
}

static bool serve(struct threads *threads, struct fault *fault)
{
	struct publisher *publisher AUTO(publisher_close) = NULL;
	bool started;

	if (!publisher_open(&publisher, threads->bus, IN_FLIGHT, fault))
		return false;
	started = start(threads, publisher, fault);
	if (started)
		stop_wait();
	stop_request();
	return finish(threads, fault) && started;
}

static bool run(struct fault *fault)
{
	static const struct http_route routes[] = {{0}};
	struct bus *bus AUTO(bus_close) = NULL;
	struct http_server *server AUTO(http_server_stop) = NULL;
	struct threads threads = {0};
	const struct http_server_options options = {
		.listen = config.daemon.listen,
		.listen_file = config.daemon.listen_file,
		.routes = routes,
		.context = &threads,
		.ready = is_ready,
	};

	if (config.batch < 1 || config.batch > BATCH_MAX)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_AUDIT_BATCH=%ld: must be 1 to %d", config.batch,
			BATCH_MAX);
	if (!bus_open(&bus, &config.daemon, "audit-sink", fault))
		return stop_requested();
	threads.bus = bus;
	for (size_t i = 0; i < SINK_STREAMS; i++)
		threads.each[i].stream = &sink_streams[i];
	if (!prepare(bus, fault))
		return fault->kind == FAULT_RETRY && stop_requested();
	return http_server_start(&server, &options, fault) && serve(&threads, fault);
}

int main(int argc, char **argv)
{
	return daemon_main(
		&(struct daemon){"audit-sink",
			"writes events, audit records and run steps into PostgreSQL",
			settings, &config,
			(const char *const *)&config.daemon.log_level, run},
		argc, argv);
}
