// SPDX-License-Identifier: Apache-2.0
// Story: a signed delivery is taken in every form that HTTP allows, once; in every other
// form it gets the status that HTTP has for it, and leaves no event. What is answered with
// 200 and what is stored are the same.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/stack.h"

enum { ANSWER_MS = 20000, ID_SIZE = 32, MAC_TEXT_SIZE = 80 };

#define BODY "{\"ref\":\"refs/heads/main\",\"x\":\"Caf\u00e9\"}"
#define START "POST /webhooks/github HTTP/1.1\r\nHost: x\r\n"
#define TYPE "Content-Type: application/json\r\n"
#define EVENT "X-GitHub-Event: push\r\n"
#define ID "X-GitHub-Delivery: $ID\r\n"
#define SIGNED "X-Hub-Signature-256: $MAC\r\n"
#define CLOSE "Connection: close\r\n"
#define REST CLOSE TYPE EVENT ID SIGNED
#define LENGTH "Content-Length: $LEN\r\n"
#define CHUNKED START REST "Transfer-Encoding: chunked\r\n"

static const char *const settings[] = {"TOCSIN_INGRESS_REQUEST_TIMEOUT=4s", NULL};
static const struct stack_options doors = {.doors_only = true, .settings = settings};
static struct stack stack;

/* $MAC with its prefix, $LEN of the body, $ID of this delivery, $BODY. */
static void fill(struct text *out, const char *template, const char *id)
{
	char mac[MAC_TEXT_SIZE], len[16];
	const struct {
		const char *name, *value;
	} names[] = {{"$MAC", github_sign(mac, GITHUB_SECRET, BODY)}, {"$LEN", len},
		{"$ID", id}, {"$BODY", BODY}};

	(void)snprintf(len, sizeof(len), "%zu", strlen(BODY));
	while (*template) {
		size_t step = 1, i = 0;

		for (; i < countof(names); i++)
			if (strncmp(template, names[i].name, strlen(names[i].name)) ==
				0)
				break;
		if (i < countof(names)) {
			text_add(out, names[i].value);
			step = strlen(names[i].name);
		} else {
			text_add_char(out, *template);
		}
		template += step;
	}
}

/* The status; the whole answer is in exchange->head and ->body. */
static int send_out(struct exchange *exchange)
{
	(void)exchange_run(exchange, stack.addresses[INGRESS], ANSWER_MS);
	return exchange->status;
}

static int send_form(const char *template, const char *id)
{
	struct exchange exchange AUTO(exchange_done) = {0};

	fill(&exchange.request, template, id);
	return send_out(&exchange);
}

static const struct {
	const char *what, *request;
} allowed[] = {
	{"plain", START REST LENGTH "\r\n$BODY"},
	{"HTTP/1.0 without Host",
		"POST /webhooks/github HTTP/1.0\r\n" TYPE EVENT ID SIGNED LENGTH
		"\r\n$BODY"},
	{"names in any case",
		START CLOSE "content-type: application/json\r\nX-GITHUB-EVENT: push\r\n"
			    "x-github-delivery: $ID\r\nx-hub-SIGNATURE-256: $MAC\r\n"
			    "CONTENT-LENGTH: $LEN\r\n\r\n$BODY"},
	{"no blank behind the colon",
		START CLOSE TYPE EVENT ID "X-Hub-Signature-256:$MAC\r\n"
					  "Content-Length:$LEN\r\n\r\n$BODY"},
	{"blanks around the signature",
		START CLOSE TYPE EVENT ID "X-Hub-Signature-256: \t $MAC \t \r\n" LENGTH
					  "\r\n$BODY"},
	{"a type with parameters",
		START CLOSE EVENT ID SIGNED "Content-Type: Application/JSON ; "
					    "charset=\"UTF-8\"; v=1\r\n" LENGTH
					    "\r\n$BODY"},
	{"a query",
		"POST /webhooks/github?team=shop&empty=&flag&a=%20 HTTP/1.1\r\n"
		"Host: x\r\n" REST LENGTH "\r\n$BODY"},
	{"another header folded",
		START REST "X-Other: a\r\n b\r\n\tc\r\n" LENGTH "\r\n$BODY"},
	{"what a proxy adds",
		START REST "X-Forwarded-For: 1.2.3.4, 5.6.7.8\r\nVia: 1.1 "
			   "proxy\r\nCookie: a=b; c\r\nAccept-Encoding: gzip\r\n"
			   "X-Forwarded-Proto: https\r\n" LENGTH "\r\n$BODY"},
	{"an offer of HTTP/2",
		START TYPE EVENT ID SIGNED
		"Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
		"HTTP2-Settings: AAMAAABkAAQAAP__\r\n" LENGTH "\r\n$BODY"},
	{"an empty line before", "\r\n" START REST LENGTH "\r\n$BODY"},
	{"a length with zeros before",
		START REST "Content-Length: 000$LEN\r\n\r\n$BODY"},
	{"chunks of odd sizes",
		CHUNKED "\r\n1\r\n{\r\n1B\r\n\"ref\":\"refs/heads/main\",\"x\"\r\n"
			"0009\r\n:\"Caf\u00e9\"}\r\n0\r\n\r\n"},
	{"chunks with extensions and a trailer",
		CHUNKED "Trailer: X-Sum\r\n\r\n25;name=value;q=\"a b\"\r\n$BODY\r\n"
			"000;last\r\nX-Sum: 1\r\nX-Hub-Signature-256: sha256=00\r\n"
			"X-GitHub-Delivery: other\r\n\r\n"},
};

