// SPDX-License-Identifier: Apache-2.0
// One stream's way into its table: a consumer, a thread's own connection, batches.
#pragma once

#include <stdatomic.h>

#include "audit-sink/row.h"
#include "common/nats/bus.h"
#include "common/nats/publisher.h"

/* What differs from stream to stream. */
struct sink_stream {
	const char *stream;
	const char *durable;
	bool headers_only;
	row_parser parse;
	size_t values;   /* of a row */
	const char *sql; /* $1 the stream, then one array per column */
};

/* EVENTS, AUDIT and STEPS; ended by a NULL stream. */
extern const struct sink_stream sink_streams[];
enum { SINK_STREAMS = 3 };

struct sink_config {
	const char *database_url;
	long batch;
	long ack_wait_ms;
};

/* Shared with the thread that says whether the process is ready. */
struct sink_state {
	atomic_bool stuck; /* the last batch could not be written */
};

/* Works until a stop is requested. False only with a FATAL fault. */
NODISCARD bool sink_run(const struct sink_stream *stream,
	const struct sink_config *config, struct sink_state *state, struct bus *bus,
	struct publisher *publisher, struct fault *fault);
