// SPDX-License-Identifier: Apache-2.0
#include "config-store/routing/outbox.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/nats/subjects.h"
#include "config-store/routing/reconcile.h"
#include "config-store/routing/route_batch.h"

enum { IDLE_MS = 200, TROUBLE_MS = 1000 };

_Static_assert(ROUTE_BATCH_MAX == 512, "the query of drain_locked() says so, too");

static struct metric pending_routes = {.type = METRIC_GAUGE,
	.name = "tocsin_routes_pending",
	.help = "Teams whose route may differ from the bucket"};

struct outbox {
	struct store *store;
	struct store_thread *thread;
	pthread_t id;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool woken;
	atomic_bool stopping, sees_database;
	int64_t next_reconcile_ms;
	uint64_t reconnects; /* to NATS, when the bucket was compared last */
};

/*
 * Those of the marks in $1 that have not been renewed since they were read. One that
 * somebody is renewing now is skipped, not waited for: who marks teams holds such locks
 * in an order of his own.
 */
#define THOSE                                                                        \
	"(SELECT known.org_id, known.team_id FROM config.route_outbox known"         \
	" JOIN json_to_recordset($1::json)"                                          \
	"  AS mark(org_id text, team_id text, revision bigint)"                      \
	"  USING (org_id, team_id, revision) FOR UPDATE OF known SKIP LOCKED) those" \
	" WHERE mine.org_id = those.org_id AND mine.team_id = those.team_id"

static const char forget_sql[] = "DELETE FROM config.route_outbox mine USING " THOSE;

/*
 * A route that will not be taken, too large for one message, say: its mark goes behind
 * all others, so that no organisation can hold up the routes of the rest.
 */
static const char put_back_sql[] =
	"UPDATE config.route_outbox mine"
	" SET revision = nextval('config.route_revision') FROM " THOSE;

static bool settle_those(struct db *db, const struct route_mark *marks, size_t count,
	enum mark_outcome outcome, struct fault *fault)
{
	json_t *list AUTO(json_decref) = json_array();
	char *printed AUTO(free) = NULL;

	for (size_t i = 0; i < count; i++)
		if (marks[i].outcome == outcome &&
			json_array_append_new(list,
				json_pack("{ss,ss,sI}", "org_id", marks[i].org,
					"team_id", marks[i].team, "revision",
					(json_int_t)marks[i].revision)) < 0)
			return fault_set(fault, FAULT_RETRY, "no memory for marks");
	if (json_array_size(list) == 0)
		return true;
	printed = json_print(list);
	if (!printed)
		return fault_set(fault, FAULT_RETRY, "no memory for marks");
	return db_execute(db, outcome == MARK_DONE ? forget_sql : put_back_sql,
		DB_VALUES(printed), NULL, fault);
}

/* Adds to *left how many are not done. False with what stops all of them. */
static bool publish_all(
	struct outbox *outbox, const PGresult *rows, int *left, struct fault *fault)
{
	struct route_mark marks[ROUTE_BATCH_MAX];
	size_t count = (size_t)PQntuples(rows);
	struct db *db = outbox->thread->db;

	for (size_t i = 0; i < count; i++)
		marks[i] = (struct route_mark){.org = db_value(rows, (int)i, 0),
			.team = db_value(rows, (int)i, 1),
			.revision = db_integer(rows, (int)i, 2)};
	if (!route_batch_publish(outbox->thread, marks, count, fault))
		return false;
	for (size_t i = 0; i < count; i++)
		*left += marks[i].outcome != MARK_DONE;
	return settle_those(db, marks, count, MARK_DONE, fault) &&
		settle_those(db, marks, count, MARK_REFUSED, fault);
}

static bool drain_locked(
	struct outbox *outbox, int *count, int *left, struct fault *fault)
{
	PGresult *locked AUTO(PQclear) = NULL, *marks AUTO(PQclear) = NULL;
	struct db *db = outbox->thread->db;

	*count = 0;
	/* A machine that is cut off must not hold up the others for ever. */
	if (!db_execute(db, "SET LOCAL idle_in_transaction_session_timeout = '30s'",
		    NULL, 0, NULL, fault) ||
		!db_query(&locked, db,
			"SELECT pg_try_advisory_xact_lock("
			"hashtextextended('tocsin outbox', 0))",
			NULL, 0, fault))
		return false;
	if (!db_bool(locked, 0, 0))
		return true;
	if (!db_query(&marks, db,
		    "SELECT * FROM (SELECT org_id, team_id, revision"
		    " FROM config.route_outbox ORDER BY revision LIMIT 512) first"
		    " ORDER BY org_id, team_id",
		    NULL, 0, fault))
		return false;
	*count = PQntuples(marks);
	return *count == 0 || publish_all(outbox, marks, left, fault);
}

/* Until nothing is left but what was not done: that is tried again later. */
static bool drain(struct outbox *outbox, int *left, struct fault *fault)
{
	struct db *db = outbox->thread->db;
	int count = ROUTE_BATCH_MAX;

	*left = 0;
	while (count == ROUTE_BATCH_MAX && *left < ROUTE_BATCH_MAX &&
		!outbox->stopping) {
		if (!db_begin(db, fault))
			return false;
		if (!drain_locked(outbox, &count, left, fault) ||
			!db_commit(db, fault)) {
			db_rollback(db);
			return false;
		}
	}
	return true;
}

