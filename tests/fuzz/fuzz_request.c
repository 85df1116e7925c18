// SPDX-License-Identifier: Apache-2.0
// The whole request handler, with doubles for the HTTP server and the publisher. A first
// byte chooses the sender and how it is signed, then come header lines, an empty line and
// the body. One answer each; 2xx only for what was signed; the body stays as it is.
#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/audit.h"
#include "ingress/webhook.h"
#include "proto/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
	HEADERS_MAX = 24,
	NOW_S = 1700000000,
	SIGNED = 0x40,
	UNSTORED = 0x20,
	MEMORY_MAX = 16
};

static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/* The double of a request. */
struct http_request {
	size_t count;
	struct {
		const char *name, *value;
	} headers[HEADERS_MAX];
	const void *body;
	size_t body_len;
	const struct source *row;
	const char *name; /* of a configured source */
	void *memory[MEMORY_MAX];
	size_t memory_count;
	void *carried;
	int answers, status, published;
	bool unstored;
};

static struct webhook webhook;
static struct admission admission; /* no limits */

static bool secret_sent; /* the fuzzer has put it in: then it may be echoed */

const char *http_header(struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->count; i++)
		if (strcasecmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	return NULL;
}

size_t http_header_count(struct http_request *request, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < request->count; i++)
		count += strcasecmp(request->headers[i].name, name) == 0;
	return count;
}

const void *http_body(const struct http_request *request, size_t *len)
{
	*len = request->body_len;
	return request->body;
}

const void *http_route_data(const struct http_request *request)
{
	return request->row;
}

const char *http_route_path(const struct http_request *request)
{
	return request->row ? request->row->path : "/webhooks/generic/{name}";
}

const char *http_path(const struct http_request *request)
{
	return http_route_path(request);
}

const char *http_segment(struct http_request *request, const char *name)
{
	(void)name;
	return request->name;
}

const char *http_request_id(const struct http_request *request)
{
	(void)request;
	return "r";
}

const char *http_client_address(const struct http_request *request)
{
	(void)request;
	return "127.0.0.1";
}

unsigned http_io_thread(const struct http_request *request)
{
	(void)request;
	return 0;
}

int64_t http_received_at_us(const struct http_request *request)
{
	(void)request;
	return INT64_C(1000000) * NOW_S;
}

void *http_alloc(struct http_request *request, size_t size)
{
	assert(request->memory_count < MEMORY_MAX);
	return request->memory[request->memory_count++] = calloc(1, size);
}

int64_t http_age_us(const struct http_request *request)
{
	(void)request;
	return 1000;
}

void *http_carried(const struct http_request *request)
{
	return request->carried;
}

/* The pool's thread, and the way back, are this thread. */
bool http_in_pool(struct http_request *request, http_handler next, void *carried)
{
	request->carried = carried;
	next(&webhook, request);
	return true;
}

void http_go_on(struct http_request *request, http_handler next, void *carried)
{
	request->carried = carried;
	next(&webhook, request);
}

bool publisher_is_connected(const struct publisher *publisher)
{
	(void)publisher;
	return true;
}

size_t publisher_max_payload(const struct publisher *publisher)
{
	(void)publisher;
	return 1 << 20;
}

void http_answer(struct http_request *request, const struct http_answer *answer)
{
	request->answers++;
	request->status = answer->status;
}

void http_answer_error(struct http_request *request, int status, const char *code,
	const char *message_text, ...)
{
	char words[512];
	va_list arguments;

	va_start(arguments, message_text);
	(void)vsnprintf(words, sizeof(words), message_text, arguments);
	va_end(arguments);
	assert(secret_sent || (!strstr(words, secret) && !strstr(code, secret)));
	request->answers++;
	request->status = status;
}

void http_answer_unavailable(
	struct http_request *request, int retry_after_s, const struct fault *fault)
{
	assert(retry_after_s > 0 && fault->kind == FAULT_RETRY);
	request->answers++;
	request->status = 503;
}

void audit_tell(struct publisher *publisher, const struct audit *audit)
{
	(void)publisher;
	assert(audit->action && (secret_sent || !strstr(audit->detail_json, secret)));
}

bool publisher_send(struct publisher *publisher, const struct outgoing *outgoing,
	published_callback told, void *context, struct fault *fault)
{
	struct http_request *request = (struct http_request *)(void *)publisher;
	pb_event *event AUTO(pb_event_free) =
		pb_event_unpack(outgoing->body, outgoing->body_len);

	assert(event && event->body.len == request->body_len &&
		(request->body_len == 0 ||
			memcmp(event->body.data, request->body, request->body_len) ==
				0));
	assert(!strpbrk(outgoing->subject, " \t\r\n*>"));
	request->published++;
	if (request->unstored)
		return fault_set(fault, FAULT_RETRY, "full");
	told(context, &(struct published){.stored = true});
	return true;
}

static void add(struct http_request *request, const char *name, const char *value)
{
	if (!name || !value || request->count == HEADERS_MAX)
		return;
	request->headers[request->count].name = name;
	request->headers[request->count++].value = value;
}