Test(http_forms, what_http_allows_is_taken_once, .timeout = 120)
{
	stack_start(&stack, &doors);
	for (size_t i = 0; i < countof(allowed); i++) {
		long before = stack_stream_count(&stack, "EVENTS");
		char id[ID_SIZE];

		(void)snprintf(id, sizeof(id), "allowed-%zu", i);
		cr_expect_eq(
			send_form(allowed[i].request, id), 200, "%s", allowed[i].what);
		cr_expect_eq(send_form(allowed[i].request, id), 200, "%s, again",
			allowed[i].what);
		cr_expect_eq(stack_stream_count(&stack, "EVENTS"), before + 1, "%s",
			allowed[i].what);
	}
	stack_stop(&stack);
}

static const struct {
	const char *what;
	int status;
	const char *request;
} refused[] = {
	{"a length that is too short", 401,
		START REST "Content-Length: 20\r\n\r\n$BODY"},
	{"a length of nothing", 401, START REST "Content-Length: 0\r\n\r\n$BODY"},
	{"no length", 401, START REST "\r\n$BODY"},
	{"a length that is too long", 408,
		START REST "Content-Length: 99\r\n\r\n$BODY"},
	{"a negative length", 400, START REST "Content-Length: -1\r\n\r\n$BODY"},
	{"a length with a sign", 400, START REST "Content-Length: +$LEN\r\n\r\n$BODY"},
	{"a length with more", 400, START REST "Content-Length: $LENx\r\n\r\n$BODY"},
	{"a hex length", 400, START REST "Content-Length: 0x24\r\n\r\n$BODY"},
	{"an empty length", 400, START REST "Content-Length: \r\n\r\n$BODY"},
	{"a list of lengths", 400,
		START REST "Content-Length: $LEN, $LEN\r\n\r\n$BODY"},
	{"two lengths", 400, START REST LENGTH LENGTH "\r\n$BODY"},
	{"two different lengths", 400,
		START REST "Content-Length: 5\r\n" LENGTH "\r\n$BODY"},
	{"a length of 25 MiB and one", 413,
		START REST "Content-Length: 26214401\r\n\r\n$BODY"},
	{"a length beyond 64 bits", 413,
		START REST "Content-Length: 99999999999999999999999\r\n\r\n$BODY"},
	{"a length and chunks", 400, CHUNKED LENGTH "\r\n25\r\n$BODY\r\n0\r\n\r\n"},
	{"chunks twice", 400,
		CHUNKED "Transfer-Encoding: chunked\r\n\r\n25\r\n$BODY\r\n0\r\n\r\n"},
	{"another coding", 501,
		START REST "Transfer-Encoding: gzip\r\n\r\n25\r\n$BODY\r\n0\r\n\r\n"},
	{"another coding and chunks", 501,
		START REST "Transfer-Encoding: gzip, chunked\r\n\r\n25\r\n$BODY\r\n"
			   "0\r\n\r\n"},
	{"no coding by name", 501,
		START REST "Transfer-Encoding: identity\r\n\r\n$BODY"},
	{"a chunk's size that is none", 400, CHUNKED "\r\nzz\r\n$BODY\r\n0\r\n\r\n"},
	{"a chunk's negative size", 400, CHUNKED "\r\n-24\r\n$BODY\r\n0\r\n\r\n"},
	{"a chunk's size in C", 400, CHUNKED "\r\n0x24\r\n$BODY\r\n0\r\n\r\n"},
	{"a chunk that is longer", 400, CHUNKED "\r\n23\r\n$BODY\r\n0\r\n\r\n"},
	{"a chunk that is shorter", 408, CHUNKED "\r\n99\r\n$BODY\r\n0\r\n\r\n"},
	{"a chunk beyond 64 bits", 413,
		CHUNKED "\r\n11111111111111111\r\n$BODY\r\n0\r\n\r\n"},
	{"no last chunk", 408, CHUNKED "\r\n25\r\n$BODY\r\n"},
	{"a head without an end", 408, START REST LENGTH},
	{"no Host", 400, "POST /webhooks/github HTTP/1.1\r\n" REST LENGTH "\r\n$BODY"},
	{"two Hosts", 400, START "Host: y\r\n" REST LENGTH "\r\n$BODY"},
	{"a line without a colon", 400, START "colon\r\n" REST LENGTH "\r\n$BODY"},
	{"a blank before the colon", 401,
		START CLOSE TYPE EVENT ID "X-Hub-Signature-256 : $MAC\r\n" LENGTH
					  "\r\n$BODY"},
	{"another version", 505,
		"POST /webhooks/github HTTP/2.0\r\nHost: x\r\n" REST LENGTH
		"\r\n$BODY"},
	{"no version", 400, "POST /webhooks/github\r\n\r\n"},
	{"absolute form", 404,
		"POST http://x/webhooks/github HTTP/1.1\r\nHost: x\r\n" REST LENGTH
		"\r\n$BODY"},
	{"a source that nobody configured", 404,
		"POST /webhooks/generic/nobody HTTP/1.1\r\nHost: x\r\n" REST LENGTH
		"\r\n$BODY"},
	{"asterisk form", 404,
		"POST * HTTP/1.1\r\nHost: x\r\n" REST LENGTH "\r\n$BODY"},
	{"a slash more", 404,
		"POST /webhooks/github/ HTTP/1.1\r\nHost: x\r\n" REST LENGTH
		"\r\n$BODY"},
	{"two slashes", 404,
		"POST //webhooks/github HTTP/1.1\r\nHost: x\r\n" REST LENGTH
		"\r\n$BODY"},
	{"a way round", 404,
		"POST /webhooks/x/../github HTTP/1.1\r\nHost: x\r\n" REST LENGTH
		"\r\n$BODY"},
	{"a query with a broken escape", 400,
		"POST /webhooks/github?a=%zz HTTP/1.1\r\nHost: x\r\n" REST LENGTH
		"\r\n$BODY"},
	{"GET", 405,
		"GET /webhooks/github HTTP/1.1\r\nHost: x\r\n" REST LENGTH "\r\n$BODY"},
	{"PUT", 405,
		"PUT /webhooks/github HTTP/1.1\r\nHost: x\r\n" REST LENGTH "\r\n$BODY"},
	{"HEAD", 405, "HEAD /webhooks/github HTTP/1.1\r\nHost: x\r\n" REST "\r\n"},
	{"OPTIONS", 405,
		"OPTIONS /webhooks/github HTTP/1.1\r\nHost: x\r\n" REST "\r\n"},
	{"a method in small letters", 405,
		"post /webhooks/github HTTP/1.1\r\nHost: x\r\n" REST LENGTH
		"\r\n$BODY"},
	{"two signatures", 401, START REST SIGNED LENGTH "\r\n$BODY"},
	{"no type", 415, START CLOSE EVENT ID SIGNED LENGTH "\r\n$BODY"},
};

