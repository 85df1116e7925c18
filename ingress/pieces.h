// SPDX-License-Identifier: Apache-2.0
// A body on its way to BODIES, piece by piece, a few in flight at once, so that it is not
// in memory a second time. Driven by acks; holds no thread.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/hmac.h"
#include "common/ids.h"
#include "common/nats/publisher.h"

/* `error` is NULL when all are stored. */
typedef void (*pieces_callback)(void *context, const char *error);

/*
 * Zero, but for what the caller fills in; must live until `done` was called. All borrowed,
 * as long.
 */
struct pieces {
	struct publisher *publisher;
	const char *event_id;
	const unsigned char *body;
	size_t len;
	unsigned char digest[HMAC_SIZE]; /* of the body */
	size_t size, count;  /* of pieces: body_piece_size(), body_piece_count() */
	uint64_t *sequences; /* `count` of them, filled */
	int64_t until_us;    /* monotonic: for all of them */
	pieces_callback done;
	void *context;

	/* Its own. */
	size_t next, waiting;
	char error[256];
	struct piece {
		struct pieces *pieces; /* NULL: free */
		size_t number;
	} under_way[4];
};

enum { PIECES_ID_SIZE = 128 };

/*
 * The message id of a piece. The body's hash and the pieces' size are part of it: the same
 * delivery sent again stores nothing twice, and neither another body under the same
 * delivery id nor the same body in pieces of another size gets a piece that is not its own.
 */
void pieces_message_id(
	char out[PIECES_ID_SIZE], const struct pieces *pieces, size_t number);

/* Starts. `done` is called once, perhaps before this returns, in the publisher's thread. */
void pieces_send(struct pieces *pieces);
