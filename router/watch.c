// SPDX-License-Identifier: Apache-2.0
// nats.c says nothing when a watch has silently lost its stream (it was removed and
// made anew, or the server came back without the watch's consumer). So the watch
// compares, now and then, what it has seen with what the stream says it holds.
#include "router/watch.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/nats/subjects.h"

DEFINE_AUTO(jsStreamInfo, jsStreamInfo_Destroy)
DEFINE_AUTO(kvEntry, kvEntry_Destroy)
DEFINE_AUTO(kvStore, kvStore_Destroy)
DEFINE_AUTO(kvWatcher, kvWatcher_Destroy)
DEFINE_AUTO(natsStatistics, natsStatistics_Destroy)

enum { NEXT_MS = 200, CHECK_EVERY_MS = 2000, TROUBLE_WAIT_MS = 500 };

static struct metric routes = {.type = METRIC_GAUGE,
	.name = "tocsin_router_routes",
	.help = "Teams in the route index"};
static struct metric loads = {.type = METRIC_COUNTER,
	.name = "tocsin_router_route_loads_total",
	.help = "Whole loads of the routes bucket"};
static struct metric refused = {.type = METRIC_COUNTER,
	.name = "tocsin_router_routes_refused_total",
	.help = "Entries of the routes bucket that are no route"};

struct watch {
	struct bus *bus;
	struct index *index;
	pthread_t thread;
	atomic_bool stopping;
	atomic_bool loaded;
};

/* One watch of one stream, until it must be made anew. */
struct session {
	struct watch *watch;
	int64_t stream_created;
	uint64_t reconnects;
	uint64_t last_at_start; /* of the stream; all up to here is in the first load */
	uint64_t seen;          /* the last revision that came */
	uint64_t seen_at_check;
	bool behind_at_check; /* the stream had more than had come */
	int64_t started_ms, next_check_ms;
	bool complete; /* the entries that were there have come */
};

static uint64_t reconnects(struct bus *bus)
{
	natsStatistics *statistics AUTO(natsStatistics_Destroy) = NULL;
	uint64_t count = 0;

	if (natsStatistics_Create(&statistics) == NATS_OK &&
		natsConnection_GetStats(bus_connection(bus), statistics) == NATS_OK)
		(void)natsStatistics_GetCounts(
			statistics, NULL, NULL, NULL, NULL, &count);
	return count;
}

static void apply(struct session *session, kvEntry *entry)
{
	struct index *index = session->watch->index;
	struct fault fault = {0};

	session->seen = kvEntry_Revision(entry);
	if (kvEntry_Operation(entry) != kvOp_Put) {
		index_remove(index, kvEntry_Key(entry));
	} else if (!index_put(index, kvEntry_Key(entry), session->seen,
			   kvEntry_Value(entry), (size_t)kvEntry_ValueLen(entry),
			   &fault)) {
		metric_count(&refused);
		log_fault(&fault, "route not taken");
	}
	metric_set(metric_with(&routes, NULL, NULL, NULL), (int64_t)index_count(index));
}

static void complete(struct session *session)
{
	struct watch *watch = session->watch;

	session->complete = true;
	if (session->seen < session->last_at_start)
		session->seen = session->last_at_start;
	index_load_end(watch->index);
	watch->loaded = true;
	metric_count(&loads);
	metric_set(metric_with(&routes, NULL, NULL, NULL),
		(int64_t)index_count(watch->index));
	log_line(LOG_INFO, "routes loaded", "routes=%zu took_ms=%lld",
		index_count(watch->index),
		(long long)(clock_mono_ms() - session->started_ms));
}

/* NULL when the stream cannot be asked: the connection is gone, or the bucket is. */
static jsStreamInfo *stream_info(struct bus *bus)
{
	jsStreamInfo *info = NULL;

	return js_GetStreamInfo(&info, bus_js(bus), "KV_" BUCKET_ROUTES, NULL, NULL) ==
			NATS_OK
		? info
		: NULL;
}

