// SPDX-License-Identifier: Apache-2.0
// Which life of a stream a message belongs to. A stream that is deleted and made anew
// counts from 1 again; without epochs its rows would be taken for repeats and dropped.
#pragma once

#include "common/db.h"
#include "common/nats/bus.h"

enum { EPOCHS_KNOWN = 8 };

/* Zero-initialise but for `stream`. */
struct epochs {
	const char *stream;
	struct epoch {
		int number;
		int64_t created_us;
	} known[EPOCHS_KNOWN]; /* newest first */
	int count;
	int64_t checked_at_ms;
	uint64_t highest; /* sequence seen in the newest life */
	uint64_t last;    /* sequence in the stream, at the last check */
};

/*
 * Makes sure that the present life of the stream is known, asking JetStream only at
 * first, when sequences run backwards, and every ten seconds. Call with the lowest and
 * highest sequence of each batch before epochs_of().
 */
NODISCARD bool epochs_follow(struct epochs *epochs, struct bus *bus, struct db *db,
	uint64_t lowest, uint64_t highest, struct fault *fault);

/*
 * The epoch of a message: the newest that began before the message was stored. A
 * message of a stream that was deleted while it was on its way keeps its old epoch.
 */
int epochs_of(const struct epochs *epochs, int64_t stored_at_us);

/* Messages of the stream that have not been seen here yet. */
int64_t epochs_lag(const struct epochs *epochs);
