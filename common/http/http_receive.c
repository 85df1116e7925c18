// SPDX-License-Identifier: Apache-2.0
// From a request's head to its handler, on the I/O thread. libmicrohttpd calls
// http_on_access() once for the head, then for pieces of the body, then for the end,
// and again each time a suspended connection is resumed.
#include <arpa/inet.h>
#include <string.h>

#include "common/clock.h"
#include "common/http/http_private.h"

/* False when a segment's escapes are broken. */
static bool decode_segments(struct http_request *request)
{
	for (size_t i = 0; i < request->match.count; i++) {
		size_t len = request->match.segments[i].value_len;
		char *out = http_alloc(request, len + 1);

		if (!out || !http_decode(out, request->match.segments[i].value, len))
			return false;
		request->match.segments[i].value = out;
	}
	return true;
}

/*
 * A parameter that cannot be read must not look like one that is not there: dry_run=%zz
 * would change things. NULL values are fine: "?verbose".
 */
static enum MHD_Result judge_argument(
	void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct http_request *request = context;
	size_t len = value ? strlen(value) : 0;
	char *out = value ? http_alloc(request, len + 1) : NULL;

	(void)kind;
	if (!strchr(name, '%') &&
		(!value ||
			(out && http_decode(out, value, len) &&
				text_is_utf8(out, strlen(out)))))
		return MHD_YES;
	request->refusal = MHD_HTTP_BAD_REQUEST;
	return MHD_NO;
}

static void judge_query(struct http_request *request)
{
	(void)MHD_get_connection_values(
		request->mhd, MHD_GET_ARGUMENT_KIND, judge_argument, request);
}

static void find_route(struct http_request *request)
{
	struct http_server *server = request->server;
	char allow[64];
	struct http_own_route *own = http_routes_find(&server->routes, request->method,
		request->path, &request->match, allow);

	request->own = own ? own : &server->routes.unmatched;
	request->body_max =
		own && own->route.max_body ? own->route.max_body : server->max_body;
	if (!own) {
		request->match.count = 0;
		request->refusal =
			*allow ? MHD_HTTP_METHOD_NOT_ALLOWED : MHD_HTTP_NOT_FOUND;
		request->allow = http_alloc(request, sizeof(allow));
		if (request->allow)
			memcpy(request->allow, allow, sizeof(allow));
	} else if (!decode_segments(request)) {
		request->refusal = MHD_HTTP_BAD_REQUEST;
	} else {
		judge_query(request);
	}
}

/*
 * Two lengths, or a length and a coding, are how requests are smuggled past a proxy. A body
 * in another coding than chunks would have no end. Returns whether the answer should not
 * wait for the body.
 */
static bool refuse(struct http_request *request, const struct http_head *head)
{
	bool ambiguous =
		head->broken || head->lengths + head->codings > 1 || head->hosts > 1;
	bool too_large = head->content_length > request->body_max;

	/* After the phase was set: http_server_stop() does the reverse. */
	if (atomic_load(&request->server->stopping))
		request->refusal = MHD_HTTP_SERVICE_UNAVAILABLE;
	if (ambiguous)
		request->refusal = MHD_HTTP_BAD_REQUEST;
	else if (head->coded_otherwise)
		request->refusal = MHD_HTTP_NOT_IMPLEMENTED;
	else if (too_large && !request->refusal)
		request->refusal = MHD_HTTP_CONTENT_TOO_LARGE;
	return ambiguous || head->coded_otherwise || too_large ||
		(request->refusal && head->expects);
}

static enum MHD_Result queue(struct http_request *request)
{
	struct MHD_Response *response = request->response;
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	request->response = NULL;
	result = MHD_queue_response(request->mhd, (unsigned)request->status, response);
	MHD_destroy_response(response);
	return result;
}

static void stamp(struct http_request *request)
{
	request->received_wall_us = clock_wall_us();
	request->received_mono_us = clock_mono_us();
}

/* Fills *slot; what it leaves NULL makes libmicrohttpd close the connection. */
static struct http_request *make(struct http_loop *loop, struct MHD_Connection *mhd,
	struct http_head *head, void **slot)
{
	struct http_request *request;

	http_head_read(head, mhd);
	request = http_request_new(head->content_length < HTTP_BODY_SMALL
			? (size_t)head->content_length
			: HTTP_BODY_SMALL);
	if (!request)
		return NULL;
	*slot = request;
	request->server = http_loop_server(loop);
	request->loop = loop;
	request->mhd = mhd;
	http_head_take_id(request, head);
	return request;
}

/* Without waiting for a body, which then is skipped; the connection ends with it. */
static enum MHD_Result answer_at_once(struct http_request *request)
{
	stamp(request);
	request->closes = true;
	request->connection->lingers = true;
	request->dispatched = true;
	http_answer_refusal(request);
	return queue(request);
}

/*
 * The head lies in the memory that the answer's is written to: what leaves no room for it
 * would be handled, and then the connection closed without a word. Past TLS the answer
 * goes the usual way, as far as there is room for it.
 */
static enum MHD_Result refuse_head(struct http_request *request)
{
	if (request->server->has_tls) {
		request->refusal = MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;
		return answer_at_once(request);
	}
	stamp(request);
	request->connection->lingers = true;
	http_answer_raw(request, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE);
	return MHD_NO;
}

static enum MHD_Result begin(struct http_request *request, const struct http_head *head)
{
	find_route(request);
	if (head->size > request->server->head_max)
		return refuse_head(request);
	return refuse(request, head) ? answer_at_once(request) : MHD_YES;
}

static enum MHD_Result receive(
	struct http_request *request, const char *bytes, size_t *len)
{
	bool over = *len > request->body_max - request->body_len;

