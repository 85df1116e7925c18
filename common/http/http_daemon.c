// SPDX-License-Identifier: Apache-2.0
// libmicrohttpd as every I/O thread has it: no thread and no listening socket of its own,
// epoll, and requests that wait are suspended.
#include <string.h>

#include "common/http/http_private.h"

enum {
	DEFAULT_IDLE_MS = 60000,
	DEFAULT_CONNECTIONS = 10000,
	HEAD_MEMORY = 16 << 10,
};

static char tls_versions[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

/* Paths and queries stay as they came; http_decode() works on their parts. */
static size_t keep_escapes(void *context, struct MHD_Connection *mhd, char *string)
{
	(void)context;
	(void)mhd;
	return strlen(string);
}

size_t http_daemon_head_memory(const struct http_server_options *options)
{
	return options->head_memory ? options->head_memory : (size_t)HEAD_MEMORY;
}

unsigned http_daemon_connections(const struct http_server_options *options)
{
	return options->connections ? options->connections
				    : (unsigned)DEFAULT_CONNECTIONS;
}

struct MHD_Daemon *http_daemon_start(
	struct http_loop *loop, const struct http_server_options *options)
{
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO |
		MHD_USE_NO_LISTEN_SOCKET;
	long idle_ms = options->idle_ms ? options->idle_ms : DEFAULT_IDLE_MS;
	/* Function pointers as the library takes them in an array. */
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)http_tls_choose},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, tls_versions},
		{MHD_OPTION_END, 0, NULL}};
	struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};

	if (options->tls)
		flags |= MHD_USE_TLS;

	return MHD_start_daemon(flags, 0, NULL, NULL, http_on_access, loop,
		MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, loop,
		MHD_OPTION_NOTIFY_CONNECTION, http_on_connection, loop,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, http_daemon_head_memory(options),
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)((idle_ms + 999) / 1000),
		MHD_OPTION_CONNECTION_LIMIT, http_daemon_connections(options),
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY,
		options->tls ? tls : none, MHD_OPTION_END);
}
