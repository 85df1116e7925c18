// SPDX-License-Identifier: Apache-2.0
// Compares the whole routes bucket with the tables, and marks every team for which they
// differ: a bucket that was lost or edited comes back by itself. What cannot be the route
// of any team is deleted at once.
#pragma once

#include "config-store/store.h"

/* Called every so often between two organisations; a false return ends it all. */
struct reconcile_pause {
	bool (*run)(void *context, struct fault *fault);
	void *context;
};

NODISCARD bool reconcile(struct store_thread *thread,
	const struct reconcile_pause *pause, struct fault *fault);
