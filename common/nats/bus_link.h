// SPDX-License-Identifier: Apache-2.0
// What nats.c's callbacks have told of a connection. nats.c keeps the connection's lock while
// it reconnects, for seconds, so whoever must not wait must not ask it.
#pragma once

#include <nats/nats.h>
#include <stdbool.h>

#include "common/auto.h"

/* Held by the bus and, as they may come after bus_close(), by the callbacks. */
struct link;

/* Held once. False without memory. */
NODISCARD bool link_new(struct link **out);
/* Once more, for the callbacks: released when the connection has been closed. */
void link_hold(struct link *link);
void link_release(struct link *link);

natsStatus link_set_callbacks(natsOptions *options, struct link *link);

/*
 * For natsOptions_SetRetryOnFailedConnect(): without a callback natsConnection_Connect()
 * blocks until there is a server, and a stop is not noticed.
 */
void link_on_connected(natsConnection *connection, void *link);

/*
 * From here on the process cannot go on when the connection is closed for good: it is then
 * stopped, with a failure. link_leaves(): not any more, we close it ourselves.
 */
void link_needs(struct link *link);
void link_leaves(struct link *link);

bool link_is_up(const struct link *link);
