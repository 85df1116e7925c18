// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/effective_cache.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/metrics.h"

enum { BUCKETS = 1 << 14 };

static struct metric hits_total = {.type = METRIC_COUNTER,
	.name = "tocsin_config_cache_hits_total",
	.help = "Effective configurations answered from memory, without the database"};
static struct metric misses_total = {.type = METRIC_COUNTER,
	.name = "tocsin_config_cache_misses_total",
	.help = "Effective configurations that had to be read and merged"};
static struct metric cache_bytes = {.type = METRIC_GAUGE,
	.name = "tocsin_config_cache_bytes",
	.help = "Memory that cached effective configurations take"};

struct effective_cache {
	pthread_mutex_t lock; /* held for some pointers, never for a copy or a call */
	size_t most, bytes;
	struct effective *newest, *oldest;
	struct effective *buckets[BUCKETS];
};

struct effective *effective_new(const char *org, const char *node, uint64_t generation,
	const char *etag, const char *text)
{
	size_t len = strlen(text);
	struct effective *effective = calloc(1, sizeof(*effective) + len + 1);

	if (!effective)
		return NULL;
	effective->generation = generation;
	effective->len = len;
	effective->cost = sizeof(*effective) + len + 1;
	effective->text = memcpy(effective + 1, text, len + 1);
	(void)snprintf(effective->org, sizeof(effective->org), "%s", org);
	(void)snprintf(effective->node, sizeof(effective->node), "%s", node);
	(void)snprintf(effective->etag, sizeof(effective->etag), "%s", etag);
	atomic_init(&effective->users, 1);
	return effective;
}

void effective_release(struct effective *effective)
{
	if (effective && atomic_fetch_sub(&effective->users, 1) == 1)
		free(effective);
}

bool effective_cache_open(
	struct effective_cache **out, size_t bytes, struct fault *fault)
{
	struct effective_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return fault_set(
			fault, FAULT_RETRY, "no memory for a cache of configurations");
	cache->most = bytes;
	(void)pthread_mutex_init(&cache->lock, NULL);
	metric_link(&hits_total);
	metric_link(&misses_total);
	metric_link(&cache_bytes);
	*out = cache;
	return true;
}

static struct effective **bucket_of(
	struct effective_cache *cache, const char *org, const char *node)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (; *org; org++)
		hash = (hash ^ (unsigned char)*org) * 1099511628211u;
	hash = (hash ^ '/') * 1099511628211u;
	for (; *node; node++)
		hash = (hash ^ (unsigned char)*node) * 1099511628211u;
	return &cache->buckets[(hash ^ hash >> 32) & (BUCKETS - 1)];
}

static struct effective *find(
	struct effective_cache *cache, const char *org, const char *node)
{
	struct effective *found = *bucket_of(cache, org, node);

	while (found &&
		(strcmp(found->node, node) != 0 || strcmp(found->org, org) != 0))
		found = found->next;
	return found;
}

static void leave_line(struct effective_cache *cache, struct effective *effective)
{
	if (effective->newer)
		effective->newer->older = effective->older;
	else
		cache->newest = effective->older;
	if (effective->older)
		effective->older->newer = effective->newer;
	else
		cache->oldest = effective->newer;
}

static void join_line(struct effective_cache *cache, struct effective *effective)
{
	effective->newer = NULL;
	effective->older = cache->newest;
	if (cache->newest)
		cache->newest->newer = effective;
	else
		cache->oldest = effective;
	cache->newest = effective;
}

static void drop(struct effective_cache *cache, struct effective *dropped)
{
	struct effective **place = bucket_of(cache, dropped->org, dropped->node);

	while (*place && *place != dropped)
		place = &(*place)->next;
	assert(*place == dropped);
	*place = dropped->next;
	leave_line(cache, dropped);
	cache->bytes -= dropped->cost;
	effective_release(dropped);
}

void effective_cache_close(struct effective_cache *cache)
{
	if (!cache)
		return;
	while (cache->oldest)
		drop(cache, cache->oldest);
	(void)pthread_mutex_destroy(&cache->lock);
	free(cache);
}

struct effective *effective_cache_get(struct effective_cache *cache, const char *org,
	const char *node, uint64_t generation)
{
	struct effective *found = NULL;

	if (cache && generation != 0) {
		(void)pthread_mutex_lock(&cache->lock);
		found = find(cache, org, node);
		if (found && found->generation != generation)
			found = NULL;
		if (found) {
			atomic_fetch_add(&found->users, 1);
			leave_line(cache, found);
			join_line(cache, found);
		}
		(void)pthread_mutex_unlock(&cache->lock);
	}
	if (found)
		metric_count(&hits_total);
	return found;
}

void effective_cache_missed(void)
{
	metric_count(&misses_total);
}

static void make_room(struct effective_cache *cache, size_t bytes)
{
	while (cache->oldest && cache->bytes + bytes > cache->most)
		drop(cache, cache->oldest);
}

void effective_cache_put(struct effective_cache *cache, struct effective *effective)
{
	struct effective *known, **bucket;

	if (!cache || effective->generation == 0 || effective->cost > cache->most)
		return;
	(void)pthread_mutex_lock(&cache->lock);
	known = find(cache, effective->org, effective->node);
	if (known)
		drop(cache, known);
	make_room(cache, effective->cost);
	bucket = bucket_of(cache, effective->org, effective->node);
	effective->next = *bucket;
	*bucket = effective;
	join_line(cache, effective);
	atomic_fetch_add(&effective->users, 1);
	cache->bytes += effective->cost;
	metric_set(metric_with(&cache_bytes, NULL, NULL, NULL), (int64_t)cache->bytes);
	(void)pthread_mutex_unlock(&cache->lock);
}
