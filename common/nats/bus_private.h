// SPDX-License-Identifier: Apache-2.0
// For connections that somebody's event loop drives; see publisher_driven.c.
#pragma once

#include "common/nats/bus.h"

/* nats.c's hooks: it tells when its socket is to be watched. */
struct bus_loop {
	void *context;
	natsEvLoop_Attach attach;
	natsEvLoop_ReadAddRemove read;
	natsEvLoop_WriteAddRemove write;
	natsEvLoop_Detach detach;
};

/* As bus_open(); with `loop` no thread of nats.c reads or writes. */
NODISCARD bool bus_open_loop(struct bus **out, const struct daemon_config *config,
	const char *name, const struct bus_loop *loop, struct fault *fault);
