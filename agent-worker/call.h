// SPDX-License-Identifier: Apache-2.0
// One tool call of a run: logged before and after, and never made twice unless that is
// harmless.
#pragma once

#include "agent-worker/next.h"
#include "agent-worker/run.h"

/*
 * Makes the call and logs its result. A tool that fails is a result; RETRY when the run
 * must be given back.
 */
NODISCARD bool call_make(struct run *run, const struct next *next, struct fault *fault);
