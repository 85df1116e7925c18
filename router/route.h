// SPDX-License-Identifier: Apache-2.0
// The router's handler: one event in, a task and an audit record out.
#pragma once

#include "common/worker.h"
#include "router/index.h"

/* For struct worker: `index` is its context. */
NODISCARD bool route_event(void *index, struct job *job, struct fault *fault);
