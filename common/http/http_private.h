// SPDX-License-Identifier: Apache-2.0
// What the files of the HTTP server share. Nobody else includes this, but tests.
//
// A connection belongs to one I/O thread for ever (struct http_loop). A request belongs to
// one thread at a time: that I/O thread until its
// handler is called, then whoever is to answer it, and from http_answer() on the I/O
// thread again. `request->state` is where it changes hands; `connection->phase` is
// where the I/O thread and the sweeper agree who may still end a connection.
#pragma once

#include <gnutls/abstract.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include "common/http/http_server.h"
#include "common/ids.h"
#include "common/metrics.h"

enum {
	HTTP_SEGMENTS_MAX = 8,
	HTTP_REQUEST_ID_MAX = 128,
	HTTP_SERIES_CACHED = 8,
	HTTP_ADDRESS_SIZE = 80,
	HTTP_SCRATCH_SIZE = 2048,
	HTTP_BODY_SMALL = 64 << 10, /* up to here a body is not counted */
	HTTP_SHARE_LISTS = 256,
};

/* http_path.c: a {segment} of a pattern and the raw text that stands for it. */
struct http_match {
	size_t count;
	struct {
		const char *name, *value;
		size_t name_len, value_len;
	} segments[HTTP_SEGMENTS_MAX];
};

/* Whole segments only; {x} takes one that is not empty. `match` is valid on success. */
bool http_path_match(const char *pattern, const char *path, struct http_match *match);

/* %XX to bytes; `out` has len + 1. False for a broken escape and for %00. */
bool http_decode(char *out, const char *text, size_t len);

/* http_routes.c: the owner's routes and the built-in ones, with their series. */
struct http_series {
	atomic_int status; /* 0: free */
	_Atomic(struct metric_series *) counter;
};

struct http_own_route {
	struct http_route route;
	void *context;
	struct metric_series *seconds;
	struct http_series series[HTTP_SERIES_CACHED];
};

struct http_routes {
	size_t count;
	struct http_own_route *list;
	struct http_own_route unmatched;
};

NODISCARD bool http_routes_init(struct http_routes *routes,
	const struct http_server_options *options, struct http_server *server,
	struct fault *fault);
void http_routes_done(struct http_routes *routes);

/*
 * The route for `method` (HEAD is served by GET), or NULL; then `allow` lists the
 * methods the path has, and is empty when there is no such path.
 */
struct http_own_route *http_routes_find(struct http_routes *routes, const char *method,
	const char *path, struct http_match *match, char allow[64]);

/* Counts an answer. */
void http_routes_count(struct http_own_route *own, const char *method, int status,
	int64_t microseconds);

/* http_builtin.c: /health, /ready, /metrics; ended by a NULL method. */
extern const struct http_route http_builtin_routes[];

/* http_sweep.c: connections, their deadlines, and the slow end of refused ones. */
enum http_phase {
	HTTP_IDLE,      /* between requests, or in the head of one */
	HTTP_RECEIVING, /* the head is there, the body is not */
	HTTP_WAITING,   /* for our answer: the sweeper keeps off */
	HTTP_EXPIRED,   /* shut down by the sweeper */
};

struct http_connection {
	struct http_connection *next, *previous;
	int fd;
	atomic_int phase;
	atomic_uint completed; /* requests so far */
	bool lingers;          /* refused while its client may still be sending */
	_Atomic int64_t piece_until_ms; /* a piece of a stream must be taken; 0: none */
	char client[INET6_ADDRSTRLEN];

	/* The sweeper's own. */
	unsigned seen_completed;
	uint64_t seen_bytes;
	int64_t since_ms; /* first byte of a request noticed; 0: none */
};

struct http_sweeper;

/* Unless it `has_tls`, who is too slow is told so. */
NODISCARD bool http_sweeper_start(
	struct http_sweeper **out, long request_ms, bool has_tls, struct fault *fault);
void http_sweeper_stop(struct http_sweeper *sweeper);

/* NULL when memory ran out. */
struct http_connection *http_sweeper_add(struct http_sweeper *sweeper, int fd);
void http_sweeper_remove(
	struct http_sweeper *sweeper, struct http_connection *connection);

/* From now on no stream goes on. */
void http_sweeper_end_streams(struct http_sweeper *sweeper);

/* True when no connection has a request in hand. */
bool http_sweeper_is_idle(struct http_sweeper *sweeper);

/* http_pool.c: threads for handlers that block. */
struct http_pool;

NODISCARD bool http_pool_start(struct http_pool **out,
	const struct http_server_options *options, struct fault *fault);

/* False when the queue is full. */
NODISCARD bool http_pool_submit(struct http_pool *pool, struct http_request *request);

/* Handles what is queued, then ends the threads. */
void http_pool_stop(struct http_pool *pool);