Test(http_forms, what_http_forbids_is_told_so_and_leaves_no_event, .timeout = 180)
{
	stack_start(&stack, &doors);
	for (size_t i = 0; i < countof(refused); i++) {
		char id[ID_SIZE];

		(void)snprintf(id, sizeof(id), "refused-%zu", i);
		cr_expect_eq(send_form(refused[i].request, id), refused[i].status, "%s",
			refused[i].what);
		cr_expect_eq(
			stack_stream_count(&stack, "EVENTS"), 0, "%s", refused[i].what);
	}
	stack_stop(&stack);
}

/* A delivery with `count` headers more, each with a value of `len`. */
static int send_flood(struct exchange *exchange, int count, size_t len, const char *id)
{
	char *value AUTO(free) = malloc(len + 1);

	cr_assert(value);
	memset(value, 'a', len);
	value[len] = '\0';
	fill(&exchange->request, START REST LENGTH, id);
	for (int i = 0; i < count; i++)
		text_printf(&exchange->request, "X-F%d: %s\r\n", i, value);
	fill(&exchange->request, "\r\n$BODY", id);
	return send_out(exchange);
}

Test(http_forms, a_flood_of_headers_is_a_431, .timeout = 120)
{
	static const struct {
		int count;
		size_t len;
	} floods[] = {{1, 8000}, {1, 100000}, {1, 2000000}, {120, 1}, {300, 1},
		{5000, 16}, {20000, 100}, {10, 2000}};

	stack_start(&stack, &doors);
	for (size_t i = 0; i < countof(floods); i++) {
		struct exchange exchange AUTO(exchange_done) = {0};

		cr_expect_eq(send_flood(&exchange, floods[i].count, floods[i].len, "f"),
			431, "%d headers of %zu", floods[i].count, floods[i].len);
	}
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), 0);
	stack_stop(&stack);
}

