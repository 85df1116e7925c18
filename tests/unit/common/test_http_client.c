// SPDX-License-Identifier: Apache-2.0
// Against our own server on a free port; what leaves the machine is refused before it
// does.
#include "common/http/http_client.h"

#include <criterion/criterion.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "common/http/http_server.h"
#include "common/text.h"

static struct http_server *server;
static struct http_client *client;
static char url[256];

static void echo(void *context, struct http_request *request)
{
	struct text seen AUTO(text_done) = {0};
	const char *type = http_header(request, "Content-Type");
	const char *empty = http_header(request, "X-Empty");
	size_t len;
	const char *body = http_body(request, &len);

	(void)context;
	text_printf(&seen, "%s|%s|%s|%s|%.*s", http_method(request),
		type ? type : "none", http_header(request, "User-Agent"),
		empty ? empty : "none", (int)len, body);
	http_answer(request,
		&(struct http_answer){.status = 201,
			.content_type = "text/plain",
			.body = text_string(&seen),
			.len = seen.len,
			.headers = (const struct http_answer_header[]){
				{"ETag", "\"7\""}, {"Link", "<x>; rel=\"next\""},
				{"X-RateLimit-Reset", "1700000000"}, {NULL}}});
}

static void thousand(void *context, struct http_request *request)
{
	char body[1000];

	(void)context;
	memset(body, 'x', sizeof(body));
	http_answer(request,
		&(struct http_answer){
			.status = 200, .body = body, .len = sizeof(body)});
}

static void busy(void *context, struct http_request *request)
{
	const struct fault fault = {.kind = FAULT_RETRY, .text = "later"};

	(void)context;
	http_answer_unavailable(request, 17, &fault);
}

static void moved(void *context, struct http_request *request)
{
	(void)context;
	http_answer(request,
		&(struct http_answer){.status = 302,
			.headers = (const struct http_answer_header[]){
				{"Location", "/thousand"}, {NULL}}});
}

static struct http_request *kept;
static sem_t has_kept;

static void silent(void *context, struct http_request *request)
{
	(void)context;
	kept = request;
	(void)sem_post(&has_kept);
}

static void start(void)
{
	static const struct http_route routes[] = {
		{"GET", "/echo", echo},
		{"POST", "/echo", echo},
		{"PATCH", "/echo", echo},
		{"DELETE", "/echo", echo},
		{"GET", "/thousand", thousand},
		{"GET", "/busy", busy},
		{"GET", "/moved", moved},
		{"GET", "/silent", silent},
		{NULL},
	};
	struct fault fault = {0};

	cr_assert(http_server_start(&server,
			  &(struct http_server_options){
				  .listen = "127.0.0.1:0", .routes = routes},
			  &fault),
		"%s", fault.text);
	cr_assert(http_client_open(&client, "", &fault), "%s", fault.text);
}

static void stop(void)
{
	http_client_close(client);
	http_server_stop(server);
}

TestSuite(http_client, .init = start, .fini = stop);

static const char *at(const char *path)
{
	(void)snprintf(
		url, sizeof(url), "http://%s%s", http_server_address(server), path);
	return url;
}

static bool fetch(
	const struct http_call *call, struct http_reply *reply, struct fault *fault)
{
	*fault = (struct fault){0};
	return http_fetch(client, call, reply, fault);
}

