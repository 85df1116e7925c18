// SPDX-License-Identifier: Apache-2.0
// Answers that are longer than memory. One piece is in memory at a time. When the I/O
// thread has sent it, the connection is suspended and the request goes to the pool once
// more, behind all that waits there; a slow client thus holds a piece and a socket, and
// the sweeper ends it when a piece takes it too long. One that has nothing to send yet
// waits suspended for its next turn, and holds no thread either.
#include <string.h>

#include "common/clock.h"
#include "common/http/http_private.h"
#include "common/log.h"
#include "common/text.h"

enum { BLOCK_SIZE = 8 << 10, PAUSE_MS = 20 };

/* The request's. While the connection is suspended, the pool's thread has it. */
struct http_streaming {
	struct http_stream stream;
	struct http_request *request;
	struct text piece;
	size_t taken;
	bool ended, failed;
};

static void drop(struct http_streaming *streaming)
{
	text_done(&streaming->piece);
	free(streaming);
}

void http_stream_free(struct http_streaming *streaming)
{
	if (!streaming)
		return;
	streaming->stream.done(streaming->stream.context);
	drop(streaming);
}

static bool fill(struct http_streaming *streaming, void *thread, struct fault *fault)
{
	const struct http_stream *stream = &streaming->stream;

	text_clear(&streaming->piece);
	streaming->taken = 0;
	if (!stream->more(stream->context, thread, &streaming->piece, &streaming->ended,
		    fault))
		return false;
	return !text_failed(&streaming->piece) ||
		fault_set(fault, FAULT_RETRY, "no memory for a piece of the answer");
}

static void resume(struct http_request *request)
{
	struct http_server *server = request->server;

	atomic_fetch_add(&server->answering, 1);
	http_loop_resume(request->loop, request);
	atomic_fetch_sub(&server->answering, 1);
}

void http_stream_fail(struct http_request *request, const struct fault *fault)
{
	log_fault(fault, "%s %s request=%s: the answer was broken off", request->method,
		http_route_path(request), request->id);
	request->streaming->failed = true;
	resume(request);
}

void http_stream_fill(struct http_request *request, void *thread)
{
	struct fault fault = {0};

	if (fill(request->streaming, thread, &fault))
		resume(request);
	else
		http_stream_fail(request, &fault);
}

bool http_stream_submit(struct http_request *request)
{
	if (http_pool_submit(request->server->pool, request))
		return true;
	request->streaming->failed = true;
	return false;
}

/*
 * In the I/O thread. The connection is resumed by this thread only, so it does not
 * matter that the pool may be done before it is suspended.
 */
static ssize_t wait_for_more(struct http_streaming *streaming)
{
	struct http_request *request = streaming->request;

	atomic_store(&request->connection->piece_until_ms, 0);
	if (streaming->piece.len == 0)
		http_loop_pause(request->loop, request, clock_mono_ms() + PAUSE_MS);
	else if (!http_stream_submit(request))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	MHD_suspend_connection(request->mhd);
	return 0;
}

static ssize_t read_piece(void *context, uint64_t position, char *out, size_t size)
{
	struct http_streaming *streaming = context;
	struct http_request *request = streaming->request;
	size_t len = streaming->piece.len - streaming->taken;

	(void)position;
	if (streaming->failed)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (len == 0)
		return streaming->ended ? MHD_CONTENT_READER_END_OF_STREAM
					: wait_for_more(streaming);
	if (streaming->taken == 0)
		atomic_store(&request->connection->piece_until_ms,
			clock_mono_ms() + request->server->piece_ms);
	len = len < size ? len : size;
	memcpy(out, streaming->piece.data + streaming->taken, len);
	streaming->taken += len;
	return (ssize_t)len;
}

/* NULL without memory. */
static struct MHD_Response *respond(
	struct http_streaming *streaming, const struct http_request *request)
{
	const struct http_answer head = {.content_type = streaming->stream.content_type,
		.headers = streaming->stream.headers};
	struct MHD_Response *response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK_SIZE, read_piece, streaming, NULL);

	if (response && !http_answer_add_headers(response, request, &head)) {
		MHD_destroy_response(response);
		return NULL;
	}
	return response;
}

bool http_answer_stream(struct http_request *request, const struct http_stream *stream,
	struct fault *fault)
{
	struct http_streaming *streaming = calloc(1, sizeof(*streaming));
	struct MHD_Response *response;

	if (!streaming)
		return fault_set(fault, FAULT_RETRY, "no memory for an answer");
	streaming->stream = *stream;
	streaming->request = request;
	if (!fill(streaming, request->thread, fault)) {
		drop(streaming);
		return false;
	}
	response = respond(streaming, request);
	if (!response) {
		drop(streaming);
		return fault_set(fault, FAULT_RETRY, "no memory for an answer");
	}
	request->streaming = streaming;
	http_answer_give(request, MHD_HTTP_OK, response);
	return true;
}
