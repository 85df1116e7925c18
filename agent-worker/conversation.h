// SPDX-License-Identifier: Apache-2.0
// A model agent's conversation, rebuilt from the run's log. Pure.
#pragma once

#include "agent-worker/journal.h"
#include "agent-worker/next.h"

/*
 * The messages for the model. Every assistant message with tool calls is followed by
 * exactly one result per call, provided conversation_next() said NEXT_MODEL. `scope` is
 * {"task", "event"}. NULL: no memory.
 */
NODISCARD json_t *conversation_messages(
	const struct journal *journal, const json_t *agent, const json_t *scope);

/* RETRY: no memory. */
NODISCARD bool conversation_next(
	struct next *out, const struct journal *journal, struct fault *fault);

/* What the model has said so far, for a run that ends at a limit; "" when nothing. */
const char *conversation_partial(const struct journal *journal);
