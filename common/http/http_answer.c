// SPDX-License-Identifier: Apache-2.0
// Answers, from any thread. What is sent lives in the request's memory, so that an
// answer costs no copy inside libmicrohttpd.
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/http/http_private.h"
#include "common/json.h"

enum { MESSAGE_SIZE = 512, RAW_SIZE = 1024 };

static const char default_type[] = "application/json";

static bool add(struct MHD_Response *response, const char *name, const char *value)
{
	return MHD_add_response_header(response, name, value) == MHD_YES;
}

bool http_answer_add_headers(struct MHD_Response *response,
	const struct http_request *request, const struct http_answer *answer)
{
	const struct http_answer_header *header = answer->headers;
	bool closes = request->closes ||
		atomic_load_explicit(&request->server->stopping, memory_order_relaxed);

	for (; header && header->name; header++)
		if (!add(response, header->name, header->value))
			return false;
	if ((answer->len > 0 || answer->content_type) &&
		!add(response, MHD_HTTP_HEADER_CONTENT_TYPE,
			answer->content_type ? answer->content_type : default_type))
		return false;
	return add(response, "X-Request-Id", request->id) &&
		(!closes || add(response, MHD_HTTP_HEADER_CONNECTION, "close"));
}

/* NULL when memory ran out or a header cannot be sent; the connection then breaks. */
static struct MHD_Response *build(
	struct http_request *request, const struct http_answer *answer)
{
	void *body = http_alloc(request, answer->len);
	struct MHD_Response *response;

	if (!body)
		return NULL;
	if (answer->len > 0)
		memcpy(body, answer->body, answer->len);
	response = MHD_create_response_from_buffer(
		answer->len, body, MHD_RESPMEM_PERSISTENT);
	if (response && !http_answer_add_headers(response, request, answer)) {
		MHD_destroy_response(response);
		return NULL;
	}
	return response;
}

static void count(const struct http_request *request, int status)
{
	http_routes_count(request->own, request->method, status,
		clock_mono_us() - request->received_mono_us);
}

void http_answer_give(
	struct http_request *request, int status, struct MHD_Response *response)
{
	struct http_server *server = request->server;
	int state;

	/* The server must not be freed between the exchange and the resume's end. */
	atomic_fetch_add(&server->answering, 1);
	request->response = response;
	request->status = status;
	count(request, status);
	state = atomic_exchange(&request->state, HTTP_ANSWERED);
	assert(state != HTTP_ANSWERED);
	if (state == HTTP_SUSPENDED)
		http_loop_resume(request->loop, request);
	atomic_fetch_sub(&server->answering, 1);
}

bool http_in_pool(struct http_request *request, http_handler next, void *carried)
{
	request->next = next;
	request->carried = carried;
	return http_pool_submit(request->server->pool, request);
}

void http_go_on(struct http_request *request, http_handler next, void *carried)
{
	struct http_server *server = request->server;

	request->next = next;
	request->carried = carried;
	atomic_fetch_add(&server->answering, 1);
	if (atomic_exchange(&request->state, HTTP_GOES_ON) == HTTP_SUSPENDED)
		http_loop_resume(request->loop, request);
	atomic_fetch_sub(&server->answering, 1);
}

void http_answer(struct http_request *request, const struct http_answer *answer)
{
	http_answer_give(request, answer->status, build(request, answer));
}

void http_answer_json(struct http_request *request, int status, json_t *body)
{
	json_t *owned AUTO(json_decref) = body;
	char *printed AUTO(free) = json_print(owned);

	if (!printed) {
		http_answer_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal",
			"the answer could not be made");
		return;
	}
	http_answer(request,
		&(struct http_answer){
			.status = status, .body = printed, .len = strlen(printed)});
}

/* {"error": code, "message": ...}; a message that is not UTF-8 loses those bytes. */
static char *error_body(const char *code, char *text)
{
	json_t *body AUTO(json_decref) = NULL;

	if (!text_is_utf8(text, strlen(text)))
		for (char *p = text; *p; p++)
			if ((unsigned char)*p >= 0x80)
				*p = '?';
	body = json_pack("{s:s, s:s}", "error", code, "message", text);
	return json_print(body);
}

static void answer_error(struct http_request *request, int status, const char *code,
	const struct http_answer_header *headers, char *text)
{
	char *body AUTO(free) = error_body(code, text);

	http_answer(request,
		&(struct http_answer){.status = status,
			.body = body,
			.len = body ? strlen(body) : 0,
			.headers = headers});
}

