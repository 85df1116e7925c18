// SPDX-License-Identifier: Apache-2.0
// The router's handler: one event in, a task and an audit record out.
#pragma once

#include "common/nats/worker.h"
#include "router/index.h"

struct route_context {
	struct index *index;
	struct bus *bus; /* for bodies that are in BODIES */
};

/*
 * For struct worker: its context is a struct route_context. An event that was marked
 * because its sender was over its limit is postponed until its time.
 */
NODISCARD bool route_event(void *context, struct job *job, struct fault *fault);
