// SPDX-License-Identifier: Apache-2.0
// What goes over the wire: requests and their answers, one after the other, and what the
// server answers by itself.
#include "tests/unit/common/http_echo.h"

#include "common/ids.h"

TestSuite(http_server, .init = start, .fini = stop);

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