/* Between a head that fits and one that does not is none that is stored in silence. */
Test(http_forms, whatever_the_head_who_is_stored_is_told_so, .timeout = 180)
{
	enum { LEAST = 5600, MOST = 8400, STEP = 56, HEADERS = 140 };
	long taken = 0, refused_count = 0, number = 0;

	stack_start(&stack, &doors);
	for (size_t len = LEAST; len < MOST + HEADERS * STEP; len += STEP, number++) {
		struct exchange exchange AUTO(exchange_done) = {0};
		char id[ID_SIZE];
		bool many = len >= MOST;
		int status;

		(void)snprintf(id, sizeof(id), "head-%ld", number);
		status = send_flood(&exchange, many ? (int)(len - MOST) / STEP : 1,
			many ? 1 : len, id);
		taken += status == 200;
		refused_count += status == 431;
		cr_expect(status == 200 || status == 431, "%d at %s %zu", status,
			many ? "number" : "length", len);
	}
	cr_expect_gt(refused_count, 0);
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), taken);
	stack_stop(&stack);
}

static int count_of(const struct text *answer, const char *line)
{
	int count = 0;

	for (const char *p = text_string(answer); (p = strstr(p, line)); p++)
		count++;
	return count;
}

/* What is behind a request on its connection is the next one, whatever became of it. */
Test(http_forms, a_connection_goes_on_after_what_was_taken_or_refused, .timeout = 120)
{
	static const char good[] = START TYPE EVENT ID SIGNED LENGTH "\r\n$BODY",
			  unsigned_one[] = START TYPE EVENT ID LENGTH "\r\n$BODY",
			  lost[] = "POST /nowhere HTTP/1.1\r\nHost: x\r\n" LENGTH
				   "\r\n$BODY";
	static const char *const pipeline[] = {
		good, unsigned_one, good, lost, good, START REST LENGTH "\r\n$BODY"};
	struct exchange exchange AUTO(exchange_done) = {0};
	struct text answer AUTO(text_done) = {0};

	stack_start(&stack, &doors);
	for (size_t i = 0; i < countof(pipeline); i++) {
		char id[ID_SIZE];

		(void)snprintf(id, sizeof(id), "pipeline-%zu", i);
		fill(&exchange.request, pipeline[i], id);
	}
	cr_expect_eq(send_out(&exchange), 200);
	text_add(&answer, exchange.body);
	cr_expect_eq(count_of(&answer, "HTTP/1.1 200 "), 3, "%s", exchange.body);
	cr_expect_eq(count_of(&answer, "HTTP/1.1 401 "), 1);
	cr_expect_eq(count_of(&answer, "HTTP/1.1 404 "), 1);
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), 4);
	stack_stop(&stack);
}
