// SPDX-License-Identifier: Apache-2.0
#include "config-store/routing/route_batch.h"

#include <pthread.h>
#include <string.h>

#include "common/log.h"
#include "common/metrics.h"
#include "common/nats/subjects.h"
#include "config-store/routing/bucket.h"
#include "config-store/routing/route_document.h"
#include "config-store/tree/tree.h"

enum { KEY_SIZE = 160 };

static struct metric published_total = {.type = METRIC_COUNTER,
	.name = "tocsin_routes_published_total",
	.help = "Writes to the routes bucket",
	.labels = {"operation"}};

struct batch;

struct item {
	struct batch *batch;
	struct route_mark *mark;
	struct bucket_entry entry;
};

struct batch {
	struct store_thread *thread;
	struct item items[ROUTE_BATCH_MAX];
	size_t count;
	pthread_mutex_t lock; /* of what follows and of outcomes while in flight */
	pthread_cond_t fewer;
	size_t in_flight;
	struct fault trouble; /* the first that stops all */
};

static void batch_free(struct batch *batch)
{
	if (!batch)
		return;
	for (size_t i = 0; i < batch->count; i++)
		bucket_entry_done(&batch->items[i].entry);
	(void)pthread_cond_destroy(&batch->fewer);
	(void)pthread_mutex_destroy(&batch->lock);
	free(batch);
}
DEFINE_AUTO(struct batch, batch_free)

static struct batch *batch_new(
	struct store_thread *thread, struct route_mark *marks, size_t count)
{
	struct batch *batch AUTO(batch_free) = calloc(1, sizeof(*batch));
	char key[KEY_SIZE];

	if (!batch)
		return NULL;
	(void)pthread_mutex_init(&batch->lock, NULL);
	(void)pthread_cond_init(&batch->fewer, NULL);
	batch->thread = thread;
	for (; batch->count < count; batch->count++) {
		struct item *item = &batch->items[batch->count];

		item->batch = batch;
		item->mark = &marks[batch->count];
		item->mark->outcome = MARK_LEFT;
		(void)snprintf(
			key, sizeof(key), ROUTE_KEY, item->mark->org, item->mark->team);
		item->entry.key = strdup(key);
		if (!item->entry.key)
			return NULL;
	}
	return TAKE(batch);
}

static void refused(struct item *item, const struct fault *why)
{
	item->mark->outcome = MARK_REFUSED;
	log_fault(why, "route %s.%s", item->mark->org, item->mark->team);
}

/* In a thread of the publisher. */
static void on_published(void *context, const struct published *result)
{
	struct item *item = context;
	struct batch *batch = item->batch;
	struct fault why = {0};

	(void)pthread_mutex_lock(&batch->lock);
	if (result->stored)
		item->mark->outcome = MARK_DONE;
	else if (!bucket_is_lost(result)) {
		(void)fault_set(&why, result->refused ? FAULT_REJECT : FAULT_RETRY,
			"%s: %s", item->entry.key, result->error);
		if (why.kind == FAULT_REJECT)
			refused(item, &why);
		else if (batch->trouble.kind == FAULT_NONE)
			batch->trouble = why;
	}
	batch->in_flight--;
	(void)pthread_cond_signal(&batch->fewer);
	(void)pthread_mutex_unlock(&batch->lock);
}

static void wait_for_all(struct batch *batch)
{
	(void)pthread_mutex_lock(&batch->lock);
	while (batch->in_flight > 0)
		(void)pthread_cond_wait(&batch->fewer, &batch->lock);
	(void)pthread_mutex_unlock(&batch->lock);
}

static bool send(struct item *item, const struct wire *document, struct fault *fault)
{
	struct batch *batch = item->batch;
	struct publisher *publisher = batch->thread->store->publisher;

	(void)pthread_mutex_lock(&batch->lock);
	batch->in_flight++;
	(void)pthread_mutex_unlock(&batch->lock);
	/* Others publish audit records meanwhile, and leave room for ours. */
	publisher_wait_below(publisher, publisher_capacity(publisher));
	if (!bucket_send(
		    publisher, &item->entry, document, on_published, item, fault)) {
		(void)pthread_mutex_lock(&batch->lock);
		batch->in_flight--;
		(void)pthread_mutex_unlock(&batch->lock);
		return false;
	}
	metric_add(
		metric_with(&published_total, document ? "put" : "delete", NULL, NULL),
		1);
	return true;
}

