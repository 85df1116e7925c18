// SPDX-License-Identifier: Apache-2.0
// The agent's work: step after step, until there is an answer.
#pragma once

#include "agent-worker/run.h"

/* What a run came to. Both strings are owned. */
struct answer {
	const char *state; /* completed, failed, timeout, cancelled */
	char *text;        /* Markdown, for people */
	char *error;       /* "" when completed */
};

void answer_done(struct answer *answer);
DEFINE_AUTO_DONE(struct answer, answer_done)

/* Sets name, agent, timeout and turns of `run` from its task and config. */
void agent_choose(struct run *run);

/*
 * Works until there is an answer; that of an agent that failed says so. RETRY when the
 * run must be given back.
 */
NODISCARD bool agent_work(struct answer *out, struct run *run, struct fault *fault);

/* An answer that says why there is no better one. RETRY: no memory. */
NODISCARD bool answer_failed(struct answer *out, const char *why, struct fault *fault);
