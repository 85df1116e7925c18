// SPDX-License-Identifier: Apache-2.0
// What goes over the wire: a real server on a free port, and a client that may
// misbehave.
#include "common/http/http_server.h"

#include "tests/unit/common/http_wire.h"

#include "common/ids.h"
#include "common/text.h"

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

TestSuite(http_server, .init = start, .fini = stop);

/* What cannot be read must not look like what is not there. */
Test(http_server, refuses_a_query_that_cannot_be_read)
{
	static const char *const queries[] = {"q=%zz", "q=%", "q=%4", "q=%00",
		"q=a%00b", "q=%ff", "q=%c0%af", "a%71=1", "x=1&q=%zz", "q=\xff"};
	char line[256];

	for (size_t i = 0; i < countof(queries); i++) {
		(void)snprintf(line, sizeof(line),
			"GET /orgs/a/nodes/b?%s HTTP/1.1\r\n" HOST "\r\n", queries[i]);
		cr_expect_eq(wire_ask(&wire, &answer, line), 400, "%s", queries[i]);
	}
	cr_expect_eq(
		wire_ask(&wire, &answer,
			"GET /orgs/a/nodes/b?q=a%20%c3%a9&x HTTP/1.1\r\n" HOST "\r\n"),
		200);
	cr_expect(strstr(answer.body, "a \\u00E9") || strstr(answer.body, "a \xc3\xa9"),
		"%s", answer.body);
}

Test(http_server, keeps_a_connection_open)
{
	for (int i = 0; i < 3; i++) {
		cr_expect_eq(wire_ask(&wire, &answer,
				     "POST /echo HTTP/1.1\r\n" HOST
				     "Content-Length: 5\r\n\r\nhello"),
			200);
		cr_expect_str_eq(answer.body, "hello");
		cr_expect_str_eq(
			wire_header(&answer, "Content-Type"), "application/json");
	}
}