	if (over && !request->server->has_tls) {
		stamp(request);
		http_answer_raw(request, MHD_HTTP_CONTENT_TOO_LARGE);
		request->connection->lingers = true;
		return MHD_NO;
	}
	/* Past TLS nothing can be sent: there the rest is skipped, and then answered. */
	if (over && !request->refusal) {
		http_request_drop_body(request);
		request->refusal = MHD_HTTP_CONTENT_TOO_LARGE;
	}
	if (!request->refusal && !http_request_add(request, bytes, *len)) {
		http_request_drop_body(request);
		request->refusal = MHD_HTTP_SERVICE_UNAVAILABLE;
	}
	if (request->refusal && !over)
		request->body_len += *len;
	*len = 0;
	return MHD_YES;
}

static void dispatch(struct http_request *request)
{
	struct http_own_route *own = request->own;
	struct fault full = {.kind = FAULT_RETRY, .text = "too many requests wait"};

	if (request->refusal)
		http_answer_refusal(request);
	else if (!own->route.blocking)
		own->route.handle(own->context, request);
	else if (!(own->route.quick && own->route.quick(own->context, request)) &&
		!http_pool_submit(request->server->pool, request))
		http_answer_unavailable(request, 1, &full);
}

/* What a thread of the pool gave back to the I/O thread. */
static void go_on(struct http_request *request)
{
	atomic_store_explicit(&request->state, HTTP_HANDLED, memory_order_relaxed);
	request->next(request->own->context, request);
}

/* Once the request was dispatched, `state` alone says whose it is. */
static enum MHD_Result settle(struct http_request *request)
{
	int handled = HTTP_HANDLED;

	if (atomic_load_explicit(&request->state, memory_order_acquire) == HTTP_GOES_ON)
		go_on(request);
	if (atomic_load_explicit(&request->state, memory_order_acquire) ==
		HTTP_ANSWERED)
		return queue(request);
	MHD_suspend_connection(request->mhd);
	/* Not at once: libmicrohttpd would not say that there is something to do. */
	if (!atomic_compare_exchange_strong(&request->state, &handled, HTTP_SUSPENDED))
		http_loop_resume(request->loop, request);
	return MHD_YES;
}

static enum MHD_Result finish(struct http_request *request)
{
	int receiving = HTTP_RECEIVING;

	if (request->dispatched)
		return settle(request);
	request->dispatched = true;
	if (!atomic_compare_exchange_strong(
		    &request->connection->phase, &receiving, HTTP_WAITING))
		return MHD_NO;
	if (!request->refusal)
		request->body[request->body_len] = '\0';
	stamp(request);
	dispatch(request);
	return settle(request);
}

/* NOLINTNEXTLINE(readability-function-size): the library chose the parameters */
enum MHD_Result http_on_access(void *context, struct MHD_Connection *mhd,
	const char *url, const char *method, const char *version, const char *upload,
	size_t *upload_len, void **slot)
{
	struct http_request *request = *slot;
	struct http_connection *connection;
	struct http_head head = {0};
	int idle = HTTP_IDLE;

	(void)version;
	if (request && *upload_len > 0)
		return receive(request, upload, upload_len);
	if (request)
		return finish(request);
	connection = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
			     ->socket_context;
	if (!connection ||
		!atomic_compare_exchange_strong(
			&connection->phase, &idle, HTTP_RECEIVING))
		return MHD_NO;
	request = make(context, mhd, &head, slot);
	if (!request)
		return MHD_NO;
	request->connection = connection;
	request->method = method;
	request->path = url;
	return begin(request, &head);
}

void http_on_completed(void *context, struct MHD_Connection *mhd, void **slot,
	enum MHD_RequestTerminationCode code)
{
	struct http_request *request = *slot;
	int phase;

	(void)context;
	(void)mhd;
	(void)code;
	if (!request)
		return;
	*slot = NULL;
	atomic_store(&request->connection->piece_until_ms, 0);
	/* In this order: the sweeper must not take the next request for this one. */
	atomic_fetch_add(&request->connection->completed, 1);
	phase = atomic_load(&request->connection->phase);
	while (phase != HTTP_EXPIRED &&
		!atomic_compare_exchange_weak(
			&request->connection->phase, &phase, HTTP_IDLE))
		;
	if (request->response)
		MHD_destroy_response(request->response);
	http_stream_free(request->streaming);
	http_request_free(request);
}

static void print_client(char client[INET6_ADDRSTRLEN], const struct sockaddr *address)
{
	const struct sockaddr_in *four = (const void *)address;
	const struct sockaddr_in6 *six = (const void *)address;

	if (address->sa_family == AF_INET)
		(void)inet_ntop(AF_INET, &four->sin_addr, client, INET6_ADDRSTRLEN);
	else if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		(void)inet_ntop(
			AF_INET, &six->sin6_addr.s6_addr[12], client, INET6_ADDRSTRLEN);
	else
		(void)inet_ntop(AF_INET6, &six->sin6_addr, client, INET6_ADDRSTRLEN);
}

/* A connection of http_accept.c's begins or ends. */
void http_on_connection(void *context, struct MHD_Connection *mhd, void **slot,
	enum MHD_ConnectionNotificationCode code)
{
	struct http_loop *loop = context;
	struct http_server *server = http_loop_server(loop);
	struct http_connection *connection = *slot;

	http_loop_count(loop, code == MHD_CONNECTION_NOTIFY_STARTED);
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (connection)
			http_sweeper_remove(server->sweeper, connection);
		*slot = NULL;
		http_acceptor_left(&server->acceptor);
		return;
	}
	connection = http_sweeper_add(server->sweeper,
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)
			->connect_fd);
	if (connection)
		print_client(connection->client,
			MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
				->client_addr);
	*slot = connection;
}
