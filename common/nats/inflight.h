// SPDX-License-Identifier: Apache-2.0
// Messages in flight: who waits for which ack, and until when. Private to the
// publisher.
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "common/nats/publisher.h"

struct slot {
	published_callback done; /* NULL: free */
	void *context;
	int64_t deadline_us;
	uint32_t generation; /* tells a late ack from that of the slot's next user */
	int previous, next;  /* in the order of sending; a free slot's next free one */
};

enum { SLOT_NONE = -1, SLOT_TOKEN_SIZE = 24 };

struct inflight {
	pthread_mutex_t lock;
	pthread_cond_t fewer; /* in_flight went down; signalled only while `waiters` */
	struct slot *list;
	int first, last, free, size;
	atomic_int in_flight;
	int waiters;
	bool closed;
};

NODISCARD bool inflight_init(struct inflight *inflight, int count);
void inflight_done(struct inflight *inflight);

/*
 * Writes the slot's name, the last token of a reply subject. False when all are taken.
 * *first tells exactly one caller that there were none in flight before.
 */
NODISCARD bool inflight_take(struct inflight *inflight, published_callback done,
	void *context, long deadline_ms, char token[SLOT_TOKEN_SIZE], bool *first);

/* Takes out the slot that `token` names; false when that is gone already. */
NODISCARD bool inflight_release(
	struct inflight *inflight, const char *token, struct slot *out);

/* Takes out one slot that is over its time, or any when `all`; false when there is
 * none. */
NODISCARD bool inflight_overdue(struct inflight *inflight, bool all, struct slot *out);

/* No slot is given any more. */
void inflight_close(struct inflight *inflight);

/* Waits until fewer than `count` are taken. */
void inflight_wait_below(struct inflight *inflight, int count);
