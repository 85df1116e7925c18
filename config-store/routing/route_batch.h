// SPDX-License-Identifier: Apache-2.0
// Brings the bucket in line with the tables for many teams at once: one look at the
// bucket, one query for each organisation, and every publish in flight together.
#pragma once

#include "config-store/store.h"

enum { ROUTE_BATCH_MAX = 512 };

enum mark_outcome {
	MARK_LEFT, /* somebody else wrote this route meanwhile: look again */
	MARK_DONE,
	MARK_REFUSED, /* this route will not be taken, and the log says why */
};

struct route_mark {
	const char *org, *team;
	int64_t revision;
	enum mark_outcome outcome; /* filled */
};

/*
 * `marks` are sorted by org, at most ROUTE_BATCH_MAX. False, with nothing said about
 * any of them, when something stops all: the marks then stay, and doing it again does
 * no harm. The thread waits for the publishes.
 */
NODISCARD bool route_batch_publish(struct store_thread *thread,
	struct route_mark *marks, size_t count, struct fault *fault);
