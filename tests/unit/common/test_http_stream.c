// SPDX-License-Identifier: Apache-2.0
// Answers that are made piece by piece: whole for who reads, cut off for who does not,
// visibly broken when a piece cannot be made, and gone when the client is.
#include "common/http/http_server.h"

#include "tests/unit/common/http_wire.h"

#include <stdatomic.h>

#include "common/clock.h"
#include "common/text.h"
#include "tests/support/place.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

enum { PIECES = 200, PIECE = 40000, DEADLINE_MS = 20000, PIECE_MS = 300 };

static struct http_server *server;
static atomic_int made, done;
static atomic_bool released;

struct count {
	int left, total, fail_at;
};

static bool more(
	void *context, void *thread, struct text *out, bool *end, struct fault *fault)
{
	struct count *count = context;
	int number = count->total - count->left;

	cr_assert_str_eq(thread, "pool");
	cr_assert_eq(out->len, 0);
	if (number == count->fail_at)
		return fault_set(fault, FAULT_RETRY, "no more of it");
	atomic_fetch_add(&made, 1);
	*end = --count->left == 0;
	/* An empty piece is none: the next comes later. */
	for (int i = 0; number % 7 != 6 && i < PIECE / 10; i++)
		text_printf(out, "%09d\n", number);
	return true;
}

static void forget(void *context)
{
	free(context);
	atomic_fetch_add(&done, 1);
}

static void serve(struct http_request *request, int pieces, int fail_at)
{
	struct count *count = malloc(sizeof(*count));
	struct fault fault = {0};

	*count = (struct count){pieces, pieces, fail_at};
	if (http_answer_stream(request,
		    &(struct http_stream){.content_type = "text/plain",
			    .more = more,
			    .done = forget,
			    .context = count},
		    &fault))
		return;
	free(count);
	http_answer_unavailable(request, 1, &fault);
}

static void long_one(void *context, struct http_request *request)
{
	(void)context;
	serve(request, PIECES, -1);
}

static void broken(void *context, struct http_request *request)
{
	(void)context;
	serve(request, PIECES, 5);
}

static void impossible(void *context, struct http_request *request)
{
	(void)context;
	serve(request, PIECES, 0);
}

/* Has nothing to send until somebody else was answered. */
static bool when_released(
	void *context, void *thread, struct text *out, bool *end, struct fault *fault)
{
	(void)context;
	(void)thread;
	(void)fault;
	atomic_fetch_add(&made, 1);
	*end = atomic_load(&released);
	if (*end)
		text_add(out, "at last\n");
	return true;
}

static void patient(void *context, struct http_request *request)
{
	struct fault fault = {0};

	(void)context;
	cr_assert(http_answer_stream(request,
		&(struct http_stream){.content_type = "text/plain",
			.more = when_released,
			.done = forget,
			.context = NULL},
		&fault));
}

static void plain(void *context, struct http_request *request)
{
	(void)context;
	atomic_store(&released, true);
	http_answer(request, &(struct http_answer){.status = 204});
}

static bool thread_open(void **thread, void *context, struct fault *fault)
{
	static char word[] = "pool";

	(void)context;
	(void)fault;
	*thread = word;
	return true;
}

/* 0 for the usual deadlines: a loaded machine must not look like a slow client. */
static void start(long piece_ms)
{
	static const struct http_route routes[] = {
		{.method = "GET",
			.path = "/long",
			.handle = long_one,
			.blocking = true},
		{.method = "GET",
			.path = "/broken",
			.handle = broken,
			.blocking = true},
		{.method = "GET",
			.path = "/impossible",
			.handle = impossible,
			.blocking = true},
		{.method = "GET",
			.path = "/patient",
			.handle = patient,
			.blocking = true},
		{.method = "GET", .path = "/plain", .handle = plain, .blocking = true},
		{0},
	};
	struct fault fault = {0};

	cr_assert(http_server_start(&server,
		&(struct http_server_options){.listen = "127.0.0.1:0",
			.routes = routes,
			.blocking_threads = 1,
			.thread_open = thread_open,
			.piece_ms = piece_ms},
		&fault));
}

/* All that comes until the end, without the chunks' sizes; the bytes of the body. */
static size_t read_all(struct wire *wire, bool *whole)
{
	struct text all AUTO(text_done) = {0};
	char buffer[65536];
	const char *at, *end;
	size_t sum = 0;
	ssize_t got;

	while ((got = recv(wire->fd, buffer, sizeof(buffer), 0)) > 0)
		text_add_bytes(&all, buffer, (size_t)got);
	*whole = false;
	at = strstr(text_string(&all), "\r\n\r\n");
	cr_assert_not_null(at);
	cr_expect_not_null(
		strstr(text_string(&all), "Transfer-Encoding: chunked"), "chunked");
	end = all.data + all.len;
	for (at += 4; at < end;) {
		char *after;
		size_t len = strtoul(at, &after, 16);

		if (len == 0) {
			*whole = strncmp(after, "\r\n\r\n", 4) == 0;
			break;
		}
		sum += len;
		at = after + 2 + len + 2;
	}
	return sum;
}