/* Header lines up to the empty one; returns what is behind it. */
static char *read_headers(struct http_request *request, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")) && *line) {
		char *value = strchr(line, ':');

		if (!value)
			continue;
		*value++ = '\0';
		add(request, line, value + strspn(value, " "));
	}
	return text;
}

static void sign(struct http_request *request, const struct source *source, char *out)
{
	const struct signature_rule *rule = &source->rule;
	struct signed_request made = {.id = {"id-1", 1},
		.timestamp = {"1700000000", 1},
		.body = request->body,
		.body_len = request->body_len};
	struct fault fault = {0};

	assert(signature_make(out, rule, source->secrets.values[0], &made, &fault));
	add(request, rule->names.signature, out);
	add(request, rule->names.id, made.id.value);
	add(request, rule->names.timestamp, made.timestamp.value);
}

static void open_webhook(void)
{
	struct text problems AUTO(text_done) = {0};
	char file[] = "/tmp/tocsin-fuzz-XXXXXX";
	static const char rows[] =
		"{\"sources\":[{\"name\":\"generic\",\"scheme\":\"standard\","
		"\"secrets\":"
		"[{\"env\":\"TOCSIN_F\"}],\"text\":[\"/a\",\"/b/0\"],\"identifiers\":"
		"{\"service\":[\"/s\",{\"header\":\"x-s\"}]},\"actor\":\"/u\"},"
		"{\"name\":\"stripe\",\"scheme\":\"stripe\",\"secrets\":[{\"env\":"
		"\"TOCSIN_F\"}]},{\"name\":\"token\",\"scheme\":\"token\",\"header\":"
		"\"x-t\",\"secrets\":[{\"env\":\"TOCSIN_F\"}],\"body\":\"any\"},"
		"{\"name\":\"bearer\",\"scheme\":\"bearer\",\"secrets\":[{\"env\":"
		"\"TOCSIN_F\"}],\"body\":\"form\",\"text\":{\"field\":\"t\"}},"
		"{\"name\":\"basic\",\"scheme\":\"basic\",\"secrets\":[{\"env\":"
		"\"TOCSIN_B\"}],\"body\":\"payload\"},{\"name\":\"hmac\",\"scheme\":"
		"\"hmac\",\"header\":\"x-h\",\"encoding\":\"base64\",\"signs\":"
		"\"{body}.{timestamp}\",\"timestamp_header\":\"x-ts\",\"secrets\":"
		"[{\"env\":\"TOCSIN_F\"}]}]}";
	struct fault fault = {0};
	int fd = mkstemp(file);
	FILE *out = fdopen(fd, "w");

	assert(out && fputs(rows, out) >= 0 && fclose(out) == 0);
	for (const struct source *row = sources; row->name; row++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "TOCSIN_%s", row->secret_setting);
		(void)setenv(name, secret, 1);
	}
	(void)setenv("TOCSIN_F", secret, 1);
	(void)setenv("TOCSIN_B", "user:password", 1);
	if (!source_table_load(&webhook.threads[0].sources, file, &problems, &fault)) {
		(void)fprintf(stderr, "%s\n", text_string(&problems));
		abort();
	}
	(void)remove(file);
	webhook.admission = &admission;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const names[] = {
		"generic", "stripe", "token", "bearer", "basic", "hmac", "nobody"};
	struct http_request request = {0};
	char *text = strndup(len ? (const char *)data + 1 : "", len ? len - 1 : 0),
	     *rest;
	char signature[SIGNATURE_TEXT_MAX];
	unsigned chosen = len ? data[0] & 15U : 0;
	const struct source *source;

	assert(text);
	secret_sent = memmem(data, len, "whsec_", strlen("whsec_")) != NULL;
	if (!webhook.threads[0].sources)
		open_webhook();
	rest = read_headers(&request, text);
	request.body = rest ? rest : "";
	request.body_len = strlen(request.body); /* NULs ended the copy */
	if (chosen < SOURCES_BUILT_IN)
		request.row = &sources[chosen];
	else
		request.name = names[(chosen - SOURCES_BUILT_IN) % countof(names)];
	request.unstored = len && data[0] & UNSTORED;
	source = request.row
		? source_table_built_in(webhook.threads[0].sources, request.row)
		: source_table_find(webhook.threads[0].sources, request.name);
	if (len && data[0] & SIGNED && source)
		sign(&request, source, signature);
	webhook.threads[0].events = (struct publisher *)(void *)&request;
	webhook_handle(&webhook, &request);
	assert(request.answers == 1);
	assert(request.published <= 1);
	if (request.published)
		assert(request.status == (request.unstored ? 503 : 200));
	else /* a handshake is the only other success */
		assert(request.status != 200 || source->handshake != HANDSHAKE_NONE);
	for (size_t i = 0; i < request.memory_count; i++)
		free(request.memory[i]);
	free(text);
	return 0;
}