void http_answer_error(struct http_request *request, int status, const char *code,
	const char *message_text, ...)
{
	char text[MESSAGE_SIZE];
	va_list arguments;

	va_start(arguments, message_text);
	(void)vsnprintf(text, sizeof(text), message_text, arguments);
	va_end(arguments);
	answer_error(request, status, code, NULL, text);
}

static void answer_later(struct http_request *request, int status, const char *code,
	int retry_after_s, const struct fault *fault)
{
	char seconds[16], text[sizeof(fault->text)];
	const struct http_answer_header headers[] = {{"Retry-After", seconds}, {NULL}};

	(void)snprintf(seconds, sizeof(seconds), "%d", retry_after_s);
	(void)snprintf(text, sizeof(text), "%s", fault->text);
	answer_error(request, status, code, headers, text);
}

void http_answer_unavailable(
	struct http_request *request, int retry_after_s, const struct fault *fault)
{
	answer_later(request, MHD_HTTP_SERVICE_UNAVAILABLE, "unavailable",
		retry_after_s, fault);
}

void http_answer_too_many(struct http_request *request, const char *code,
	int retry_after_s, const struct fault *fault)
{
	answer_later(request, MHD_HTTP_TOO_MANY_REQUESTS, code, retry_after_s, fault);
}

static void refuse_method(struct http_request *request)
{
	const struct http_answer_header headers[] = {
		{MHD_HTTP_HEADER_ALLOW, request->allow ? request->allow : ""}, {NULL}};
	char text[MESSAGE_SIZE];

	(void)snprintf(text, sizeof(text), "this path has %s",
		request->allow ? request->allow : "other methods");
	answer_error(request, MHD_HTTP_METHOD_NOT_ALLOWED, "method_not_allowed",
		headers, text);
}

void http_answer_refusal(struct http_request *request)
{
	const struct fault stopping = {
		.kind = FAULT_RETRY, .text = "this process is stopping"};
	const struct fault full = {
		.kind = FAULT_RETRY, .text = "too many bytes of bodies are in hand"};
	const struct fault over_share = {.kind = FAULT_RETRY,
		.text = "too many bytes of bodies from this address are in hand"};

	switch (request->refusal) {
	case MHD_HTTP_NOT_FOUND:
		http_answer_error(request, MHD_HTTP_NOT_FOUND, "not_found",
			"there is nothing at this path");
		break;
	case MHD_HTTP_METHOD_NOT_ALLOWED:
		refuse_method(request);
		break;
	case MHD_HTTP_CONTENT_TOO_LARGE:
		http_answer_error(request, MHD_HTTP_CONTENT_TOO_LARGE, "too_large",
			"the body is over %zu bytes", request->body_max);
		break;
	case MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE:
		http_answer_error(request, request->refusal, "head_too_large",
			"the request's head is over what %zu bytes hold",
			request->server->head_max);
		break;
	case MHD_HTTP_NOT_IMPLEMENTED:
		http_answer_error(request, MHD_HTTP_NOT_IMPLEMENTED, "not_implemented",
			"chunked is the only transfer coding that is taken");
		break;
	case MHD_HTTP_SERVICE_UNAVAILABLE:
		http_answer_unavailable(request, 1,
			atomic_load(&request->server->stopping) ? &stopping
				: request->over_share           ? &over_share
								: &full);
		break;
	default:
		http_answer_error(request, MHD_HTTP_BAD_REQUEST, "bad_request",
			"the request's path, query or length cannot be understood");
	}
}

static int print_reason(
	char *out, size_t size, const struct http_request *request, int status)
{
	if (status == MHD_HTTP_CONTENT_TOO_LARGE)
		return snprintf(out, size,
			"{\"error\":\"too_large\",\"message\":\"the body is over "
			"%zu bytes\"}",
			request->body_max);
	return snprintf(out, size,
		"{\"error\":\"head_too_large\",\"message\":\"the request's head is "
		"over what %zu bytes hold\"}",
		request->server->head_max);
}

void http_answer_raw(struct http_request *request, int status)
{
	char body[128], raw[RAW_SIZE];
	int fd = request->connection->fd, len;

	len = print_reason(body, sizeof(body), request, status);
	len = snprintf(raw, sizeof(raw),
		"HTTP/1.1 %d %s\r\nContent-Type: %s\r\n"
		"X-Request-Id: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s",
		status, MHD_get_reason_phrase_for((unsigned)status), default_type,
		request->id, len, body);
	/* A client that does not take even this loses the answer, not we a thread. */
	if (!request->server->has_tls)
		(void)send(fd, raw, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	count(request, status);
}
