// SPDX-License-Identifier: Apache-2.0
// The connection to NATS: for ever reconnecting, and what hangs on it.
#pragma once

#include <nats/nats.h>

#include "common/daemon.h"
#include "common/fault.h"

DEFINE_AUTO(natsMsg, natsMsg_Destroy)

struct bus;

/*
 * Connects, waiting until there is a server or a stop is requested (RETRY then); FATAL when
 * it refuses us. Later it reconnects by itself, for ever, with jitter. A server can end a
 * connection in a way that nats.c does not reconnect from: the process is then stopped,
 * with a failure (stop_request_failed()). `name` shows in the server's connection list.
 */
NODISCARD bool bus_open(struct bus **out, const struct daemon_config *config,
	const char *name, struct fault *fault);

/*
 * The same, but each message is written to the socket at once, by the thread that sends
 * it. The other collects what is sent within a millisecond, which is right for streams of
 * messages and too long for answers that somebody waits for.
 */
NODISCARD bool bus_open_prompt(struct bus **out, const struct daemon_config *config,
	const char *name, struct fault *fault);

/* Flushes for at most two seconds, then closes. Threads that use it must be gone. */
void bus_close(struct bus *bus);
DEFINE_AUTO(struct bus, bus_close)

/* Borrowed, valid as long as the bus. */
natsConnection *bus_connection(struct bus *bus);
jsCtx *bus_js(struct bus *bus);

/* True while a server is connected, as far as callbacks have told. Never waits. */
bool bus_is_connected(struct bus *bus);

/* A natsStatus as a fault: RETRY with `what` and nats.c's words. Always false. */
bool bus_fault(struct fault *fault, natsStatus status, const char *what);

/* The value of a header of `message`, borrowed, or "". */
const char *bus_header(natsMsg *message, const char *name);
