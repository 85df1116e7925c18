// SPDX-License-Identifier: Apache-2.0
#include "common/pool.h"

#include <pthread.h>
#include <stdlib.h>

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t filled, taken;
	void (*work)(void *item);
	void **items; /* a ring */
	int places, first, count, threads;
	bool stopping;
	pthread_t ids[];
};

/* NULL at the end. */
static void *next(struct pool *pool)
{
	void *item = NULL;

	(void)pthread_mutex_lock(&pool->lock);
	while (pool->count == 0 && !pool->stopping)
		(void)pthread_cond_wait(&pool->filled, &pool->lock);
	if (pool->count > 0) {
		item = pool->items[pool->first];
		pool->first = (pool->first + 1) % pool->places;
		pool->count--;
		(void)pthread_cond_signal(&pool->taken);
	}
	(void)pthread_mutex_unlock(&pool->lock);
	return item;
}

static void *run(void *context)
{
	struct pool *pool = context;

	for (void *item; (item = next(pool));)
		pool->work(item);
	return NULL;
}

bool pool_start(struct pool **out, int threads, int places, void (*work)(void *item),
	struct fault *fault)
{
	struct pool *pool =
		calloc(1, sizeof(*pool) + (size_t)threads * sizeof(pthread_t));
	void **items = calloc((size_t)places, sizeof(*items));

	if (!pool || !items) {
		free(pool);
		free(items);
		return fault_set(
			fault, FAULT_FATAL, "no memory for %d threads", threads);
	}
	pool->work = work;
	pool->items = items;
	pool->places = places;
	(void)pthread_mutex_init(&pool->lock, NULL);
	(void)pthread_cond_init(&pool->filled, NULL);
	(void)pthread_cond_init(&pool->taken, NULL);
	while (pool->threads < threads &&
		pthread_create(&pool->ids[pool->threads], NULL, run, pool) == 0)
		pool->threads++;
	if (pool->threads < threads) {
		int started = pool->threads;

		pool_stop(pool);
		return fault_set(fault, FAULT_FATAL,
			"only %d of %d threads could be started", started, threads);
	}
	*out = pool;
	return true;
}

void pool_add(struct pool *pool, void *item)
{
	(void)pthread_mutex_lock(&pool->lock);
	while (pool->count == pool->places)
		(void)pthread_cond_wait(&pool->taken, &pool->lock);
	pool->items[(pool->first + pool->count++) % pool->places] = item;
	(void)pthread_cond_signal(&pool->filled);
	(void)pthread_mutex_unlock(&pool->lock);
}

void pool_stop(struct pool *pool)
{
	if (!pool)
		return;
	(void)pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	(void)pthread_cond_broadcast(&pool->filled);
	(void)pthread_mutex_unlock(&pool->lock);
	for (int i = 0; i < pool->threads; i++)
		(void)pthread_join(pool->ids[i], NULL);
	(void)pthread_cond_destroy(&pool->taken);
	(void)pthread_cond_destroy(&pool->filled);
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool->items);
	free(pool);
}
