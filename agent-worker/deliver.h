// SPDX-License-Identifier: Apache-2.0
// Bringing an answer to every destination.
#pragma once

#include "agent-worker/run.h"

/*
 * Tries them all, each a few times. RETRY when one must be tried again later; with
 * `last_time`, that one is given up instead.
 */
NODISCARD bool deliver(struct run *run, const struct putting *putting, bool last_time,
	struct fault *fault);
