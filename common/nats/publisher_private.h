// SPDX-License-Identifier: Apache-2.0
// What both kinds of publisher share: with threads of its own (publisher.c), and driven
// by somebody's event loop (publisher_driven.c).
#pragma once

#include "common/nats/inflight.h"

struct driven; /* publisher_driven.c */

/*
 * Messages to destroy. nats.c does it in a thread of its own and wakes that for each;
 * with many at once it is woken once.
 */
enum { SPENT_MAX = 512 };

struct spent {
	natsMsg *list[SPENT_MAX];
	int count;
};

struct publisher {
	struct bus *bus;
	struct inflight inflight;
	natsSubscription *acks;
	char inbox[64]; /* "_INBOX.x." */
	size_t inbox_len;
	struct driven *driven; /* NULL: threads */

	pthread_mutex_t lock; /* for what follows */
	struct spent spent;
	pthread_cond_t changed;
	bool acks_done, stopping;
	pthread_t sweeper;
};

/* Destroys `message` (NULL: none) soon, and what waits for it now when `all`. */
void publisher_dispose(struct publisher *publisher, natsMsg *message, bool all);

/* Finds whose ack this is, and tells. Takes the message. */
void publisher_take_ack(struct publisher *publisher, natsMsg *message);

/* Fails what is over its time; everything, when the connection is known to be lost. */
void publisher_fail_overdue(struct publisher *publisher);
void publisher_fail_all(struct publisher *publisher, const char *why);

/* Writes the subject that acks come to, with a * for the slot. */
NODISCARD bool publisher_make_inbox(
	struct publisher *publisher, char subject[72], struct fault *fault);

void driven_close(struct publisher *publisher);

/* A message has been given to nats.c; see should_hold(). */
void driven_sent(struct publisher *publisher);

/* True when nats-server takes nothing and as much waits for it as may. */
bool driven_is_full(const struct publisher *publisher);
