// SPDX-License-Identifier: Apache-2.0
// Places for runs at work: what a thread needs for itself while it has one.
#pragma once

#include "agent-worker/run.h"

struct slots;

/* `count` places, as many as the worker has threads. `allow`: see http_client.h. */
NODISCARD bool slots_open(struct slots **out, const struct process *process, int count,
	const char *allow, struct fault *fault);
void slots_close(struct slots *slots);
DEFINE_AUTO(struct slots, slots_close)

/* The worker's handler; `context` is the slots. */
NODISCARD bool slot_handle(void *context, struct job *job, struct fault *fault);
