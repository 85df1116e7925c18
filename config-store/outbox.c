// SPDX-License-Identifier: Apache-2.0
#include "config-store/outbox.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/subjects.h"
#include "config-store/bucket.h"
#include "config-store/reconcile.h"
#include "config-store/route_document.h"
#include "config-store/tree.h"

enum { IDLE_MS = 200, TROUBLE_MS = 1000, BATCH = 100, TRIES = 5, KEY_SIZE = 160 };

static struct metric published_total = {.type = METRIC_COUNTER,
	.name = "tocsin_routes_published_total",
	.help = "Writes to the routes bucket",
	.labels = {"operation"}};
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

/* One attempt; *lost: the bucket changed meanwhile. */
static bool publish_once(struct outbox *outbox, const char *const tenant[2],
	int64_t revision, bool *lost, struct fault *fault)
{
	struct bucket_entry entry AUTO(bucket_entry_done) = {0};
	struct tree *tree AUTO(tree_free) = NULL;
	struct wire document AUTO(wire_done) = {0};
	const struct tree_node *team;
	char key[KEY_SIZE];

	*lost = false;
	(void)snprintf(key, sizeof(key), ROUTE_KEY, tenant[0], tenant[1]);
	/* The bucket first: what is then read from the tables is not older. */
	if (!bucket_read(&entry, outbox->store->bus, key, fault) ||
		!tree_load(&tree, outbox->thread->db, tenant[0], tenant[1], TREE_PATH,
			fault) ||
		!tree_merge(tree, TREE_REDACTED, NULL, fault))
		return false;
	team = tree_find(tree, tenant[1]);
	if (team && tree_is_team(team)) {
		if (!route_document(
			    &document, tenant, team->effective, revision, fault))
			return false;
		if (entry.data &&
			route_is_same(
				entry.data, entry.len, document.data, document.len))
			return true;
	} else if (!entry.data)
		return true;
	metric_add(metric_with(&published_total, document.data ? "put" : "delete", NULL,
			   NULL),
		1);
	return bucket_write(outbox->store->publisher, &entry, document.data,
		document.len, lost, fault);
}

static bool publish(
	struct outbox *outbox, const PGresult *marks, int row, struct fault *fault)
{
	const char *const tenant[2] = {
		db_value(marks, row, 0), db_value(marks, row, 1)};
	bool lost = true;

	for (int tried = 0; lost && tried < TRIES; tried++)
		if (!publish_once(
			    outbox, tenant, db_integer(marks, row, 2), &lost, fault))
			return false;
	return !lost ||
		fault_set(fault, FAULT_RETRY, "%s.%s: others write this route too",
			tenant[0], tenant[1]);
}

/*
 * A mark that has been renewed since it was read stays, and so does one that is being
 * renewed: waiting for who does it could be waiting for each other.
 */
#define THIS_MARK                                                      \
	" WHERE (org_id, team_id) IN (SELECT org_id, team_id"          \
	" FROM config.route_outbox WHERE org_id = $1 AND team_id = $2" \
	" AND revision = $3::bigint FOR UPDATE SKIP LOCKED)"

static const char forget_sql[] = "DELETE FROM config.route_outbox" THIS_MARK;

/*
 * A route that will not be taken, too large for one message, say: its mark goes behind
 * all others, so that no organisation can hold up the routes of the rest.
 */
static const char put_back_sql[] =
	"UPDATE config.route_outbox SET"
	" revision = nextval('config.route_revision')" THIS_MARK;

static bool settle(
	struct db *db, const PGresult *marks, const bool *refused, struct fault *fault)
{
	for (int i = 0; i < PQntuples(marks); i++)
		if (!db_execute(db, refused[i] ? put_back_sql : forget_sql,
			    DB_VALUES(db_value(marks, i, 0), db_value(marks, i, 1),
				    db_value(marks, i, 2)),
			    NULL, fault))
			return false;
	return true;
}

/* Adds to *count how many were refused. False with what stops all of them. */
static bool publish_all(
	struct outbox *outbox, const PGresult *marks, int *count, struct fault *fault)
{
	bool refused[BATCH] = {false};

	for (int i = 0; i < PQntuples(marks); i++) {
		struct fault why = {0};

		if (publish(outbox, marks, i, &why))
			continue;
		if (why.kind != FAULT_REJECT) {
			*fault = why;
			return false;
		}
		log_fault(&why, "route %s.%s", db_value(marks, i, 0),
			db_value(marks, i, 1));
		refused[i] = true;
		++*count;
	}
	return settle(outbox->thread->db, marks, refused, fault);
}

static bool drain_locked(
	struct outbox *outbox, int *count, int *refused, struct fault *fault)
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
		    "SELECT org_id, team_id, revision FROM config.route_outbox"
		    " ORDER BY revision LIMIT 100",
		    NULL, 0, fault))
		return false;
	*count = PQntuples(marks);
	return publish_all(outbox, marks, refused, fault);
}

/* Until nothing is left but what is refused: that is tried again when all slept. */
static bool drain(struct outbox *outbox, int *refused, struct fault *fault)
{
	struct db *db = outbox->thread->db;
	int count = BATCH;

	*refused = 0;
	while (count == BATCH && *refused < BATCH && !outbox->stopping) {
		if (!db_begin(db, fault))
			return false;
		if (!drain_locked(outbox, &count, refused, fault) ||
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
	int refused;

	if (outbox->stopping)
		return fault_set(fault, FAULT_RETRY, "stopping");
	return drain(outbox, &refused, fault);
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

/* How long the thread may sleep now. */
static long work(struct outbox *outbox)
{
	struct fault fault = {0};
	bool marked = false, compared;
	int refused = 0;

	if (!look(outbox, &marked, &fault)) {
		log_fault(&fault, "routes");
		return TROUBLE_MS;
	}
	if (!compare(outbox, &compared, &fault)) {
		if (!outbox->stopping)
			log_fault(&fault, "routes: comparing the bucket");
		return TROUBLE_MS;
	}
	if ((marked || compared) && !drain(outbox, &refused, &fault)) {
		log_fault(&fault, "routes");
		outbox->next_reconcile_ms = 0;
		return TROUBLE_MS;
	}
	return refused > 0 ? TROUBLE_MS : IDLE_MS;
}

static bool sleep_until_woken(struct outbox *outbox, long ms)
{
	struct timespec until;
	bool stopping;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	(void)pthread_mutex_lock(&outbox->mutex);
	while (!outbox->woken && !outbox->stopping &&
		pthread_cond_timedwait(&outbox->wake, &outbox->mutex, &until) == 0)
		;
	/* In trouble a change is no reason to hurry. */
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
