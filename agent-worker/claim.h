// SPDX-License-Identifier: Apache-2.0
// What a run asks config-store: its team's config, the claim, the end.
#pragma once

#include "agent-worker/agent.h"

/* Sets run->config. */
NODISCARD bool claim_config(struct run *run, struct fault *fault);

/*
 * Sets lease, attempt and fencing token when *granted; otherwise the job has been
 * postponed, or is done because the run is.
 */
NODISCARD bool claim(struct run *run, bool *granted, struct fault *fault);

/* Says that the run is over. RETRY, with LEAVE_LOST, when it is no longer ours to say.
 */
NODISCARD bool claim_finish(
	struct run *run, const struct answer *answer, struct fault *fault);

/* The literal of a state: one of completed, timeout, cancelled, else failed. */
const char *claim_state(const char *state);
