// SPDX-License-Identifier: Apache-2.0
// One request from a sender: verify, store, answer. 2xx is said only after JetStream
// has stored the event; our own trouble is a 503, never a 4xx.
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "common/http/http_server.h"
#include "common/nats/publisher.h"
#include "common/source/source_table.h"
#include "common/wire.h"
#include "ingress/admit.h"
#include "ingress/quota.h"

enum { REFUSALS = SOURCES_BUILT_IN + SOURCE_TABLE_MAX };

/*
 * What each I/O thread of the HTTP server has for itself: from a request to its answer
 * nothing is shared with the others but counters and limits.
 */
struct webhook_thread {
	_Alignas(64) struct publisher *events; /* driven by the thread */
	struct source_table *sources;
	_Atomic(struct source_table *) next; /* replaces it at the next request; NULL */
	struct wire wire;
};

/* The caller fills in audit, admission and ack_timeout_ms, webhook_open() the rest. */
struct webhook {
	struct webhook_thread threads[HTTP_IO_THREADS_MAX];
	struct publisher *audit;
	struct admission *admission;
	long ack_timeout_ms;

	pthread_mutex_t lock;            /* for the records: */
	struct quota duplicates;         /* a replay must not fill the trail */
	struct quota refusals[REFUSALS]; /* by row */
	unsigned thread_count;
};

/* In flight and not yet written of all threads together, in even parts. */
struct webhook_options {
	const struct daemon_config *daemon;
	unsigned threads; /* 1 to HTTP_IO_THREADS_MAX */
	int max_in_flight;
	struct source_table *sources; /* held anew; the caller keeps his hold */
};

/* False: webhook_done() must be called all the same. */
NODISCARD bool webhook_open(struct webhook *webhook,
	const struct webhook_options *options, struct fault *fault);

/* For http_server_options: the publishers, one for each of its I/O threads. */
void webhook_sides(
	const struct webhook *webhook, struct http_side sides[HTTP_IO_THREADS_MAX]);

/* True when any thread can store: new connections go there. From any thread. */
bool webhook_is_connected(const struct webhook *webhook);

/*
 * An http_handler: `context` is a struct webhook, the route's data a row of `sources`, or
 * NULL: the row is the configured one that the path's {name} says, "generic" without.
 */
void webhook_handle(void *context, struct http_request *request);

/* From any thread: what comes from now on is judged by `table`, whose hold is given. */
void webhook_replace_sources(struct webhook *webhook, struct source_table *table);

/* True when a record may be made; *missed says how many were not since the last. */
bool webhook_may_tell(struct webhook *webhook, struct quota *quota, long *missed);

/*
 * Closes what webhook_open() made, when the HTTP server has stopped. What is in flight is
 * answered, so what `webhook` points to must still be there.
 */
void webhook_done(struct webhook *webhook);
DEFINE_AUTO_DONE(struct webhook, webhook_done)
