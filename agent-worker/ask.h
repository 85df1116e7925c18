// SPDX-License-Identifier: Apache-2.0
// One turn of a model agent.
#pragma once

#include "agent-worker/run.h"

/*
 * Asks the model with all that has been said and logs what it says. A model that is
 * busy or away is asked again within the run's time. REJECT when it will not answer;
 * RETRY when the run must be given back.
 */
NODISCARD bool ask_model(struct run *run, struct fault *fault);
