// SPDX-License-Identifier: Apache-2.0
// One request from a sender: verify, store, answer. 2xx is said only after JetStream
// has stored the event; our own trouble is a 503, never a 4xx.
#pragma once

#include <stdatomic.h>

#include "common/http/http_server.h"
#include "common/nats/publisher.h"
#include "common/source/source_table.h"
#include "common/wire.h"
#include "ingress/admit.h"
#include "ingress/quota.h"

enum { REFUSALS = SOURCES_BUILT_IN + SOURCE_TABLE_MAX };

struct webhook {
	struct publisher *events; /* driven by the HTTP server's I/O thread */
	struct publisher *audit;
	struct source_table *sources;        /* the I/O thread's, once it runs */
	_Atomic(struct source_table *) next; /* replaces it at the next request; NULL */
	struct admission *admission;
	long ack_timeout_ms;
	struct quota refusals[REFUSALS]; /* records of them, by row; as `wire` */
	struct quota duplicates; /* records of them: a replay must not fill the trail */
	struct wire *wire; /* of the I/O thread, which alone calls webhook_handle() */
};

/*
 * An http_handler: `context` is a struct webhook, the route's data a row of `sources`, or
 * NULL: the row is the configured one that the path's {name} says, "generic" without.
 */
void webhook_handle(void *context, struct http_request *request);

/* From any thread: what comes from now on is judged by `table`, whose hold is given. */
void webhook_replace_sources(struct webhook *webhook, struct source_table *table);

/* Lets go of the tables; when no request is left. */
void webhook_done(struct webhook *webhook);
DEFINE_AUTO_DONE(struct webhook, webhook_done)
