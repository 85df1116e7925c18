// SPDX-License-Identifier: Apache-2.0
// A declarative HTTP tool: its request built from templates and arguments, its answer
// cut down to what an agent should see. The URL is a tenant's: it is fetched guarded,
// and no credential of the operator's is near it.
#pragma once

#include <jansson.h>

#include "common/http/http_client.h"

enum { TOOL_HEADERS_MAX = 16 };

/* All owned; a header is "Name: value", the list ends with NULL. */
struct tool_request {
	char *method, *url, *body;
	char *headers[TOOL_HEADERS_MAX + 1];
	size_t header_count;
};

void tool_request_done(struct tool_request *request);
DEFINE_AUTO_DONE(struct tool_request, tool_request_done)

/*
 * Pure. `key` becomes the Idempotency-Key header. REJECT for a URL that is not http(s),
 * a header that cannot be one, or an integration that lacks the field auth names.
 */
NODISCARD bool tool_request_build(struct tool_request *out, const json_t *tool,
	const json_t *config, const json_t *arguments, const char *key,
	struct fault *fault);

/* What an agent is told. `text` is owned, UTF-8, and within the tool's max_bytes. */
struct tool_result {
	bool ok;
	char *text;
};

void tool_result_done(struct tool_result *result);
DEFINE_AUTO_DONE(struct tool_result, tool_result_done)

/* Pure: an HTTP answer as a result. A status of 400 and more is not ok. RETRY: memory.
 */
NODISCARD bool tool_result_of(struct tool_result *out, const json_t *tool, int status,
	const char *body, size_t len, struct fault *fault);

/*
 * Makes the call. A call that failed is a result that says so, never a fault: faults
 * are for lack of memory.
 */
NODISCARD bool tool_http_call(struct tool_result *out, struct http_client *http,
	const json_t *tool, const struct tool_request *request, long timeout_ms,
	struct fault *fault);
