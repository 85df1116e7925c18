// SPDX-License-Identifier: Apache-2.0
// A runbook agent: a fixed list of tool calls, then a template for the answer. Pure:
// what comes next follows from the config and the run's log.
#pragma once

#include "agent-worker/journal.h"
#include "agent-worker/next.h"

/*
 * `scope` is {"task", "event"}. REJECT for a runbook that cannot be run: a step without
 * a tool, two steps with one id.
 */
NODISCARD bool runbook_next(struct next *out, const struct journal *journal,
	const json_t *agent, const json_t *scope, struct fault *fault);

/* The answer with the results so far, for free(). NULL: no memory. */
NODISCARD char *runbook_answer(
	const struct journal *journal, const json_t *agent, const json_t *scope);