Test(http_stream, is_whole_and_ends, .timeout = 60)
{
	struct wire wire;
	bool whole;

	start(0);
	wire_open(&wire, http_server_address(server));
	wire_send(&wire, GET("/long"));
	cr_expect_eq(read_all(&wire, &whole),
		(size_t)(PIECES - PIECES / 7) * (PIECE / 10) * 10);
	cr_expect(whole);
	cr_expect(WAIT_UNTIL(atomic_load(&done) == 1, DEADLINE_MS));
	cr_expect_eq(made, PIECES);
	wire_close(&wire);
	http_server_stop(server);
}

Test(http_stream, what_breaks_off_is_seen_to, .timeout = 60)
{
	struct wire wire;
	bool whole;

	start(0);
	wire_open(&wire, http_server_address(server));
	wire_send(&wire, GET("/broken"));
	cr_expect_eq(read_all(&wire, &whole), (size_t)5 * (PIECE / 10) * 10);
	cr_expect_not(whole);
	wire_close(&wire);
	cr_expect(WAIT_UNTIL(atomic_load(&done) == 1, DEADLINE_MS));
	http_server_stop(server);
}

Test(http_stream, a_first_piece_that_fails_is_a_status, .timeout = 60)
{
	static struct wire_answer answer;
	struct wire wire;

	start(0);
	wire_open(&wire, http_server_address(server));
	cr_expect_eq(wire_ask(&wire, &answer, GET("/impossible")), 503);
	cr_expect_eq(done, 0);
	wire_close(&wire);
	http_server_stop(server);
}

/* One thread in the pool, and twenty clients that read nothing: others are served. */
Test(http_stream, who_does_not_read_holds_nobody_up_and_is_ended, .timeout = 60)
{
	enum { STUCK = 20 };
	static struct wire_answer answer;
	static struct wire stuck[STUCK];
	struct wire wire;
	int before;

	start(PIECE_MS);
	for (int i = 0; i < STUCK; i++) {
		wire_open(&stuck[i], http_server_address(server));
		(void)setsockopt(
			stuck[i].fd, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
		wire_send(&stuck[i], GET("/long"));
	}
	cr_expect(WAIT_UNTIL(atomic_load(&made) >= STUCK, DEADLINE_MS));
	wire_open(&wire, http_server_address(server));
	cr_expect_eq(wire_ask(&wire, &answer, GET("/plain")), 204);
	wire_close(&wire);
	cr_expect(WAIT_UNTIL(atomic_load(&done) == STUCK, DEADLINE_MS));
	before = made;
	cr_expect_lt(before, STUCK * PIECES);
	for (int i = 0; i < STUCK; i++)
		wire_close(&stuck[i]);
	http_server_stop(server);
}

/* The only thread of the pool is free for who comes later; the stream then goes on. */
Test(http_stream, with_nothing_yet_holds_no_thread, .timeout = 60)
{
	static struct wire_answer answer;
	struct wire wire, other;
	bool whole;

	start(0);
	wire_open(&wire, http_server_address(server));
	wire_send(&wire, GET("/patient"));
	cr_expect(WAIT_UNTIL(atomic_load(&made) > 2, DEADLINE_MS), "it is asked again");
	wire_open(&other, http_server_address(server));
	cr_expect_eq(wire_ask(&other, &answer, GET("/plain")), 204);
	wire_close(&other);
	cr_expect_eq(read_all(&wire, &whole), strlen("at last\n"));
	cr_expect(whole);
	wire_close(&wire);
	cr_expect(WAIT_UNTIL(atomic_load(&done) == 1, DEADLINE_MS));
	http_server_stop(server);
}

Test(http_stream, who_goes_away_frees_everything, .timeout = 60)
{
	struct wire wire;

	start(0);
	for (int i = 0; i < 10; i++) {
		wire_open(&wire, http_server_address(server));
		wire_send(&wire, GET("/long"));
		if (i % 2)
			cr_assert(wire_waits(&wire, DEADLINE_MS));
		wire_close(&wire);
	}
	cr_expect(WAIT_UNTIL(atomic_load(&done) == 10, DEADLINE_MS), "%d", done);
	http_server_stop(server);
}

Test(http_stream, a_stop_does_not_wait_for_ever, .timeout = 60)
{
	struct wire wire;
	int64_t from;

	start(0);
	wire_open(&wire, http_server_address(server));
	wire_send(&wire, GET("/long"));
	cr_expect(WAIT_UNTIL(atomic_load(&made) > 0, DEADLINE_MS));
	from = clock_mono_ms();
	http_server_stop(server);
	cr_expect_leq(clock_mono_ms() - from, 10000);
	cr_expect_eq(done, 1);
	wire_close(&wire);
}

Test(http_stream, a_head_is_without_its_body, .timeout = 60)
{
	static struct wire_answer answer;
	struct wire wire;

	start(0);
	wire_open(&wire, http_server_address(server));
	cr_expect_eq(wire_ask(&wire, &answer,
			     "HEAD /long HTTP/1.1\r\nHost: x\r\nConnection: "
			     "close\r\n\r\n"),
		200);
	cr_expect(WAIT_UNTIL(atomic_load(&done) == 1, DEADLINE_MS));
	wire_close(&wire);
	http_server_stop(server);
}
