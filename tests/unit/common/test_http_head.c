// SPDX-License-Identifier: Apache-2.0
// Heads of requests as a client may write them: what is read from one, what is refused, and
// that there is an answer whatever its length.
#include "tests/unit/common/http_echo.h"

#include "common/ids.h"
#include "common/text.h"

TestSuite(http_head, .init = start, .fini = stop);

/* What cannot be read must not look like what is not there. */
Test(http_head, refuses_a_query_that_cannot_be_read)
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

Test(http_head, gives_segments_and_queries_decoded)
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

Test(http_head, refuses_broken_escapes)
{
	static const char *const paths[] = {"%", "%4", "%zz", "%00", "a%0"};

	for (size_t i = 0; i < countof(paths); i++) {
		char request[128];

		(void)snprintf(request, sizeof(request),
			"GET /orgs/a/nodes/%s HTTP/1.1\r\n" HOST "\r\n", paths[i]);
		cr_expect_eq(wire_ask(&wire, &answer, request), 400, "%s", paths[i]);
	}
}

Test(http_head, refuses_requests_of_uncertain_length)
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
Test(http_head, refuses_codings_that_it_does_not_know)
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
Test(http_head, gives_headers_without_the_blanks_around_them)
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
Test(http_head, answers_whatever_the_length_of_a_head)
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

Test(http_head, answers_whatever_the_number_of_headers)
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
Test(http_head, lets_a_client_read_that_its_head_is_too_long)
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

Test(http_head, refuses_a_head_that_is_too_long)
{
	static char head[40000];

	memset(head, 'x', sizeof(head) - 1);
	wire_send(&wire, "GET /health HTTP/1.1\r\n" HOST "X-Long: ");
	(void)send(wire.fd, head, sizeof(head) - 1, MSG_NOSIGNAL);
	cr_assert(wire_read(&wire, &answer, true));
	cr_expect_eq(answer.status, 431);
}

Test(http_head, echoes_a_sane_request_id_only)
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