Test(http_server, answers_what_it_can_at_once_in_the_io_thread)
{
	static const char *const cases[][2] = {
		{"GET /threads/quick HTTP/1.1\r\n" HOST "\r\n", "I/O"},
		{"GET /threads/slow HTTP/1.1\r\n" HOST "\r\n", "pool"},
		{"GET /threads/quick HTTP/1.1\r\n" HOST "\r\n", "I/O"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		cr_expect_eq(wire_ask(&wire, &answer, cases[i][0]), 200);
		cr_expect(strstr(answer.body, cases[i][1]), "%s", answer.body);
	}
}

Test(http_server, answers_a_pipeline_in_order)
{
	wire_send(&wire,
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\none"
		"GET /nothing HTTP/1.1\r\n" HOST "\r\n"
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nthree");
	cr_assert(wire_read(&wire, &answer, true));
	cr_expect_str_eq(answer.body, "one");
	cr_assert(wire_read(&wire, &answer, true));
	cr_expect_eq(answer.status, 404);
	cr_assert(wire_read(&wire, &answer, true));
	cr_expect_str_eq(answer.body, "three");
}

Test(http_server, takes_bodies_in_pieces)
{
	wire_send(&wire, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 6\r\n\r\nab");
	cr_expect_not(wire_waits(&wire, 20));
	wire_send(&wire, "cd");
	cr_expect_not(wire_waits(&wire, 20));
	cr_expect_eq(wire_ask(&wire, &answer, "ef"), 200);
	cr_expect_str_eq(answer.body, "abcdef");
}

Test(http_server, takes_chunked_bodies)
{
	static char chunk[5000];

	memset(chunk, 'x', sizeof(chunk) - 1);
	wire_send(&wire,
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
	for (int i = 0; i < 3; i++) {
		wire_send(&wire, "1387\r\n");
		wire_send(&wire, chunk);
		wire_send(&wire, "\r\n");
	}
	cr_expect_eq(wire_ask(&wire, &answer, "0\r\n\r\n"), 200);
	cr_expect_eq(strlen(answer.body), 3 + 3 * 4999);
	cr_expect_eq(strncmp(answer.body, "abcxxx", 6), 0);
}

Test(http_server, asks_for_the_body_when_it_is_expected_to)
{
	wire_send(&wire,
		"POST /echo HTTP/1.1\r\n" HOST
		"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	cr_assert(wire_read(&wire, &answer, true));
	cr_expect_eq(answer.status, 100);
	cr_expect_eq(wire_ask(&wire, &answer, "hi"), 200);
	cr_expect_str_eq(answer.body, "hi");
}

Test(http_server, refuses_before_the_body_when_it_is_expected_to)
{
	cr_expect_eq(wire_ask(&wire, &answer,
			     "POST /nothing HTTP/1.1\r\n" HOST
			     "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"),
		404);
	cr_expect(wire_has_ended(&wire));
}

Test(http_server, refuses_a_long_body_before_it_comes)
{
	static const char *const cases[] = {
		"POST /small HTTP/1.1\r\n" HOST "Content-Length: 11\r\n\r\n",
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 20001\r\n\r\n",
		"POST /echo HTTP/1.1\r\n" HOST
		"Content-Length: 9999999999999\r\nExpect: 100-continue\r\n\r\n",
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct wire own;

		wire_open(&own, http_server_address(server));
		cr_expect_eq(wire_ask(&own, &answer, cases[i]), 413, "case %zu", i);
		cr_expect_str_eq(wire_header(&answer, "Connection"), "close");
		cr_expect(id_is_uuid(wire_header(&answer, "X-Request-Id")));
		cr_expect(wire_has_ended(&own));
		wire_close(&own);
	}
}

Test(http_server, refuses_a_long_body_while_it_comes)
{
	wire_send(&wire,
		"POST /small HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n");
	cr_expect_not(wire_waits(&wire, 20));
	cr_expect_eq(wire_ask(&wire, &answer, "1\r\nx\r\n"), 413);
	cr_expect(strstr(answer.body, "\"too_large\""), "%s", answer.body);
	cr_expect(id_is_uuid(wire_header(&answer, "X-Request-Id")));
	cr_expect(wire_has_ended(&wire));
}

/* Closed at once, the bytes on their way would reset the connection. */
Test(http_server, lets_a_client_read_the_refusal_that_still_sends)
{
	static char block[1 << 20];
	size_t sent = 0;

	memset(block, 'x', sizeof(block));
	wire_send(&wire,
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4194304\r\n\r\n");
	while (sent < 4 * sizeof(block)) {
		ssize_t got = send(wire.fd, block, sizeof(block), MSG_NOSIGNAL);

		cr_assert_gt(got, 0, "%s", strerror(errno));
		sent += (size_t)got;
	}
	cr_assert(wire_read(&wire, &answer, true));
	cr_expect_eq(answer.status, 413);
}

Test(http_server, says_which_methods_a_path_has)
{
	static const struct {
		const char *request, *allow;
		int status;
	} cases[] = {
		{"GET /echo HTTP/1.1\r\n" HOST "\r\n", "POST", 405},
		{"POST /health HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc",
			"GET, HEAD", 405},
		{"POST /orgs/a/nodes/b HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n",
			"GET, HEAD, DELETE", 405},
		{"ODD /orgs/a/nodes/special HTTP/1.1\r\n" HOST "\r\n",
			"GET, HEAD, DELETE, PUT", 405},
		{"GET /nothing HTTP/1.1\r\n" HOST "\r\n", "", 404},
		{"GET /echo/ HTTP/1.1\r\n" HOST "\r\n", "", 404},
		{"GET /orgs//nodes/b HTTP/1.1\r\n" HOST "\r\n", "", 404},
		{"PUT /orgs/a/nodes/special HTTP/1.1\r\n" HOST "\r\n", "", 204},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		cr_expect_eq(wire_ask(&wire, &answer, cases[i].request),
			cases[i].status, "case %zu", i);
		cr_expect_str_eq(
			wire_header(&answer, "Allow"), cases[i].allow, "case %zu", i);
		cr_expect(id_is_uuid(wire_header(&answer, "X-Request-Id")));
	}
}

Test(http_server, gives_segments_and_queries_decoded)
{
	cr_expect_eq(wire_ask(&wire, &answer,
			     "GET /orgs/a%2Fb/nodes/caf%C3%A9?p=1&q=x+y%26z "
			     "HTTP/1.1\r\n" HOST "X-Twice: 1\r\nX-TWICE: 2\r\n\r\n"),
		200);
	cr_expect_str_eq(answer.body,
		"{\"method\":\"GET\",\"path\":\"/orgs/a%2Fb/nodes/caf%C3%A9\","
		"\"org\":\"a/b\",\"node\":\"caf\xc3\xa9\",\"q\":\"x y&z\","
		"\"data\":\"data\",\"route\":\"/orgs/{org}/nodes/{node}\","
		"\"client\":\"127.0.0.1\",\"blank\":\"none\",\"twice\":2}");
}

Test(http_server, refuses_broken_escapes)
{
	static const char *const paths[] = {"%", "%4", "%zz", "%00", "a%0"};

	for (size_t i = 0; i < countof(paths); i++) {
		char request[128];

		(void)snprintf(request, sizeof(request),
			"GET /orgs/a/nodes/%s HTTP/1.1\r\n" HOST "\r\n", paths[i]);
		cr_expect_eq(wire_ask(&wire, &answer, request), 400, "%s", paths[i]);
	}
}

Test(http_server, refuses_requests_of_uncertain_length)
{
	static const char *const heads[] = {
		"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
		"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
		"Content-Length: 3\r\nContent-Length: 4\r\n",
		"Content-Length: 3\r\nContent-Length: 3\r\n",
		"Content-Length: -1\r\n",
		"Content-Length: 3x\r\n",
		"Content-Length: 3\r\nHost: y\r\n",
	};

	for (size_t i = 0; i < countof(heads); i++) {
		struct wire own;

		wire_open(&own, http_server_address(server));
		wire_send(&own, "POST /echo HTTP/1.1\r\n" HOST);
		wire_send(&own, heads[i]);
		cr_expect_eq(wire_ask(&own, &answer, "\r\nabc"), 400, "case %zu", i);
		/* libmicrohttpd 0.9.75 sends the head of its own refusals twice. */
		while (wire_more(&own))
			;
		wire_close(&own);
	}
}

/* libmicrohttpd takes it for a body without an end, and waits for that. */
Test(http_server, refuses_codings_that_it_does_not_know)
{
	static const char *const codings[] = {"gzip", "gzip, chunked", "identity",
		"chunked, chunked", "xchunked", ""};

	for (size_t i = 0; i < countof(codings); i++) {
		struct wire own;

		wire_open(&own, http_server_address(server));
		wire_send(&own, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: ");
		wire_send(&own, codings[i]);
		cr_expect_eq(wire_ask(&own, &answer, "\r\n\r\n3\r\nabc\r\n"), 501,
			"'%s'", codings[i]);
		cr_expect(wire_has_ended(&own));
		wire_close(&own);
	}
}

/* Blanks around a value are not part of it (RFC 9110, 5.5). */
Test(http_server, gives_headers_without_the_blanks_around_them)
{
	static const char *const lines[] = {"X-Blank:a b", "X-Blank: a b ",
		"x-blank: \t a b\t \t", "X-BLANK:  a b"};

	for (size_t i = 0; i < countof(lines); i++) {
		char request[256];

		(void)snprintf(request, sizeof(request),
			"GET /orgs/a/nodes/b HTTP/1.1\r\n" HOST "%s\r\n\r\n", lines[i]);
		cr_expect_eq(wire_ask(&wire, &answer, request), 200);
		cr_expect(strstr(answer.body, "\"blank\":\"a b\""), "%s: %s", lines[i],
			answer.body);
	}
}

/*
 * The answer's head needs memory as well: a request that is handled has an answer, and the
 * others are told why not.
 */
Test(http_server, answers_whatever_the_length_of_a_head)
{
	enum { LEAST = 15000, MOST = 16400, STEP = 20 };
	static char head[MOST + 1];
	int taken = 0, refused = 0;

	for (int len = LEAST; len < MOST; len += STEP) {
		struct wire own;

		memset(head, 'x', (size_t)len);
		head[len] = '\0';
		wire_open(&own, http_server_address(server));
		wire_send(&own, "GET /health HTTP/1.1\r\n" HOST "X-Long: ");
		wire_send(&own, head);
		wire_send(&own, "\r\n\r\n");
		cr_assert(wire_read(&own, &answer, true), "silence at %d", len);
		cr_expect(answer.status == 200 || answer.status == 431, "%d at %d",
			answer.status, len);
		taken += answer.status == 200;
		refused += answer.status == 431;
		wire_close(&own);
	}
	cr_expect_gt(taken, 0);
	cr_expect_gt(refused, 0);
}

Test(http_server, answers_whatever_the_number_of_headers)
{
	struct text request AUTO(text_done) = {0};
	int statuses[2] = {0};

	for (int count = 150; count < 300; count++) {
		struct wire own;

		text_done(&request);
		text_add(&request, "GET /health?a=b HTTP/1.1\r\n" HOST);
		for (int i = 0; i < count; i++)
			text_printf(&request, "X-%d: a\r\n", i);
		text_add(&request, "\r\n");
		wire_open(&own, http_server_address(server));
		cr_expect(wire_ask(&own, &answer, text_string(&request)) == 200 ||
				answer.status == 431,
			"%d at %d", answer.status, count);
		statuses[answer.status == 431]++;
		wire_close(&own);
	}
	cr_expect(statuses[0] > 0 && statuses[1] > 0);
}

/* libmicrohttpd refuses it and closes; the answer must outlive what is on its way. */
Test(http_server, lets_a_client_read_that_its_head_is_too_long)
{
	static char block[1 << 20];

	memset(block, 'x', sizeof(block));
	wire_send(&wire, "GET /health HTTP/1.1\r\n" HOST "X-Long: ");
	for (int i = 0; i < 4; i++) {
		ssize_t got = send(wire.fd, block, sizeof(block), MSG_NOSIGNAL);

		cr_assert_eq(got, (ssize_t)sizeof(block), "%s", strerror(errno));
	}
	cr_assert(wire_read(&wire, &answer, true));
	cr_expect_eq(answer.status, 431);
	cr_expect_eq(recv(wire.fd, block, sizeof(block), 0), 0, "%s", strerror(errno));
}

Test(http_server, refuses_a_head_that_is_too_long)
{
	static char head[40000];

	memset(head, 'x', sizeof(head) - 1);
	wire_send(&wire, "GET /health HTTP/1.1\r\n" HOST "X-Long: ");
	(void)send(wire.fd, head, sizeof(head) - 1, MSG_NOSIGNAL);
	cr_assert(wire_read(&wire, &answer, true));
	cr_expect_eq(answer.status, 431);
}

Test(http_server, echoes_a_sane_request_id_only)
{
	static const struct {
		const char *id;
		bool sane;
	} cases[] = {
		{"abc-DEF_1.2", true},
		{"a b", false},
		{"caf\xc3\xa9", false},
		{"a/b", false},
		{"", false},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		char request[256];

		(void)snprintf(request, sizeof(request),
			"GET /nothing HTTP/1.1\r\n" HOST "X-Request-Id: %s\r\n\r\n",
			cases[i].id);
		cr_expect_eq(wire_ask(&wire, &answer, request), 404);
		if (cases[i].sane)
			cr_expect_str_eq(
				wire_header(&answer, "X-Request-Id"), cases[i].id);
		else
			cr_expect(id_is_uuid(wire_header(&answer, "X-Request-Id")),
				"case %zu", i);
	}
}

Test(http_server, serves_head_where_it_serves_get)
{
	cr_expect_eq(
		wire_ask(&wire, &answer, "HEAD /health HTTP/1.1\r\n" HOST "\r\n"), 200);
	cr_expect_str_eq(wire_header(&answer, "Content-Length"), "15");
	cr_expect_eq(
		wire_ask(&wire, &answer, "GET /health HTTP/1.1\r\n" HOST "\r\n"), 200);
	cr_expect_str_eq(answer.body, "{\"status\":\"ok\"}");
}

Test(http_server, says_whether_it_is_ready)
{
	cr_expect_eq(
		wire_ask(&wire, &answer, "GET /ready HTTP/1.1\r\n" HOST "\r\n"), 200);
	cr_expect_str_eq(answer.body, "{\"status\":\"ready\"}");
	is_ready = false;
	cr_expect_eq(
		wire_ask(&wire, &answer, "GET /ready HTTP/1.1\r\n" HOST "\r\n"), 503);
	cr_expect(strstr(answer.body, "\"NATS is gone\""), "%s", answer.body);
}

Test(http_server, answers_errors_as_json_whatever_they_hold)
{
	cr_expect_eq(wire_ask(&wire, &answer, "GET /complain HTTP/1.1\r\n" HOST "\r\n"),
		422);
	cr_expect_str_eq(
		answer.body, "{\"error\":\"odd\",\"message\":\"not \\\"this\\\": ?\"}");
}

Test(http_server, counts_by_pattern_and_never_by_path)
{
	(void)wire_ask(
		&wire, &answer, "DELETE /orgs/secret/nodes/b HTTP/1.1\r\n" HOST "\r\n");
	(void)wire_ask(&wire, &answer, "ODD /secret HTTP/1.1\r\n" HOST "\r\n");
	cr_expect_eq(
		wire_ask(&wire, &answer, "GET /metrics HTTP/1.1\r\n" HOST "\r\n"), 200);
	cr_expect_str_eq(wire_header(&answer, "Content-Type"),
		"text/plain; version=0.0.4; charset=utf-8");
	cr_expect(strstr(answer.body,
		"tocsin_http_requests_total{method=\"DELETE\","
		"path=\"/orgs/{org}/nodes/{node}\",status=\"204\"} 1\n"));
	cr_expect(strstr(answer.body,
		"tocsin_http_requests_total{method=\"other\",path=\"unmatched\","
		"status=\"404\"} 1\n"));
	cr_expect(strstr(answer.body,
		"tocsin_http_request_seconds_count{path=\"unmatched\"} 1\n"));
	cr_expect_null(strstr(answer.body, "secret"));
}