Test(http_client, sends_methods_headers_and_bodies_as_they_are)
{
	const struct {
		struct http_call call;
		const char *body;
	} cases[] = {
		{{.method = "GET"}, "GET|none|tocsin/0.1.0|none|"},
		{{.method = "POST"}, "POST|none|tocsin/0.1.0|none|"},
		{{.method = "POST", .body = "{}", .body_len = 2},
			"POST|none|tocsin/0.1.0|none|{}"},
		{{.method = "PATCH",
			 .body = "ab",
			 .body_len = 2,
			 .headers = (const char *const[]){"Content-Type: text/x",
				 "X-Empty: ", NULL}},
			"PATCH|text/x|tocsin/0.1.0||ab"},
		{{.method = "DELETE"}, "DELETE|none|tocsin/0.1.0|none|"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct http_reply reply AUTO(http_reply_done) = {0};
		struct http_call call = cases[i].call;
		struct fault fault;

		call.url = at("/echo");
		cr_assert(fetch(&call, &reply, &fault), "%s", fault.text);
		cr_expect_eq(reply.status, 201);
		cr_expect_str_eq(reply.body, cases[i].body);
		cr_expect_eq(reply.len, strlen(cases[i].body));
		cr_expect_str_eq(reply.content_type, "text/plain");
		cr_expect_str_eq(reply.etag, "\"7\"");
		cr_expect_str_eq(reply.link, "<x>; rel=\"next\"");
		cr_expect_str_eq(reply.rate_reset, "1700000000");
		cr_expect_eq(reply.retry_after_ms, -1);
	}
}

Test(http_client, cuts_an_answer_or_refuses_it)
{
	struct http_reply reply AUTO(http_reply_done) = {0};
	struct http_call call = {.method = "GET", .url = at("/thousand")};
	struct fault fault;

	call.max_answer = 1000;
	cr_assert(fetch(&call, &reply, &fault));
	cr_expect_eq(reply.len, 1000);
	cr_expect_not(reply.cut);
	http_reply_done(&reply);

	call.max_answer = 999;
	cr_expect_not(fetch(&call, &reply, &fault));
	cr_expect_eq(fault.kind, FAULT_REJECT);
	cr_expect(strstr(fault.text, "over 999 bytes"), "%s", fault.text);

	call.cut_answer = true;
	cr_assert(fetch(&call, &reply, &fault), "%s", fault.text);
	cr_expect(reply.cut);
	cr_expect_eq(reply.len, 999);
	cr_expect_eq(strlen(reply.body), 999);
}

Test(http_client, says_when_to_come_again)
{
	struct http_reply reply AUTO(http_reply_done) = {0};
	struct fault fault;

	cr_assert(fetch(&(struct http_call){.method = "GET", .url = at("/busy")},
		&reply, &fault));
	cr_expect_eq(reply.status, 503);
	cr_expect_eq(reply.retry_after_ms, 17000);
}

Test(http_client, follows_nothing)
{
	struct http_reply reply AUTO(http_reply_done) = {0};
	struct fault fault;

	cr_assert(fetch(&(struct http_call){.method = "GET", .url = at("/moved")},
		&reply, &fault));
	cr_expect_eq(reply.status, 302);
	cr_expect_str_eq(reply.body, "");
}

Test(http_client, does_not_wait_beyond_its_time)
{
	struct http_reply reply AUTO(http_reply_done) = {0};
	struct fault fault;

	cr_expect_not(fetch(
		&(struct http_call){
			.method = "GET", .url = at("/silent"), .timeout_ms = 50},
		&reply, &fault));
	cr_expect_eq(fault.kind, FAULT_RETRY);
	cr_expect_null(reply.body);
	(void)sem_wait(&has_kept);
	http_answer_error(kept, 500, "late", "too late");
}

Test(http_client, retries_what_nobody_serves_and_shows_no_secret)
{
	struct http_reply reply AUTO(http_reply_done) = {0};
	struct fault fault;

	cr_expect_not(fetch(
		&(struct http_call){.method = "GET",
			.url = "http://user:hunter2@127.0.0.1:1/hook/s3cret?k=s3cret"},
		&reply, &fault));
	cr_expect_eq(fault.kind, FAULT_RETRY);
	cr_expect(strstr(fault.text, "127.0.0.1:1"), "%s", fault.text);
	cr_expect_null(strstr(fault.text, "s3cret"), "%s", fault.text);
	cr_expect_null(strstr(fault.text, "hunter2"), "%s", fault.text);
}

Test(http_client, refuses_what_could_smuggle)
{
	static const struct {
		const char *method, *url, *header;
	} cases[] = {
		{"GET", "http://127.0.0.1/\r\nX: y", NULL},
		{"GET", "http://127.0.0.1/a b", NULL},
		{"GET", "file:///etc/passwd", NULL},
		{"GET", "ftp://127.0.0.1/", NULL},
		{"GET", "127.0.0.1", NULL},
		{"GET", "", NULL},
		{"GET", "http://", NULL},
		{"GET x", "http://127.0.0.1/", NULL},
		{"", "http://127.0.0.1/", NULL},
		{"GET", "http://127.0.0.1/", "X: a\r\nY: b"},
		{"GET", "http://127.0.0.1/", "X: a\nY: b"},
		{"GET", "http://127.0.0.1/", "no colon"},
		{"GET", "http://127.0.0.1/", ": no name"},
		{"GET", "http://127.0.0.1/", "X Y: z"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct http_reply reply AUTO(http_reply_done) = {0};
		const char *const headers[] = {cases[i].header, NULL};
		struct fault fault;

		cr_expect_not(fetch(&(struct http_call){.method = cases[i].method,
					    .url = cases[i].url,
					    .headers = headers,
					    .timeout_ms = 100},
				      &reply, &fault),
			"case %zu", i);
		cr_expect_eq(fault.kind, FAULT_REJECT, "case %zu: %s", i, fault.text);
	}
}

Test(http_client, guards_addresses_even_of_open_connections)
{
	struct http_reply reply AUTO(http_reply_done) = {0};
	struct http_call call = {.method = "GET", .url = at("/echo")};
	struct fault fault;

	cr_assert(fetch(&call, &reply, &fault));
	http_reply_done(&reply);
	call.guarded = true;
	cr_expect_not(fetch(&call, &reply, &fault));
	cr_expect_eq(fault.kind, FAULT_REJECT);
	cr_expect(
		strstr(fault.text, "127.0.0.1 is no public address"), "%s", fault.text);
}

Test(http_client, guards_every_spelling_of_loopback)
{
	static const char *const hosts[] = {"localhost", "127.1", "2130706433",
		"0x7f.0.0.1", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]",
		"[64:ff9b::7f00:1]", "169.254.169.254", "10.0.0.1"};

	for (size_t i = 0; i < countof(hosts); i++) {
		struct http_reply reply AUTO(http_reply_done) = {0};
		struct fault fault;

		(void)snprintf(url, sizeof(url), "http://%s%s/", hosts[i],
			strrchr(http_server_address(server), ':'));
		cr_expect_not(fetch(&(struct http_call){.method = "GET",
					    .url = url,
					    .guarded = true,
					    .timeout_ms = 500},
				      &reply, &fault),
			"%s", url);
		cr_expect_eq(fault.kind, FAULT_REJECT, "%s: %s", url, fault.text);
	}
}

Test(http_client, goes_where_it_is_allowed_to)
{
	struct http_client *allowed AUTO(http_client_close) = NULL;
	struct http_reply reply AUTO(http_reply_done) = {0};
	struct fault fault = {0};

	cr_assert(http_client_open(&allowed, "10.1.0.0/16, 127.0.0.1,[::1]", &fault));
	cr_expect(http_fetch(allowed,
			  &(struct http_call){
				  .method = "GET", .url = at("/echo"), .guarded = true},
			  &reply, &fault),
		"%s", fault.text);
}
