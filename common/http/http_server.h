// SPDX-License-Identifier: Apache-2.0
// Serving HTTP with libmicrohttpd: a table of routes, limits, deadlines, /health,
// /ready and /metrics. A request is answered when its handler says so, now or later,
// from any thread; while it waits it holds memory and a socket, and no thread.
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"

struct http_request;
struct http_server;
struct http_tls;
struct http_guard;

/*
 * Called when the request is complete. Must lead to exactly one http_answer*() call for
 * `request`, in the handler or later from any thread.
 */
typedef void (*http_handler)(void *context, struct http_request *request);

struct http_route {
	const char *method; /* "GET"; NULL ends the table */
	const char *path;   /* "/api/v1/admin/orgs/{org}/nodes": {x} is one segment */
	http_handler handle;
	const void *data; /* the owner's, see http_route_data() */
	size_t max_body;  /* bytes; 0: the server's */
	bool blocking;    /* runs in a thread of the pool, not in an I/O thread */
	/*
	 * Of a blocking route, NULL for none: asked first, in an I/O thread. True when it
	 * has answered; false leaves the request as it was, for `handle`. Must not block.
	 */
	bool (*quick)(void *context, struct http_request *request);
};

enum { HTTP_IO_THREADS_MAX = 64, HTTP_IO_THREADS_USUAL = 4 };

/*
 * Something else that lives in an I/O thread: `run` is called in every turn of its
 * loop, when `fd` is readable, and after the milliseconds it returned (-1: only then).
 * It must not block. While `is_able` (NULL: always) says no, new connections go to other
 * threads, if any is able; it is called in any I/O thread.
 */
struct http_side {
	int fd;
	long (*run)(void *context);
	void *context;
	bool (*is_able)(void *context);
};

struct http_server_options {
	const char *listen; /* "127.0.0.1:8080"; port 0: a free one */
	/*
	 * Other processes of the same user that are shared, too, may listen there at the
	 * same time: the kernel spreads new connections over them (SO_REUSEPORT).
	 */
	bool shared;
	const char
		*listen_file; /* the address in use is written there; NULL or "": not */
	struct http_tls *tls; /* NULL: without */
	const struct http_route *routes;
	void *context;

	/*
	 * Threads that read requests and write answers. A connection stays with one of
	 * them; handlers run in all of them at once. 0: one; at most HTTP_IO_THREADS_MAX.
	 */
	unsigned io_threads;
	const struct http_side *sides; /* one for each of them; NULL: none. Copied */
	int blocking_threads;          /* 0: none; then no route may be blocking */
	bool (*thread_open)(void **thread, void *context, struct fault *fault);
	void (*thread_close)(void *thread);

	size_t max_body; /* 0: 1 MiB */
	/*
	 * Bytes that bodies over 64 KiB may take together; who comes beyond it gets a
	 * 503. 0: no limit.
	 */
	size_t body_memory;
	/*
	 * Of that, what one client may take: an address, seen past the `trusted` proxies
	 * (NULL: none is); an IPv6 network. 0: all of it.
	 */
	size_t body_share;
	const struct http_guard *trusted;
	long request_ms; /* from the first byte to the last of a request; 0: 10 s */
	long idle_ms;    /* a connection without a request; 0: 60 s */
	long piece_ms;   /* for a client to take one piece of a stream; 0: 60 s */
	unsigned connections; /* 0: 10,000 */
	size_t head_memory;   /* of one connection, for its head; 0: 16 KiB */

	/*
	 * Says why not, when the process cannot do its job. NULL: always ready. Called
	 * in an I/O thread: must not block.
	 */
	bool (*ready)(void *context, struct fault *fault);
};

/* Listens and serves in threads of its own. FATAL when the address cannot be had. */
NODISCARD bool http_server_start(struct http_server **out,
	const struct http_server_options *options, struct fault *fault);

/*
 * Stops accepting and answers what is in hand, at most ten seconds. Whatever may still
 * call http_answer() must be stopped after this, not before.
 */
void http_server_stop(struct http_server *server);
DEFINE_AUTO(struct http_server, http_server_stop)

/* "127.0.0.1:34567" */
const char *http_server_address(const struct http_server *server);

/* For io_threads: the processors that the process may run on, at most `most`. */
unsigned http_processors(unsigned most);