/* http_listen.c: `shared`: other sockets that say so may listen there, too. */
NODISCARD bool http_listen(int *out_fd, char address[HTTP_ADDRESS_SIZE],
	const char *where, bool shared, struct fault *fault);
NODISCARD bool http_listen_file_write(
	const char *path, const char *address, struct fault *fault);

/* http_stream.c: the next piece, in a thread of the pool, or why there is none. */
struct http_streaming;

void http_stream_fill(struct http_request *request, void *thread);
/* To the pool for the next piece. False when that is full: then the stream has failed. */
NODISCARD bool http_stream_submit(struct http_request *request);
void http_stream_fail(struct http_request *request, const struct fault *fault);
void http_stream_free(struct http_streaming *streaming);

/* http_answer.c: the headers of an answer, and giving it to the I/O thread. */
NODISCARD bool http_answer_add_headers(struct MHD_Response *response,
	const struct http_request *request, const struct http_answer *answer);
void http_answer_give(
	struct http_request *request, int status, struct MHD_Response *response);

/* What request->refusal says. */
void http_answer_refusal(struct http_request *request);

/*
 * Sends a 413 or 431 past libmicrohttpd, which takes no answer in the middle of a body and
 * has no memory for one behind a long head; past TLS nothing can be sent. The caller ends
 * the connection.
 */
void http_answer_raw(struct http_request *request, int status);

/* http_loop.c: an I/O thread and the libmicrohttpd daemon whose connections it serves. */
struct http_acceptor;
struct http_loop;

/* `number` of the server's, from 0. Serves from http_loop_start() on. */
NODISCARD bool http_loop_new(struct http_loop **out, struct http_server *server,
	const struct http_server_options *options, unsigned number,
	struct fault *fault);

/* NULL accepts nothing: `acceptor` is run by one of the threads. */
NODISCARD bool http_loop_start(
	struct http_loop *loop, struct http_acceptor *acceptor, struct fault *fault);

struct http_server *http_loop_server(const struct http_loop *loop);
unsigned http_loop_number(const struct http_loop *loop);

/* From any thread: wakes it for a turn. */
void http_loop_wake(struct http_loop *loop);

/* From any thread: the loop takes the connection `fd` from its client at `address`. */
void http_loop_adopt(struct http_loop *loop, int fd,
	const struct sockaddr_storage *address, socklen_t len);

/* In the I/O thread: there is one connection more, or less. */
void http_loop_count(struct http_loop *loop, bool more);

/* Connections it has, or will have in its next turn. */
unsigned http_loop_connections(const struct http_loop *loop);
bool http_loop_is_able(const struct http_loop *loop); /* as its side job says */

/* From any thread: `request` was suspended and now has its answer. */
void http_loop_resume(struct http_loop *loop, struct http_request *request);

/*
 * In the I/O thread: `request`, whose connection is suspended now, goes to the pool for
 * the next piece of its stream at that time.
 */
void http_loop_pause(
	struct http_loop *loop, struct http_request *request, int64_t until_ms);

/* Ends the thread only: what is answered later goes nowhere, and does no harm. */
void http_loop_halt(struct http_loop *loop);

void http_loop_stop(struct http_loop *loop);

/* http_daemon.c: a libmicrohttpd daemon without a socket of its own. NULL: not started. */
struct MHD_Daemon *http_daemon_start(
	struct http_loop *loop, const struct http_server_options *options);

/* What `options` say or leave to us: bytes of one connection for its head; connections. */
size_t http_daemon_head_memory(const struct http_server_options *options);
unsigned http_daemon_connections(const struct http_server_options *options);

/*
 * http_accept.c: who comes is given to the I/O thread that has the fewest connections. Run
 * by one of these threads, the first.
 */
struct http_acceptor {
	int fd; /* what it listens on; -1: closed */
	struct http_loop *const *loops;
	unsigned loop_count, last;
	unsigned most;    /* connections at once: who comes beyond it waits */
	int64_t pause_ms; /* monotonic: out of descriptors, until then; 0: no */
	atomic_bool full, closing;
};

/* Before each sleep: what to watch for reading; -1 while nobody can be taken. */
int http_acceptor_fd(struct http_acceptor *acceptor);

/* Takes who is there. In how many milliseconds it wants to be called again; -1: never. */
long http_acceptor_run(struct http_acceptor *acceptor);

/* From any thread: a connection has ended, or counts less. */
void http_acceptor_left(struct http_acceptor *acceptor);

/* Soon, not at once: nobody is taken any more. */
void http_acceptor_stop(struct http_acceptor *acceptor);

/* When the thread that runs it has ended, or never was. */
void http_acceptor_close(struct http_acceptor *acceptor);

