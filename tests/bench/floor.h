// SPDX-License-Identifier: Apache-2.0
// The floors: what JetStream and libmicrohttpd do on this machine without us.
#pragma once

#include "common/nats/bus.h"
#include "tests/bench/bench.h"

/* A message as it goes out, with a place in one header for an id of its own. */
struct floor_message {
	const char *subject;
	const char *const *names;  /* of headers, ended by NULL */
	const char *const *values; /* the first is the message id's prefix */
	const void *body;
	size_t body_len;
	char *patch; /* FLOOR_PATCH_LEN characters of the body, made new each time; or
			NULL */
};

enum { FLOOR_PATCH_LEN = 12 };

/* nats.c's own js_PublishMsgAsync, for `seconds`. */
struct figure floor_publish(
	struct bus *bus, const struct floor_message *message, long seconds);

/* The same, `count` messages, as fast as it goes; for filling a stream. */
void floor_fill(struct bus *bus, const struct floor_message *message, long count);

/* A bare loop of fetch and ack over `count` messages that a stream holds. */
struct figure floor_fetch(struct bus *bus, const char *stream, long count);

/* A connection for the bench itself. */
struct bus *bench_bus(const char *url);

/* One that asks as daemons do: what is sent waits for nothing. */
struct bus *bench_bus_prompt(const char *url);
