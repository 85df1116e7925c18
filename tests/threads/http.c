// SPDX-License-Identifier: Apache-2.0
// The HTTP server: many clients at once, answers from I/O threads, from the pool and
// later from other threads, metrics read meanwhile, and a stop in the middle.
#include <stdatomic.h>
#include <string.h>

#include "common/clock.h"
#include "common/http/http_server.h"
#include "common/pool.h"
#include "common/text.h"
#include "tests/threads/threads.h"

enum { CLIENTS = 8, ASKS = 60, LATER_THREADS = 3, PLACES = 4096, LOAD_MS = 300 };
enum { PIECES = 5, PIECE = 2000, EMPTY_PIECE = 3, IO_THREADS = 3 };

static struct http_server *server;
static struct pool *later;
static atomic_bool stopping;
static atomic_int answered, opened;

static void answer(struct http_request *request)
{
	size_t len;
	const void *body = http_body(request, &len);

	http_answer(request,
		&(struct http_answer){.status = 200, .body = body, .len = len});
}

static void answer_here(void *context, struct http_request *request)
{
	(void)context;
	answer(request);
}

static void answer_in_pool(void *context, struct http_request *request)
{
	(void)context;
	must(http_thread(request) == &opened);
	answer(request);
}

/* Back in an I/O thread, which never opened anything. */
static void answer_carried(void *context, struct http_request *request)
{
	(void)context;
	must(http_carried(request) == &answered);
	answer(request);
}

static void answer_after_pool(void *context, struct http_request *request)
{
	(void)context;
	must(http_thread(request) == &opened);
	http_go_on(request, answer_carried, &answered);
}

static void work(void *request)
{
	answer(request);
}

static void answer_later(void *context, struct http_request *request)
{
	(void)context;
	pool_add(later, request);
}

/* Pieces come from the pool's threads, one after the other, and go out from another. */
static bool more(
	void *context, void *thread, struct text *out, bool *end, struct fault *fault)
{
	int *left = context;

	(void)fault;
	must(thread == &opened);
	/* One of them is empty: it is asked for again a little later. */
	for (int i = 0; *left != EMPTY_PIECE && i < PIECE; i++)
		text_add(out, "0123456789");
	*end = --*left == 0;
	return true;
}

static void answer_in_pieces(void *context, struct http_request *request)
{
	int *left = malloc(sizeof(*left));
	struct fault fault = {0};

	(void)context;
	must(left != NULL);
	*left = PIECES;
	must(http_answer_stream(request,
		&(struct http_stream){.content_type = "text/plain",
			.more = more,
			.done = free,
			.context = left},
		&fault));
}

static bool thread_open(void **thread, void *context, struct fault *fault)
{
	(void)context;
	(void)fault;
	atomic_fetch_add(&opened, 1);
	*thread = &opened;
	return true;
}

static void thread_close(void *thread)
{
	must(thread == &opened);
	atomic_fetch_sub(&opened, 1);
}

static const char *const paths[] = {
	"/here", "/pool", "/later", "/on", "/pieces", "/nowhere"};
static const int statuses[] = {200, 200, 200, 200, 200, 404};

static void *ask(void *address)
{
	for (int i = 0; i < ASKS; i++) {
		must(http_ask(address, paths[i % 5]) == statuses[i % 5]);
		atomic_fetch_add(&answered, 1);
	}
	return NULL;
}

/* A stopping server may refuse, but what it answers is right. */
static void *ask_until_stop(void *address)
{
	for (int i = 0; !atomic_load(&stopping); i++) {
		int status = http_ask(address, paths[i % 4]);

		must(status == 200 || status == 503 || status == 0);
	}
	return NULL;
}

static void start(char address[64])
{
	static const struct http_route routes[] = {
		{.method = "POST", .path = "/here", .handle = answer_here},
		{.method = "POST",
			.path = "/pool",
			.handle = answer_in_pool,
			.blocking = true},
		{.method = "POST",
			.path = "/on",
			.handle = answer_after_pool,
			.blocking = true},
		{.method = "POST", .path = "/later", .handle = answer_later},
		{.method = "POST",
			.path = "/pieces",
			.handle = answer_in_pieces,
			.blocking = true},
		{0},
	};
	struct fault fault = {0};

	must(pool_start(&later, LATER_THREADS, PLACES, work, &fault));
	must(http_server_start(&server,
		&(struct http_server_options){.listen = "127.0.0.1:0",
			.routes = routes,
			.io_threads = IO_THREADS,
			.blocking_threads = 3,
			.thread_open = thread_open,
			.thread_close = thread_close},
		&fault));
	(void)snprintf(address, 64, "%s", http_server_address(server));
}

int main(void)
{
	char address[64];
	struct crew crew;

	start(address);
	crew_start(&crew, CLIENTS, ask, address);
	crew_join(&crew);
	must(answered == CLIENTS * ASKS);

	crew_start(&crew, CLIENTS, ask_until_stop, address);
	clock_sleep_ms(LOAD_MS);
	http_server_stop(server);
	pool_stop(later);
	atomic_store(&stopping, true);
	crew_join(&crew);
	must(opened == 0);
	return EXIT_SUCCESS;
}
