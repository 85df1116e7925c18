// SPDX-License-Identifier: Apache-2.0
// Slack's Web API: a call, and what its answer means. HTTP 200 may be a failure (`ok`
// says), 429 says when to come back, every other status says nothing.
#pragma once

#include <jansson.h>

#include "common/http/http_client.h"

enum { SLACK_ERROR_SIZE = 64 };

struct slack_call {
	const char *url, *token;
	const char *method; /* "chat.postMessage", or with a query "…?channel=C1" */
	const json_t *body; /* NULL: GET */
	long timeout_ms;
};

/*
 * *out is the whole answer. `error` (SLACK_ERROR_SIZE) gets Slack's own word for a
 * failure, or "". RETRY for what may work later, REJECT for what will not.
 */
NODISCARD bool slack_api(json_t **out, char *error, struct http_client *http,
	const struct slack_call *call, struct fault *fault);

/* Pure: the answer's meaning. */
NODISCARD bool slack_answer(json_t **out, char *error, const char *method,
	const struct http_reply *reply, struct fault *fault);
