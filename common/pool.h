// SPDX-License-Identifier: Apache-2.0
// Threads that work off a bounded queue, first come, first served.
#pragma once

#include "common/fault.h"

struct pool;

/* `work` is called with each item, in one of `threads` threads. The queue has `places`.
 */
NODISCARD bool pool_start(struct pool **out, int threads, int places,
	void (*work)(void *item), struct fault *fault);

/* Waits while the queue is full. */
void pool_add(struct pool *pool, void *item);

/* Works off what is queued, then ends the threads. NULL is fine. */
void pool_stop(struct pool *pool);
DEFINE_AUTO(struct pool, pool_stop)
