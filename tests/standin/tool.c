// SPDX-License-Identifier: Apache-2.0
// Things an agent can call or tell, counted: /tools/<name> and /hooks/<name>.
#include "tests/standin/standin.h"

#include <string.h>

static json_t *header_of(struct http_request *request, const char *name)
{
	const char *value = http_header(request, name);

	return value ? json_string(value) : json_null();
}

static json_t *query_of(struct http_request *request, const char *name)
{
	const char *value = http_query(request, name);

	return value ? json_string(value) : json_null();
}

static json_t *body_of(struct http_request *request)
{
	size_t len;
	const char *bytes = http_body(request, &len);

	return json_stringn(bytes, len);
}

void tool_call(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	const char *path = http_path(request);
	json_t *call;
	size_t i, count = 1;

	json_array_foreach(standin->tool_calls, i, call) count +=
		strcmp(json_string_or(call, "/path", ""), path) == 0;
	call = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "path", path,
		"name", http_segment(request, "name"), "method", http_method(request),
		"key", query_of(request, "key"), "body", body_of(request),
		"authorization", header_of(request, "Authorization"), "signature",
		header_of(request, "webhook-signature"), "id",
		header_of(request, "webhook-id"));
	(void)json_array_append_new(standin->tool_calls, call);
	answer->status = 200;
	answer->body = json_pack("{s:s, s:s, s:i}", "status", "ok", "tool",
		http_segment(request, "name"), "calls", (int)count);
}
