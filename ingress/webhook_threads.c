// SPDX-License-Identifier: Apache-2.0
// What each of the HTTP server's I/O threads has of its own, from start to end.
#include <assert.h>

#include "ingress/webhook.h"

/* A large body has four pieces of 512 KiB under way. */
enum { UNWRITTEN_MAX = 64 << 20, UNWRITTEN_LEAST = 8 << 20, IN_FLIGHT_LEAST = 8 };

/* An even part of what all may have, but enough to work with. */
static int part(int all, unsigned threads, int least)
{
	int each = (all + (int)threads - 1) / (int)threads;

	return each > least ? each : least;
}

static bool open_one(struct webhook_thread *thread,
	const struct webhook_options *options, struct fault *fault)
{
	source_table_hold(options->sources);
	thread->sources = options->sources;
	return publisher_open_driven(&thread->events, options->daemon,
		"tocsin-ingress events",
		&(struct publisher_limits){.in_flight = part(options->max_in_flight,
						   options->threads, IN_FLIGHT_LEAST),
			.unwritten = (size_t)part(
				UNWRITTEN_MAX, options->threads, UNWRITTEN_LEAST)},
		fault);
}

bool webhook_open(struct webhook *webhook, const struct webhook_options *options,
	struct fault *fault)
{
	assert(options->threads >= 1 && options->threads <= HTTP_IO_THREADS_MAX);
	(void)pthread_mutex_init(&webhook->lock, NULL);
	while (webhook->thread_count < options->threads)
		if (!open_one(
			    &webhook->threads[webhook->thread_count++], options, fault))
			return false;
	return true;
}

static long drive(void *events)
{
	return publisher_drive(events);
}

static bool is_connected(void *events)
{
	return publisher_is_connected(events);
}

void webhook_sides(
	const struct webhook *webhook, struct http_side sides[HTTP_IO_THREADS_MAX])
{
	for (unsigned i = 0; i < webhook->thread_count; i++) {
		struct publisher *events = webhook->threads[i].events;

		sides[i] = (struct http_side){
			publisher_fd(events), drive, events, is_connected};
	}
}

bool webhook_is_connected(const struct webhook *webhook)
{
	for (unsigned i = 0; i < webhook->thread_count; i++)
		if (publisher_is_connected(webhook->threads[i].events))
			return true;
	return false;
}

void webhook_replace_sources(struct webhook *webhook, struct source_table *table)
{
	for (unsigned i = 0; i < webhook->thread_count; i++) {
		source_table_hold(table);
		source_table_release(atomic_exchange(&webhook->threads[i].next, table));
	}
	source_table_release(table);
}

static void close_one(struct webhook_thread *thread)
{
	publisher_close(thread->events);
	source_table_release(atomic_exchange(&thread->next, NULL));
	source_table_release(thread->sources);
	wire_done(&thread->wire);
}

void webhook_done(struct webhook *webhook)
{
	if (webhook->thread_count == 0)
		return;
	for (unsigned i = 0; i < webhook->thread_count; i++)
		close_one(&webhook->threads[i]);
	webhook->thread_count = 0;
	(void)pthread_mutex_destroy(&webhook->lock);
}