/* http_head.c: what of a head decides how its body is read, and whether it can be answered. */
struct http_head {
	const char *request_id;
	size_t request_id_len, hosts, lengths, codings, size;
	uint64_t content_length;
	bool expects, broken, coded_otherwise;
};

/* `head` is zero before. It borrows from the connection. */
void http_head_read(struct http_head *head, struct MHD_Connection *mhd);

/* The id that the head has, or a new one when that is not sane. */
void http_head_take_id(struct http_request *request, const struct http_head *head);

/* http_receive.c: libmicrohttpd's callbacks; `context` is the loop. */
enum MHD_Result http_on_access(void *context, struct MHD_Connection *connection,
	const char *url, const char *method, const char *version, const char *upload,
	size_t *upload_len, void **slot);
void http_on_completed(void *context, struct MHD_Connection *connection, void **slot,
	enum MHD_RequestTerminationCode code);

void http_on_connection(void *context, struct MHD_Connection *mhd, void **slot,
	enum MHD_ConnectionNotificationCode code);

/* http_request.c */
enum http_state {
	HTTP_HANDLED,   /* the handler has not returned yet, nor answered */
	HTTP_GOES_ON,   /* `next` is to be called in the I/O thread */
	HTTP_SUSPENDED, /* answering resumes the connection */
	HTTP_ANSWERED,  /* `response` is there, or NULL when it could not be made */
};

struct http_block;

struct http_request {
	struct http_server *server;
	struct http_loop *loop; /* of its connection */
	struct http_own_route *own;
	struct MHD_Connection *mhd;
	struct http_connection *connection;
	const char *method, *path;
	struct http_match match;

	atomic_int state;
	struct http_request *next_answered; /* in one of http_loop.c's lists */
	int64_t paused_until_ms;            /* monotonic */
	struct MHD_Response *response;
	struct http_streaming *streaming; /* owned; NULL: the answer is in one piece */
	http_handler next;                /* instead of the route's; NULL: that one */
	void *carried;
	int status;
	int refusal; /* the body is skipped and this answered; 0: handle it */
	bool dispatched;
	bool closes;     /* the connection ends with this answer */
	bool over_share; /* why the body was not taken: see http_memory_take() */
	char *allow;     /* for a 405 */

	size_t body_len, body_size, body_max;
	size_t body_taken;        /* of the server's memory */
	struct http_share *share; /* of its client; NULL: nothing is taken */
	char *body;

	int64_t received_wall_us, received_mono_us;
	void *thread;
	char id[HTTP_REQUEST_ID_MAX + 1];

	struct http_block *blocks;
	size_t scratch_used;
	_Alignas(max_align_t) char scratch[HTTP_SCRATCH_SIZE];
};

/* Room for `body_size` bytes is part of it. NULL when there is no memory. */
struct http_request *http_request_new(size_t body_size);
void http_request_free(struct http_request *request);

/*
 * Appends to the body, which may grow up to `body_max`. False when there is no memory, or
 * http_memory_take() says so.
 */
NODISCARD bool http_request_add(
	struct http_request *request, const void *bytes, size_t len);

/* Forgets the body, whose rest is to be skipped. */
void http_request_drop_body(struct http_request *request);

/* http_memory.c: what large bodies take, all together and of each client. */
struct http_share;

struct http_memory {
	pthread_mutex_t lock;
	size_t most, share_most,
		taken; /* most 0: not counted; share_most 0: no share */
	const struct http_guard *trusted;            /* proxies; NULL: none */
	struct http_share *shares[HTTP_SHARE_LISTS]; /* by a hash of the client */
};

void http_memory_init(
	struct http_memory *memory, const struct http_server_options *options);
void http_memory_done(struct http_memory *memory);

/*
 * Counts `size` bytes for a request's body instead of what it had. False when its client's
 * share (then request->over_share is set) or the memory for all is used up.
 */
NODISCARD bool http_memory_take(struct http_request *request, size_t size);
void http_memory_give(struct http_request *request);

/* http_tls.c: GnuTLS asks for a certificate. */
int http_tls_choose(gnutls_session_t session, const gnutls_datum_t *authorities,
	int authority_count, const gnutls_pk_algorithm_t *algorithms,
	int algorithm_count, gnutls_pcert_st **chain, unsigned *chain_len,
	gnutls_privkey_t *key);

/* http_server.c */
struct http_server {
	struct http_loop *loops[HTTP_IO_THREADS_MAX];
	unsigned loop_count;
	struct http_acceptor acceptor;
	struct http_sweeper *sweeper;
	struct http_pool *pool;
	struct http_routes routes;
	atomic_bool stopping;
	atomic_int answering; /* threads inside http_answer() */
	size_t max_body, head_max;
	struct http_memory memory;
	bool has_tls;
	long piece_ms;
	bool (*ready)(void *context, struct fault *fault);
	void *context;
	char address[HTTP_ADDRESS_SIZE];
};