/* All borrowed, until the answer. */
const char *http_method(const struct http_request *request);
const char *http_path(const struct http_request *request);
const char *http_header(
	struct http_request *request, const char *name); /* NULL: none */
/* How often the header is there. */
size_t http_header_count(struct http_request *request, const char *name);
const char *http_query(
	struct http_request *request, const char *name); /* decoded; NULL */
/*
 * The first parameter of the query, as it was sent, whose name is not one of `known`,
 * which are separated by spaces (NULL: there are none). NULL when all are.
 */
const char *http_query_unknown(struct http_request *request, const char *known);
/* The segment for {name} of the route's path, decoded. Never NULL for a name of the
 * path. */
const char *http_segment(struct http_request *request, const char *name);
const void *http_body(const struct http_request *request, size_t *len); /* never NULL */
const void *http_route_data(const struct http_request *request);
const char *http_route_path(const struct http_request *request); /* the pattern */
const char *http_request_id(const struct http_request *request);
const char *http_client_address(const struct http_request *request); /* "127.0.0.1" */
int64_t http_received_at_us(
	const struct http_request *request); /* wall; complete then */
/* How long ago the request was complete. */
int64_t http_age_us(const struct http_request *request);
/* What thread_open made for this thread of the pool; NULL in an I/O thread. */
void *http_thread(const struct http_request *request);
/* The number of the I/O thread that has the request, from 0. */
unsigned http_io_thread(const struct http_request *request);

/*
 * Instead of an answer, from an I/O thread: `next` is called for the request in a thread of
 * the pool. `carried` is what http_carried() says there; http_alloc() has memory for it.
 * False when too many wait for one: the caller still has the request.
 */
NODISCARD bool http_in_pool(
	struct http_request *request, http_handler next, void *carried);

/* And back: `next` is called in the request's I/O thread. The caller is done with the request. */
void http_go_on(struct http_request *request, http_handler next, void *carried);
void *http_carried(const struct http_request *request);

struct http_answer_header {
	const char *name, *value;
};

struct http_answer {
	int status;
	const char *content_type; /* NULL: application/json */
	const void *body;         /* copied; NULL with len 0: empty */
	size_t len;
	const struct http_answer_header
		*headers; /* ended by a NULL name; may be NULL */
};

/*
 * Answers. `request` is gone afterwards. X-Request-Id is added. Safe when the client
 * has gone meanwhile.
 */
void http_answer(struct http_request *request, const struct http_answer *answer);

/* Takes the reference to `body`. */
void http_answer_json(struct http_request *request, int status, json_t *body);

/* {"error": code, "message": ...} */
void http_answer_error(struct http_request *request, int status, const char *code,
	const char *message_text, ...) PRINTF_LIKE(4, 5);

/* 503 with Retry-After and {"error": "unavailable", ...}: our own trouble. */
void http_answer_unavailable(
	struct http_request *request, int retry_after_s, const struct fault *fault);

/* 429 with Retry-After and {"error": code, ...}: the caller has all that it may have. */
void http_answer_too_many(struct http_request *request, const char *code,
	int retry_after_s, const struct fault *fault);

struct text;

/*
 * A long answer, made piece by piece. Between two pieces it holds no thread: `more` is
 * called again, by a thread of the pool, when the client has taken the piece before.
 */
struct http_stream {
	const char *content_type;
	const struct http_answer_header
		*headers; /* ended by a NULL name; may be NULL */

	/*
	 * Appends the next piece to `out`, which is empty, and sets *end with the last
	 * one. Never called twice at once; `thread` is what thread_open made. An empty
	 * piece that is not the last says that there is nothing yet: it is asked again
	 * a little later. False breaks the connection off, so that the client sees that
	 * something is missing. The request may still be asked what it said.
	 */
	bool (*more)(void *context, void *thread, struct text *out, bool *end,
		struct fault *fault);
	/* Once, from any thread: the answer is over, or its client has gone. */
	void (*done)(void *context);
	void *context;
};

/*
 * Answers 200 with a stream; only for a handler in a thread of the pool, where the
 * first piece is made. False when that failed: nothing has been answered, and `context`
 * is still the caller's. Otherwise `context` is the stream's, until `done`.
 */
NODISCARD bool http_answer_stream(struct http_request *request,
	const struct http_stream *stream, struct fault *fault);

/* Memory that lives as long as the request; NULL when there is none. */
void *http_alloc(struct http_request *request, size_t size);