static bool look(struct outbox *outbox, bool *marked, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	bool good = db_query(&rows, outbox->thread->db,
		"SELECT count(*) FROM config.route_outbox", NULL, 0, fault);

	atomic_store(&outbox->sees_database, good);
	if (!good)
		return false;
	*marked = db_integer(rows, 0, 0) > 0;
	metric_set(
		metric_with(&pending_routes, NULL, NULL, NULL), db_integer(rows, 0, 0));
	return true;
}

static uint64_t reconnects(struct bus *bus)
{
	natsStatistics *counts = NULL;
	uint64_t value = 0;

	if (natsStatistics_Create(&counts) == NATS_OK &&
		natsConnection_GetStats(bus_connection(bus), counts) == NATS_OK)
		(void)natsStatistics_GetCounts(counts, NULL, NULL, NULL, NULL, &value);
	natsStatistics_Destroy(counts);
	return value;
}

/* Changes need not wait until everything is compared. */
static bool drain_between(void *context, struct fault *fault)
{
	struct outbox *outbox = context;
	int left;

	if (outbox->stopping)
		return fault_set(fault, FAULT_RETRY, "stopping");
	return drain(outbox, &left, fault);
}

/*
 * From time to time, and whenever NATS was away or did not take a route: who comes back
 * may have lost the bucket, or have an older one.
 */
static bool compare(struct outbox *outbox, bool *compared, struct fault *fault)
{
	static const char *const streams[] = {STREAM_AUDIT, BUCKET_ROUTES, NULL};
	const struct store_config *config = outbox->store->config;
	uint64_t seen = reconnects(outbox->store->bus);

	*compared = false;
	if (clock_mono_ms() < outbox->next_reconcile_ms && seen == outbox->reconnects)
		return true;
	if (!streams_ensure(outbox->store->bus, &config->streams, streams, fault) ||
		!reconcile(outbox->thread,
			&(struct reconcile_pause){drain_between, outbox}, fault))
		return false;
	outbox->next_reconcile_ms = clock_mono_ms() + config->reconcile_ms;
	outbox->reconnects = seen;
	*compared = true;
	return true;
}

/* How long the thread may sleep now, and whether a change is a reason to hurry. */
struct rest {
	long ms;
	bool in_trouble;
};

static struct rest work(struct outbox *outbox)
{
	static const struct rest trouble = {TROUBLE_MS, true};
	struct fault fault = {0};
	bool marked = false, compared;
	int left = 0;

	if (!look(outbox, &marked, &fault)) {
		log_fault(&fault, "routes");
		return trouble;
	}
	if (!compare(outbox, &compared, &fault)) {
		if (!outbox->stopping)
			log_fault(&fault, "routes: comparing the bucket");
		return trouble;
	}
	if ((marked || compared) && !drain(outbox, &left, &fault)) {
		log_fault(&fault, "routes");
		outbox->next_reconcile_ms = 0;
		return trouble;
	}
	return (struct rest){left > 0 ? TROUBLE_MS : IDLE_MS, false};
}

static bool sleep_until_woken(struct outbox *outbox, struct rest rest)
{
	struct timespec until;
	bool stopping;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += rest.ms / 1000;
	until.tv_nsec += rest.ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	(void)pthread_mutex_lock(&outbox->mutex);
	while ((rest.in_trouble || !outbox->woken) && !outbox->stopping &&
		pthread_cond_timedwait(&outbox->wake, &outbox->mutex, &until) == 0)
		;
	outbox->woken = false;
	stopping = outbox->stopping;
	(void)pthread_mutex_unlock(&outbox->mutex);
	return !stopping;
}

static void *run(void *context)
{
	struct outbox *outbox = context;

	while (sleep_until_woken(outbox, work(outbox)))
		;
	return NULL;
}

bool outbox_start(struct outbox **out, struct store *store, struct fault *fault)
{
	struct outbox *outbox = calloc(1, sizeof(*outbox));
	pthread_condattr_t monotonic;
	void *thread;

	if (!outbox)
		return fault_set(fault, FAULT_RETRY, "no memory for the outbox");
	if (!store_thread_open(&thread, store, fault)) {
		free(outbox);
		return false;
	}
	outbox->store = store;
	outbox->thread = thread;
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&outbox->mutex, NULL);
	(void)pthread_cond_init(&outbox->wake, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	if (pthread_create(&outbox->id, NULL, run, outbox) != 0) {
		store_thread_close(thread);
		free(outbox);
		return fault_set(fault, FAULT_FATAL, "no thread for the outbox");
	}
	*out = outbox;
	return true;
}

void outbox_stop(struct outbox *outbox)
{
	if (!outbox)
		return;
	(void)pthread_mutex_lock(&outbox->mutex);
	outbox->stopping = true;
	(void)pthread_cond_signal(&outbox->wake);
	(void)pthread_mutex_unlock(&outbox->mutex);
	(void)pthread_join(outbox->id, NULL);
	store_thread_close(outbox->thread);
	(void)pthread_cond_destroy(&outbox->wake);
	(void)pthread_mutex_destroy(&outbox->mutex);
	free(outbox);
}

void outbox_wake(struct outbox *outbox)
{
	if (!outbox)
		return;
	(void)pthread_mutex_lock(&outbox->mutex);
	outbox->woken = true;
	(void)pthread_cond_signal(&outbox->wake);
	(void)pthread_mutex_unlock(&outbox->mutex);
}

bool outbox_sees_database(const struct outbox *outbox)
{
	return outbox && atomic_load(&outbox->sees_database);
}
