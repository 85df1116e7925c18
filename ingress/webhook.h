// SPDX-License-Identifier: Apache-2.0
// One request from a sender: verify, store, answer. 2xx is said only after JetStream
// has stored the event; our own trouble is a 503, never a 4xx.
#pragma once

#include "common/http_server.h"
#include "common/publisher.h"
#include "common/wire.h"
#include "ingress/quota.h"
#include "ingress/source.h"

struct webhook {
	struct publisher *events; /* driven by the HTTP server's I/O thread */
	struct publisher *audit;
	const struct source_secrets *secrets;
	long ack_timeout_ms;
	struct quota refusals[SOURCES_MAX]; /* records of them, by source; as `wire` */
	struct wire *wire; /* of the I/O thread, which alone calls webhook_handle() */
};

/* An http_handler: `context` is a struct webhook, the route's data a struct source. */
void webhook_handle(void *context, struct http_request *request);
