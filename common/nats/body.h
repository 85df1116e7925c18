// SPDX-License-Identifier: Apache-2.0
// Bodies of events that did not fit into a NATS message: pieces in BODIES. Whoever reads
// an event's body calls body_complete() first.
#pragma once

#include "common/nats/bus.h"
#include "proto/names.h"

enum {
	BODY_LENGTH_MAX = 64 << 20, /* what a reader is ready to hold */
	BODY_PIECE_MAX = 512 << 10,
};

/*
 * Bytes of one piece for a server that takes messages of `max_payload`: what a reader is
 * sent is base64, and must fit as well.
 */
size_t body_piece_size(size_t max_payload);

/* How many pieces of `size` a body of `len` has. */
size_t body_piece_count(size_t len, size_t size);

/*
 * Makes event->body whole: fetches its pieces, checks length and SHA-256. An event that has
 * its body already is left as it is. The memory is the event's. REJECT when a piece is gone
 * or the bytes are others than those that were received; RETRY when JetStream does not
 * answer. Blocks for as long as that takes.
 */
NODISCARD bool body_complete(struct bus *bus, pb_event *event, struct fault *fault);
