// SPDX-License-Identifier: Apache-2.0
// Start and stop; http_private.h says which file does what in between.
#include <assert.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/http/http_private.h"
#include "common/log.h"
#include "common/version.h"

enum {
	DEFAULT_MAX_BODY = 1 << 20,
	DEFAULT_REQUEST_MS = 10000,
	DEFAULT_PIECE_MS = 60000,
	ANSWER_HEAD = 768, /* kept for it; a head that leaves no room is a 431 */
	STOP_MS = 10000,
	STOP_STREAMS_MS = 3000, /* then streams are cut off, however far they are */
	STOP_POLL_MS = 2,
	STOP_QUIET_POLLS = 25, /* what is in the sockets' buffers is in hand, too */
};

unsigned http_processors(unsigned most)
{
	cpu_set_t mine;
	unsigned count = 1;

	if (sched_getaffinity(0, sizeof(mine), &mine) == 0)
		count = (unsigned)CPU_COUNT(&mine);
	return count < most ? count : most;
}

/* One socket a connection: the usual soft limit of 1,024 is none for a server. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void halt_loops(struct http_server *server)
{
	for (unsigned i = 0; i < server->loop_count; i++)
		http_loop_halt(server->loops[i]);
}

static void free_server(struct http_server *server)
{
	/* The first last: it gives connections to all, and is told when they end. */
	halt_loops(server);
	for (unsigned i = server->loop_count; i-- > 0;)
		http_loop_stop(server->loops[i]);
	http_acceptor_close(&server->acceptor);
	http_pool_stop(server->pool);
	http_sweeper_stop(server->sweeper);
	http_routes_done(&server->routes);
	http_memory_done(&server->memory);
	free(server);
}

/* All are there before the first runs, which gives connections to all. */
static bool start_loops(struct http_server *server,
	const struct http_server_options *options, struct fault *fault)
{
	unsigned wanted = options->io_threads ? options->io_threads : 1;

	assert(wanted <= HTTP_IO_THREADS_MAX);
	for (; server->loop_count < wanted; server->loop_count++)
		if (!http_loop_new(&server->loops[server->loop_count], server, options,
			    server->loop_count, fault))
			return false;
	server->acceptor.loops = server->loops;
	server->acceptor.loop_count = wanted;
	server->acceptor.most = http_daemon_connections(options);
	/* The first last: nobody is accepted when one cannot be started. */
	for (unsigned i = wanted; i-- > 0;)
		if (!http_loop_start(
			    server->loops[i], i == 0 ? &server->acceptor : NULL, fault))
			return false;
	return true;
}

static bool start(struct http_server *server, const struct http_server_options *options,
	struct fault *fault)
{
	bool has_file = options->listen_file && *options->listen_file;

	/* A reader must not take the address of the process before for ours. */
	if (has_file)
		(void)unlink(options->listen_file);
	if (!http_routes_init(&server->routes, options, server, fault) ||
		!http_sweeper_start(&server->sweeper,
			options->request_ms ? options->request_ms : DEFAULT_REQUEST_MS,
			server->has_tls, fault) ||
		!http_pool_start(&server->pool, options, fault) ||
		!http_listen(&server->acceptor.fd, server->address, options->listen,
			options->shared, fault) ||
		!start_loops(server, options, fault))
		return false;
	return !has_file ||
		http_listen_file_write(options->listen_file, server->address, fault);
}

bool http_server_start(struct http_server **out,
	const struct http_server_options *options, struct fault *fault)
{
	struct http_server *server = calloc(1, sizeof(*server));

	if (!server)
		return fault_set(fault, FAULT_FATAL, "HTTP server: no memory");
	raise_descriptor_limit();
	server->max_body = options->max_body ? options->max_body : DEFAULT_MAX_BODY;
	server->has_tls = options->tls != NULL;
	server->head_max = http_daemon_head_memory(options) - ANSWER_HEAD;
	server->acceptor.fd = -1;
	http_memory_init(&server->memory, options);
	server->piece_ms = options->piece_ms ? options->piece_ms : DEFAULT_PIECE_MS;
	server->ready = options->ready;
	server->context = options->context;
	if (!start(server, options, fault)) {
		free_server(server);
		return false;
	}
	log_line(LOG_INFO, "serving", "address=%s version=%s", server->address,
		TOCSIN_VERSION);
	*out = server;
	return true;
}

static bool wait_until_idle(struct http_server *server)
{
	int64_t until = clock_mono_ms() + STOP_MS;

	for (int quiet = 0; quiet < STOP_QUIET_POLLS; quiet++) {
		if (!http_sweeper_is_idle(server->sweeper) ||
			atomic_load(&server->answering) > 0)
			quiet = -1;
		if (clock_mono_ms() >= until - STOP_MS + STOP_STREAMS_MS)
			http_sweeper_end_streams(server->sweeper);
		if (clock_mono_ms() >= until)
			return false;
		clock_sleep_ms(STOP_POLL_MS);
	}
	return true;
}

void http_server_stop(struct http_server *server)
{
	if (!server)
		return;
	atomic_store(&server->stopping, true);
	http_acceptor_stop(&server->acceptor);
	if (!wait_until_idle(server)) {
		/*
		 * Somebody still has a request and may answer it at any time, so its
		 * memory must stay: the process is about to end anyway. The threads must
		 * not: what their side jobs work with is the caller's to free now.
		 */
		halt_loops(server);
		log_line(LOG_WARNING, "http.stop", "address=%s reason=%s",
			server->address, log_quote("requests are still unanswered"));
		return;
	}
	free_server(server);
}

const char *http_server_address(const struct http_server *server)
{
	return server->address;
}