/* Behind the stream at two checks, and nothing came between them. */
static bool is_stuck(struct session *session, const jsStreamInfo *info)
{
	bool behind = info->State.LastSeq > session->seen;
	bool stuck = behind && session->behind_at_check &&
		session->seen == session->seen_at_check;

	session->behind_at_check = behind;
	session->seen_at_check = session->seen;
	return stuck;
}

/* True while the watch can be believed. */
static bool check(struct session *session)
{
	struct bus *bus = session->watch->bus;
	jsStreamInfo *info AUTO(jsStreamInfo_Destroy) = NULL;

	session->next_check_ms = clock_mono_ms() + CHECK_EVERY_MS;
	if (!bus_is_connected(bus))
		return true; /* the reconnect will show in its count */
	if (reconnects(bus) != session->reconnects)
		return false;
	info = stream_info(bus);
	return !info ||
		(info->Created == session->stream_created && !is_stuck(session, info));
}

static void follow(struct session *session, kvWatcher *watcher)
{
	struct watch *watch = session->watch;

	while (!watch->stopping) {
		kvEntry *entry AUTO(kvEntry_Destroy) = NULL;
		natsStatus status = kvWatcher_Next(&entry, watcher, NEXT_MS);

		if (status != NATS_OK && status != NATS_TIMEOUT)
			return;
		if (status == NATS_OK && entry)
			apply(session, entry);
		else if (status == NATS_OK && !session->complete)
			complete(session);
		if (clock_mono_ms() >= session->next_check_ms && !check(session))
			return;
	}
}

static natsStatus watch_once(struct watch *watch)
{
	kvStore *store AUTO(kvStore_Destroy) = NULL;
	kvWatcher *watcher AUTO(kvWatcher_Destroy) = NULL;
	jsStreamInfo *info AUTO(jsStreamInfo_Destroy) = NULL;
	struct session session = {.watch = watch,
		.reconnects = reconnects(watch->bus),
		.started_ms = clock_mono_ms(),
		.next_check_ms = clock_mono_ms() + CHECK_EVERY_MS};
	natsStatus status = js_KeyValue(&store, bus_js(watch->bus), BUCKET_ROUTES);

	if (status != NATS_OK)
		return status;
	info = stream_info(watch->bus);
	if (!info)
		return NATS_NO_RESPONDERS;
	session.stream_created = info->Created;
	session.last_at_start = info->State.LastSeq;
	status = kvStore_WatchAll(&watcher, store, NULL);
	if (status != NATS_OK)
		return status;
	index_load_begin(watch->index);
	follow(&session, watcher);
	(void)kvWatcher_Stop(watcher);
	return NATS_OK;
}

static void *run(void *context)
{
	struct watch *watch = context;

	while (!watch->stopping) {
		natsStatus status = watch_once(watch);

		if (watch->stopping)
			break;
		if (status == NATS_OK)
			log_line(LOG_INFO, "routes are loaded again", "bucket=%s",
				BUCKET_ROUTES);
		else
			log_line(LOG_WARNING, "routes cannot be watched",
				"bucket=%s reason=%s", BUCKET_ROUTES,
				log_quote(natsStatus_GetText(status)));
		clock_sleep_ms(status == NATS_OK ? 0 : TROUBLE_WAIT_MS);
	}
	nats_ReleaseThreadMemory();
	return NULL;
}

bool watch_start(
	struct watch **out, struct bus *bus, struct index *index, struct fault *fault)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int error = ENOMEM;

	if (watch) {
		watch->bus = bus;
		watch->index = index;
		error = pthread_create(&watch->thread, NULL, run, watch);
	}
	if (error != 0) {
		free(watch);
		return fault_set(fault, FAULT_FATAL, "no thread for the routes: %s",
			strerror(error));
	}
	*out = watch;
	return true;
}

void watch_stop(struct watch *watch)
{
	if (!watch)
		return;
	watch->stopping = true;
	(void)pthread_join(watch->thread, NULL);
	free(watch);
}

bool watch_is_loaded(const struct watch *watch)
{
	return watch->loaded;
}
