// SPDX-License-Identifier: Apache-2.0
// How often the messages of one consumer were handled, for its limit. JetStream's own
// count will not do: it also counts what was postponed, and what merely was in the same
// fetch as a message that killed the process. So each handling of a message that comes
// again is noted in BUCKET_TRIES before it begins. One that comes for the first time
// costs nothing; when it comes again without a note, it is taken to have been handled
// once.
#pragma once

#include <stdint.h>

#include "common/nats/bus.h"

struct tries;

/* The bucket must be there: see streams_ensure(). */
NODISCARD bool tries_open(struct tries **out, struct bus *bus, const char *consumer,
	const char *stream, struct fault *fault);
void tries_close(struct tries *tries);
DEFINE_AUTO(struct tries, tries_close)

/* A message: the time tells it from one of an earlier stream of the same name. */
struct tries_message {
	uint64_t sequence;
	int64_t stored_at_us;
};

/* How often it was handled before. Any thread; waits for the answer. */
NODISCARD bool tries_get(struct tries *tries, const struct tries_message *message,
	int *out, struct fault *fault);
NODISCARD bool tries_put(struct tries *tries, const struct tries_message *message,
	int count, struct fault *fault);
