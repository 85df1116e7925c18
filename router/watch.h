// SPDX-License-Identifier: Apache-2.0
// Keeps the route index as the bucket is, in a thread of its own, for ever: a bucket
// that is lost or made anew, and a connection that was, lead to a new whole load beside
// which the routes in hand stay in use.
#pragma once

#include "common/nats/bus.h"
#include "router/index.h"

struct watch;

NODISCARD bool watch_start(
	struct watch **out, struct bus *bus, struct index *index, struct fault *fault);
void watch_stop(struct watch *watch);
DEFINE_AUTO(struct watch, watch_stop)

/* Any thread: true once the bucket has been loaded as a whole. */
bool watch_is_loaded(const struct watch *watch);
