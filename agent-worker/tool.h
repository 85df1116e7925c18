// SPDX-License-Identifier: Apache-2.0
// The catalogue: which tools an agent may call, from its team's effective config. A
// tool that is disabled, or not named by a model agent, does not exist for it. Pure.
#pragma once

#include <jansson.h>

#include "common/fault.h"

/*
 * The tool `name` as `agent` may use it, borrowed from `config`. A runbook's steps name
 * their tools, so a runbook may use any enabled one. REJECT: there is none.
 */
NODISCARD bool tool_find(const json_t **out, const json_t *config, const json_t *agent,
	const char *name, struct fault *fault);

/* The agent's tools as a chat API wants them; an empty array: none. NULL: memory. */
NODISCARD json_t *tool_list(const json_t *config, const json_t *agent);

/* True when a call of which nobody knows whether it was made may be made again. */
bool tool_is_safe(const json_t *tool);

/* The tool's own time limit in milliseconds. */
long tool_timeout_ms(const json_t *tool);
