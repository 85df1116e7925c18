// SPDX-License-Identifier: Apache-2.0
// Asking an OpenAI-compatible chat API, at the base URL the operator set. Its key goes
// nowhere else.
#pragma once

#include <jansson.h>

#include "common/http/http_client.h"

struct model {
	const char *url; /* base, as https://api.openai.com/v1; "": there is no model */
	const char *key; /* "": no Authorization header */
	const char *name; /* for agents that name none */
};

/* The name of the model `agent` is to use. */
const char *model_name(const struct model *model, const json_t *agent);

/* Pure: the request's body. `tools` may be empty. NULL: no memory. */
NODISCARD json_t *model_question(
	const char *name, const json_t *agent, json_t *messages, json_t *tools);

/*
 * Pure: an answer's body as {"message", "usage", "finish"}, in one shape whoever sent
 * it: role assistant, content a string, every tool call with an id of its own. REJECT
 * says what is wrong with it.
 */
NODISCARD bool model_answer(
	json_t **out, const void *body, size_t len, struct fault *fault);

/*
 * Asks once. RETRY, perhaps with retry_after_ms: the model may answer later; REJECT: it
 * will not.
 */
NODISCARD bool model_ask(json_t **out, struct http_client *http,
	const struct model *model, const json_t *question, long timeout_ms,
	struct fault *fault);
