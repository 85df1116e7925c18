// SPDX-License-Identifier: Apache-2.0
// What every server answers about its process.
#include "common/http/http_private.h"

static void health(void *context, struct http_request *request)
{
	static const char body[] = "{\"status\":\"ok\"}";

	(void)context;
	http_answer(request,
		&(struct http_answer){
			.status = 200, .body = body, .len = sizeof(body) - 1});
}

static void ready(void *context, struct http_request *request)
{
	const struct http_server *server = context;
	struct fault fault = {0};

	if (!server->ready || server->ready(server->context, &fault)) {
		http_answer_json(request, 200, json_pack("{s:s}", "status", "ready"));
		return;
	}
	http_answer_json(request, 503,
		json_pack("{s:s, s:s, s:s}", "status", "not_ready", "error",
			"not_ready", "message", fault.text));
}

static void print(void *context, struct http_request *request)
{
	struct text page AUTO(text_done) = {0};

	(void)context;
	metrics_print(&page);
	if (text_failed(&page)) {
		http_answer_error(request, 500, "internal", "no memory for the page");
		return;
	}
	http_answer(request,
		&(struct http_answer){.status = 200,
			.content_type = "text/plain; version=0.0.4; charset=utf-8",
			.body = text_string(&page),
			.len = page.len});
}

const struct http_route http_builtin_routes[] = {
	{"GET", "/health", health},
	{"GET", "/ready", ready},
	{"GET", "/metrics", print},
	{NULL},
};
