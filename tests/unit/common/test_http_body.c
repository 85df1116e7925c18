// SPDX-License-Identifier: Apache-2.0
// Bodies of requests: in pieces, in chunks, when they are asked for, and too long.
#include "tests/unit/common/http_echo.h"

#include "common/ids.h"

TestSuite(http_body, .init = start, .fini = stop);

Test(http_body, takes_bodies_in_pieces)
{
	wire_send(&wire, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 6\r\n\r\nab");
	cr_expect_not(wire_waits(&wire, 20));
	wire_send(&wire, "cd");
	cr_expect_not(wire_waits(&wire, 20));
	cr_expect_eq(wire_ask(&wire, &answer, "ef"), 200);
	cr_expect_str_eq(answer.body, "abcdef");
}

Test(http_body, takes_chunked_bodies)
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

Test(http_body, asks_for_the_body_when_it_is_expected_to)
{
	wire_send(&wire,
		"POST /echo HTTP/1.1\r\n" HOST
		"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	cr_assert(wire_read(&wire, &answer, true));
	cr_expect_eq(answer.status, 100);
	cr_expect_eq(wire_ask(&wire, &answer, "hi"), 200);
	cr_expect_str_eq(answer.body, "hi");
}

Test(http_body, refuses_before_the_body_when_it_is_expected_to)
{
	cr_expect_eq(wire_ask(&wire, &answer,
			     "POST /nothing HTTP/1.1\r\n" HOST
			     "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"),
		404);
	cr_expect(wire_has_ended(&wire));
}

Test(http_body, refuses_a_long_body_before_it_comes)
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

Test(http_body, refuses_a_long_body_while_it_comes)
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
Test(http_body, lets_a_client_read_the_refusal_that_still_sends)
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
