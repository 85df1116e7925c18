// SPDX-License-Identifier: Apache-2.0
// Start and stop; http_private.h says which file does what in between.
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/http/http_private.h"
#include "common/log.h"
#include "common/version.h"

enum {
	DEFAULT_MAX_BODY = 1 << 20,
	DEFAULT_REQUEST_MS = 10000,
	DEFAULT_IDLE_MS = 60000,
	DEFAULT_PIECE_MS = 60000,
	DEFAULT_CONNECTIONS = 10000,
	HEAD_MEMORY = 16 << 10, /* of one connection; a longer head is a 431 */
	ANSWER_HEAD = 768,      /* of it, kept for the head of the answer */
	STOP_MS = 10000,
	STOP_STREAMS_MS = 3000, /* then streams are cut off, however far they are */
	STOP_POLL_MS = 2,
	STOP_QUIET_POLLS = 25, /* what is in the sockets' buffers is in hand, too */
};

static char tls_versions[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

/* Paths and queries stay as they came; http_decode() works on their parts. */
static size_t keep_escapes(void *context, struct MHD_Connection *mhd, char *string)
{
	(void)context;
	(void)mhd;
	return strlen(string);
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

static size_t head_memory(const struct http_server_options *options)
{
	return options->head_memory ? options->head_memory : (size_t)HEAD_MEMORY;
}

static struct MHD_Daemon *start_daemon(
	struct http_server *server, const struct http_server_options *options, int fd)
{
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO;
	long idle_ms = options->idle_ms ? options->idle_ms : DEFAULT_IDLE_MS;
	unsigned connections =
		options->connections ? options->connections : DEFAULT_CONNECTIONS;
	/* Function pointers as the library takes them in an array. */
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)http_tls_choose},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, tls_versions},
		{MHD_OPTION_END, 0, NULL}};
	struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};

	if (options->tls)
		flags |= MHD_USE_TLS;

	return MHD_start_daemon(flags, 0, NULL, NULL, http_on_access, server,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
		http_on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
		http_on_connection, server, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes,
		NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT, head_memory(options),
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)((idle_ms + 999) / 1000),
		MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_STRICT_FOR_CLIENT,
		1, MHD_OPTION_ARRAY, options->tls ? tls : none, MHD_OPTION_END);
}

static void free_server(struct http_server *server)
{
	http_pool_stop(server->pool);
	http_sweeper_stop(server->sweeper);
	http_routes_done(&server->routes);
	http_memory_done(&server->memory);
	free(server);
}

static bool start(struct http_server *server, const struct http_server_options *options,
	struct fault *fault)
{
	bool has_file = options->listen_file && *options->listen_file;
	int fd;

	/* A reader must not take the address of the process before for ours. */
	if (has_file)
		(void)unlink(options->listen_file);
	if (!http_routes_init(&server->routes, options, server, fault) ||
		!http_sweeper_start(&server->sweeper,
			options->request_ms ? options->request_ms : DEFAULT_REQUEST_MS,
			server->has_tls, fault) ||
		!http_pool_start(&server->pool, options, fault) ||
		!http_listen(
			&fd, server->address, options->listen, options->shared, fault))
		return false;
	server->daemon = start_daemon(server, options, fd);
	if (!server->daemon)
		return fault_set(
			fault, FAULT_FATAL, "cannot serve HTTP on %s", server->address);
	if (!http_loop_start(&server->loop, server->daemon, &options->side, fault))
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
	server->head_max = head_memory(options) - ANSWER_HEAD;
	http_memory_init(&server->memory, options);
	server->piece_ms = options->piece_ms ? options->piece_ms : DEFAULT_PIECE_MS;
	server->ready = options->ready;
	server->context = options->context;
	if (!start(server, options, fault)) {
		http_loop_stop(server->loop);
		if (server->daemon)
			MHD_stop_daemon(server->daemon);
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
	http_loop_stop_accepting(server->loop);
	if (!wait_until_idle(server)) {
		/*
		 * Somebody still has a request and may answer it at any time, so its
		 * memory must stay: the process is about to end anyway. The thread must
		 * not: what its side job works with is the caller's to free now.
		 */
		http_loop_halt(server->loop);
		log_line(LOG_WARNING, "http.stop", "address=%s reason=%s",
			server->address, log_quote("requests are still unanswered"));
		return;
	}
	http_loop_stop(server->loop);
	MHD_stop_daemon(server->daemon);
	free_server(server);
}

const char *http_server_address(const struct http_server *server)
{
	return server->address;
}
