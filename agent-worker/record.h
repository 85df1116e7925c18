// SPDX-License-Identifier: Apache-2.0
// What the audit trail and the metrics learn of a run.
#pragma once

#include "agent-worker/agent.h"

NODISCARD bool record_claimed(struct run *run, struct fault *fault);

/*
 * One record for every destination and one for the run. Told before config-store is:
 * once that calls the run finished, nobody comes back to tell it. Told again after a
 * crash, it is the same record.
 */
NODISCARD bool record_ended(
	struct run *run, const struct answer *answer, struct fault *fault);
