// SPDX-License-Identifier: Apache-2.0
#include "router/table.h"

#include <pthread.h>
#include <string.h>

#include "common/ids.h"

enum { SHARD_BITS = 8, SHARDS = 1 << SHARD_BITS, FIRST_SIZE = 8 };

struct shard {
	pthread_rwlock_t lock;
	struct claim **buckets; /* a power of two */
	size_t size, count;
};

struct table {
	uint64_t seed; /* so that nobody can choose values that collide */
	struct shard shards[SHARDS];
};

bool table_new(struct table **out, struct fault *fault)
{
	struct table *table AUTO(table_free) = calloc(1, sizeof(*table));

	if (!table)
		return fault_set(fault, FAULT_FATAL, "no memory for the route index");
	id_random(&table->seed, sizeof(table->seed));
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &table->shards[i];

		(void)pthread_rwlock_init(&shard->lock, NULL);
		shard->size = FIRST_SIZE;
		shard->buckets = calloc(shard->size, sizeof(struct claim *));
		if (!shard->buckets)
			return fault_set(
				fault, FAULT_FATAL, "no memory for the route index");
	}
	*out = TAKE(table);
	return true;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		free(table->shards[i].buckets);
		(void)pthread_rwlock_destroy(&table->shards[i].lock);
	}
	free(table);
}

/* FNV-1a from a secret start, then murmur3's last mix: the top bits choose the shard.
 */
static uint64_t hash(
	const struct table *table, unsigned type, const char *value, size_t len)
{
	uint64_t h = (table->seed ^ type) * 0x100000001B3U;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)value[i]) * 0x100000001B3U;
	h = (h ^ h >> 33) * 0xFF51AFD7ED558CCDU;
	h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53U;
	return h ^ h >> 33;
}

static struct shard *shard_of(struct table *table, uint64_t h)
{
	return &table->shards[h >> (64 - SHARD_BITS)];
}

struct route *claim_route(const struct claim *claim)
{
	const struct claim *first = claim - claim->number;

	return (struct route *)((uintptr_t)first - offsetof(struct route, claims));
}

static const char *value_of(const struct claim *claim)
{
	return (const char *)claim_route(claim) + claim->offset;
}

static uint64_t hash_of(const struct table *table, const struct claim *claim)
{
	return hash(table, claim->type, value_of(claim), claim->len);
}

static struct claim **bucket_of(const struct shard *shard, uint32_t h)
{
	return &shard->buckets[h & (shard->size - 1)];
}

/* Without memory the chains grow instead. */
static void grow(struct shard *shard)
{
	struct shard larger = {.size = 2 * shard->size};

	larger.buckets = calloc(larger.size, sizeof(struct claim *));
	if (!larger.buckets)
		return;
	for (size_t i = 0; i < shard->size; i++)
		for (struct claim *claim = shard->buckets[i], *next; claim;
			claim = next) {
			struct claim **bucket = bucket_of(&larger, claim->hash);

			next = claim->next;
			claim->next = *bucket;
			*bucket = claim;
		}
	free(shard->buckets);
	shard->buckets = larger.buckets;
	shard->size = larger.size;
}

void table_insert(struct table *table, struct claim *claim)
{
	uint64_t h = hash_of(table, claim);
	struct shard *shard = shard_of(table, h);
	struct claim **bucket;

	claim->hash = (uint32_t)h;
	(void)pthread_rwlock_wrlock(&shard->lock);
	if (shard->count >= shard->size)
		grow(shard);
	bucket = bucket_of(shard, claim->hash);
	claim->next = *bucket;
	*bucket = claim;
	shard->count++;
	(void)pthread_rwlock_unlock(&shard->lock);
}

void table_remove(struct table *table, struct claim *claim)
{
	struct shard *shard = shard_of(table, hash_of(table, claim));
	struct claim **at;

	(void)pthread_rwlock_wrlock(&shard->lock);
	at = bucket_of(shard, claim->hash);
	while (*at && *at != claim)
		at = &(*at)->next;
	if (*at) {
		*at = claim->next;
		shard->count--;
	}
	(void)pthread_rwlock_unlock(&shard->lock);
}

struct route *table_stale(struct table *table, uint32_t generation, size_t *cursor)
{
	for (; *cursor < SHARDS; (*cursor)++) {
		const struct shard *shard = &table->shards[*cursor];

		for (size_t i = 0; i < shard->size; i++)
			for (struct claim *claim = shard->buckets[i]; claim;
				claim = claim->next)
				if (claim_route(claim)->generation != generation)
					return claim_route(claim);
	}
	return NULL;
}

static bool is_newer(const struct route *one, const struct route *other)
{
	return one->generation != other->generation
		? (int32_t)(one->generation - other->generation) > 0
		: one->revision > other->revision;
}

struct route *table_find(
	struct table *table, unsigned type, const char *value, size_t len)
{
	uint64_t h = hash(table, type, value, len);
	struct shard *shard = shard_of(table, h);
	struct route *newest = NULL;

	(void)pthread_rwlock_rdlock(&shard->lock);
	for (struct claim *claim = *bucket_of(shard, (uint32_t)h); claim;
		claim = claim->next)
		if (claim->hash == (uint32_t)h && claim->type == type &&
			claim->len == len && memcmp(value_of(claim), value, len) == 0 &&
			(!newest || is_newer(claim_route(claim), newest)))
			newest = claim_route(claim);
	if (newest)
		route_hold(newest);
	(void)pthread_rwlock_unlock(&shard->lock);
	return newest;
}

void route_hold(struct route *route)
{
	atomic_fetch_add_explicit(&route->holds, 1, memory_order_relaxed);
}

void route_release(struct route *route)
{
	if (route &&
		atomic_fetch_sub_explicit(&route->holds, 1, memory_order_acq_rel) == 1)
		free(route);
}
