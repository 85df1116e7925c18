// SPDX-License-Identifier: Apache-2.0
// A server on a free port, of which each test of what goes over the wire has one, and a
// client of it.
#pragma once

#include "common/http/http_server.h"

#include "tests/unit/common/http_wire.h"

#define HOST "Host: x\r\n"

static struct http_server *server;
static struct wire wire;
static struct wire_answer answer;
static bool is_ready = true;

static void echo(void *context, struct http_request *request)
{
	size_t len;
	const void *body = http_body(request, &len);

	(void)context;
	http_answer(request,
		&(struct http_answer){.status = 200, .body = body, .len = len});
}

static const char *or_none(const char *value)
{
	return value ? value : "none";
}

static void tell(void *context, struct http_request *request)
{
	(void)context;
	http_answer_json(request, 200,
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i}",
			"method", http_method(request), "path", http_path(request),
			"org", http_segment(request, "org"), "node",
			http_segment(request, "node"), "q",
			or_none(http_query(request, "q")), "data",
			http_route_data(request), "route", http_route_path(request),
			"client", http_client_address(request), "blank",
			or_none(http_header(request, "x-blank")), "twice",
			(int)http_header_count(request, "x-twice")));
}

static void none(void *context, struct http_request *request)
{
	(void)context;
	http_answer(request, &(struct http_answer){.status = 204});
}

static void complain(void *context, struct http_request *request)
{
	(void)context;
	http_answer_error(request, 422, "odd", "not \"%s\": \xff", "this");
}

/* The thread it runs in: the pool's has what thread_open() made. */
static void tell_thread(void *context, struct http_request *request)
{
	const char *thread = http_thread(request);

	(void)context;
	http_answer_json(request, 200,
		json_pack("{s:s, s:s}", "thread", thread ? thread : "I/O", "segment",
			http_segment(request, "word")));
}

static bool answer_some(void *context, struct http_request *request)
{
	if (strcmp(http_segment(request, "word"), "quick") != 0)
		return false;
	tell_thread(context, request);
	return true;
}

static bool open_thread(void **thread, void *context, struct fault *fault)
{
	static char name[] = "pool";

	(void)context;
	(void)fault;
	*thread = name;
	return true;
}

static bool ready(void *context, struct fault *fault)
{
	(void)context;
	return is_ready || fault_set(fault, FAULT_RETRY, "NATS is gone");
}

static const struct http_route routes[] = {
	{"POST", "/echo", echo},
	{"POST", "/small", echo, .max_body = 10},
	{"GET", "/orgs/{org}/nodes/{node}", tell, .data = "data"},
	{"DELETE", "/orgs/{org}/nodes/{node}", none},
	{"PUT", "/orgs/{org}/nodes/special", none},
	{"GET", "/complain", complain},
	{"GET", "/threads/{word}", tell_thread, .blocking = true, .quick = answer_some},
	{NULL},
};

static void start(void)
{
	struct fault fault = {0};

	cr_assert(http_server_start(&server,
			  &(struct http_server_options){.listen = "127.0.0.1:0",
				  .routes = routes,
				  .max_body = 20000,
				  .blocking_threads = 1,
				  .thread_open = open_thread,
				  .ready = ready},
			  &fault),
		"%s", fault.text);
	wire_open(&wire, http_server_address(server));
}

static void stop(void)
{
	wire_close(&wire);
	http_server_stop(server);
}