/* Sends what differs from the bucket. */
static bool bring_in_line(struct item *item, struct tree *tree, struct fault *fault)
{
	const struct bucket_entry *entry = &item->entry;
	const struct route_mark *mark = item->mark;
	const struct tree_node *team = tree_find(tree, mark->team);
	struct wire document AUTO(wire_done) = {0};
	bool same;

	if (!team || !tree_is_team(team)) {
		same = !entry->data;
	} else {
		if (!route_document(&document,
			    (const char *const[]){mark->org, mark->team},
			    team->effective, mark->revision, fault))
			return false;
		same = entry->data &&
			route_is_same(
				entry->data, entry->len, document.data, document.len);
	}
	if (!same)
		return send(item, document.data ? &document : NULL, fault);
	item->mark->outcome = MARK_DONE;
	return true;
}

/* The teams of `items` as a JSON array for SQL. */
static char *print_teams(const struct item *items, size_t count)
{
	json_t *teams AUTO(json_decref) = json_array();

	for (size_t i = 0; i < count; i++)
		if (json_array_append_new(teams, json_string(items[i].mark->team)) < 0)
			return NULL;
	return json_print(teams);
}

static bool load(
	struct tree **out, const struct item *items, size_t count, struct fault *fault)
{
	struct store_thread *thread = items->batch->thread;
	char *teams AUTO(free) = print_teams(items, count);
	struct tree *tree AUTO(tree_free) = NULL;

	if (!teams)
		return fault_set(fault, FAULT_RETRY, "no memory for routes");
	if (!tree_load(&tree, thread->db, items->mark->org, teams, TREE_PATHS, fault) ||
		!tree_merge(tree, TREE_REDACTED, NULL, fault))
		return false;
	*out = TAKE(tree);
	return true;
}

/* One organisation's. What is refused of one team does not stop the others. */
static bool publish_some(struct item *items, size_t count, struct fault *fault)
{
	struct tree *tree AUTO(tree_free) = NULL;
	struct fault why = {0};

	if (!load(&tree, items, count, &why)) {
		if (why.kind != FAULT_REJECT)
			return fault_set(fault, why.kind, "%s", why.text);
		if (count == 1)
			refused(items, &why);
		for (size_t i = 0; i < count && count > 1; i++)
			if (!publish_some(&items[i], 1, fault))
				return false;
		return true;
	}
	for (size_t i = 0; i < count; i++) {
		why = (struct fault){0};
		if (bring_in_line(&items[i], tree, &why))
			continue;
		if (why.kind != FAULT_REJECT)
			return fault_set(fault, why.kind, "%s", why.text);
		refused(&items[i], &why);
	}
	return true;
}

static bool publish_all(struct batch *batch, struct fault *fault)
{
	size_t next;

	for (size_t i = 0; i < batch->count; i = next) {
		next = i + 1;
		while (next < batch->count &&
			strcmp(batch->items[next].mark->org,
				batch->items[i].mark->org) == 0)
			next++;
		if (!publish_some(&batch->items[i], next - i, fault))
			return false;
	}
	return true;
}

/* The bucket first: what is then read from the tables is not older. */
static bool look_at_bucket(struct batch *batch, struct fault *fault)
{
	struct bucket_entry *entries[ROUTE_BATCH_MAX];

	for (size_t i = 0; i < batch->count; i++)
		entries[i] = &batch->items[i].entry;
	return bucket_read_many(
		entries, batch->count, batch->thread->store->bus, fault);
}

bool route_batch_publish(struct store_thread *thread, struct route_mark *marks,
	size_t count, struct fault *fault)
{
	struct batch *batch AUTO(batch_free) = batch_new(thread, marks, count);
	bool good;

	if (!batch)
		return fault_set(fault, FAULT_RETRY, "no memory for routes");
	good = look_at_bucket(batch, fault) && publish_all(batch, fault);
	/* Who is called back must be there. */
	wait_for_all(batch);
	if (!good)
		return false;
	return batch->trouble.kind == FAULT_NONE ||
		fault_set(fault, batch->trouble.kind, "%s", batch->trouble.text);
}
