// SPDX-License-Identifier: Apache-2.0
// Brings the routes bucket in line with the tables: drains the marks that changes have
// left in config.route_outbox, and compares everything from time to time.
#pragma once

#include "config-store/store.h"

/* Starts the thread. `store` must live longer. */
NODISCARD bool outbox_start(
	struct outbox **out, struct store *store, struct fault *fault);
void outbox_stop(struct outbox *outbox);
DEFINE_AUTO(struct outbox, outbox_stop)

/* There may be marks: look at once. NULL is nobody to wake. */
void outbox_wake(struct outbox *outbox);

/* Whether the database answered when the thread asked last. */
bool outbox_sees_database(const struct outbox *outbox);
