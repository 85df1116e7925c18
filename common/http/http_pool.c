// SPDX-License-Identifier: Apache-2.0
// A fixed number of threads for handlers that wait, each with what it opened for
// itself.
#include <string.h>

#include "common/http/http_private.h"
#include "common/log.h"

enum { QUEUE_MAX = 1000, RETRY_AFTER_S = 1 };

struct http_pool {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct http_request *queue[QUEUE_MAX]; /* a ring */
	size_t first, count;
	bool stopping;

	bool (*thread_open)(void **thread, void *context, struct fault *fault);
	void (*thread_close)(void *thread);
	void *context;
	size_t threads_count;
	pthread_t threads[];
};

/* What one thread has; it opens again with each request until it succeeds. */
struct own {
	struct http_pool *pool;
	void *thread;
	bool opened, complained;
};

static bool open_own(struct own *own, struct fault *fault)
{
	const struct http_pool *pool = own->pool;

	if (own->opened || !pool->thread_open ||
		pool->thread_open(&own->thread, pool->context, fault)) {
		own->opened = true;
		own->complained = false;
		return true;
	}
	if (!own->complained)
		log_fault(fault, "http.thread_open");
	own->complained = true;
	return false;
}

static void handle(struct own *own, struct http_request *request)
{
	const struct http_own_route *route = request->own;
	struct fault fault = {0};

	if (!open_own(own, &fault)) {
		if (request->streaming) {
			http_stream_fail(request, &fault);
			return;
		}
		http_answer_unavailable(request,
			fault.retry_after_ms ? (int)(fault.retry_after_ms / 1000 + 1)
					     : RETRY_AFTER_S,
			&fault);
		return;
	}
	if (request->streaming) {
		http_stream_fill(request, own->thread);
		return;
	}
	request->thread = own->thread;
	if (request->next)
		request->next(route->context, request);
	else
		route->route.handle(route->context, request);
}

/* NULL when there is nothing left and the pool stops. */
static struct http_request *next(struct http_pool *pool)
{
	struct http_request *request = NULL;

	(void)pthread_mutex_lock(&pool->lock);
	while (pool->count == 0 && !pool->stopping)
		(void)pthread_cond_wait(&pool->filled, &pool->lock);
	if (pool->count > 0) {
		request = pool->queue[pool->first];
		pool->first = (pool->first + 1) % QUEUE_MAX;
		pool->count--;
	}
	(void)pthread_mutex_unlock(&pool->lock);
	return request;
}

static void *work(void *argument)
{
	struct own own = {.pool = argument};
	struct fault fault = {0};

	(void)open_own(&own, &fault);
	for (struct http_request *request = next(own.pool); request;
		request = next(own.pool))
		handle(&own, request);
	if (own.opened && own.pool->thread_close)
		own.pool->thread_close(own.thread);
	return NULL;
}

bool http_pool_start(struct http_pool **out, const struct http_server_options *options,
	struct fault *fault)
{
	size_t count =
		options->blocking_threads > 0 ? (size_t)options->blocking_threads : 0;
	struct http_pool *pool = calloc(1, sizeof(*pool) + count * sizeof(pthread_t));
	int status = 0;

	if (!pool)
		return fault_set(fault, FAULT_FATAL, "HTTP threads: no memory");
	(void)pthread_mutex_init(&pool->lock, NULL);
	(void)pthread_cond_init(&pool->filled, NULL);
	pool->thread_open = options->thread_open;
	pool->thread_close = options->thread_close;
	pool->context = options->context;
	while (pool->threads_count < count && status == 0) {
		status = pthread_create(
			&pool->threads[pool->threads_count], NULL, work, pool);
		pool->threads_count += status == 0;
	}
	if (status != 0) {
		http_pool_stop(pool);
		return fault_set(
			fault, FAULT_FATAL, "HTTP threads: %s", strerror(status));
	}
	*out = pool;
	return true;
}

bool http_pool_submit(struct http_pool *pool, struct http_request *request)
{
	bool room;

	(void)pthread_mutex_lock(&pool->lock);
	room = pool->count < QUEUE_MAX && !pool->stopping;
	if (room) {
		pool->queue[(pool->first + pool->count++) % QUEUE_MAX] = request;
		(void)pthread_cond_signal(&pool->filled);
	}
	(void)pthread_mutex_unlock(&pool->lock);
	return room;
}

void http_pool_stop(struct http_pool *pool)
{
	if (!pool)
		return;
	(void)pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	(void)pthread_cond_broadcast(&pool->filled);
	(void)pthread_mutex_unlock(&pool->lock);
	for (size_t i = 0; i < pool->threads_count; i++)
		(void)pthread_join(pool->threads[i], NULL);
	(void)pthread_cond_destroy(&pool->filled);
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool);
}
