// SPDX-License-Identifier: Apache-2.0
// Guarded and other requests have handles of their own: a connection that one opened
// must never serve the other. No fault names more of a URL than its host, for paths and
// queries hold secrets.
#include "common/http/http_client.h"

#include <netdb.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "common/http/http_guard.h"
#include "common/http/http_reply.h"
#include "common/text.h"
#include "common/version.h"

enum {
	DEFAULT_TIMEOUT_MS = 30000,
	CONNECT_TIMEOUT_MS = 10000,
	DEFAULT_MAX_ANSWER = 1 << 20,
	METHOD_MAX_LEN = 16,
};

DEFINE_AUTO(struct curl_slist, curl_slist_free_all)

struct http_client {
	CURL *open, *guarded;
	struct http_guard guard;
	char refused[64]; /* the last address the guard refused, or "" */
};

/* One exchange. */
struct exchange {
	struct http_reply reply;
	struct text body;
	const struct http_call *call;
	CURL *curl;
	size_t max;
	bool too_long;
	char error[CURL_ERROR_SIZE];
};

static void init_library(void)
{
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool http_client_open(struct http_client **out, const char *allow, struct fault *fault)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http_client *client AUTO(http_client_close) = calloc(1, sizeof(*client));

	(void)pthread_once(&once, init_library);
	if (!client)
		return fault_set(fault, FAULT_FATAL, "HTTP client: no memory");
	if (!http_guard_init(&client->guard, allow, fault))
		return false;
	client->open = curl_easy_init();
	client->guarded = curl_easy_init();
	if (!client->open || !client->guarded)
		return fault_set(fault, FAULT_FATAL, "HTTP client: no memory");
	*out = TAKE(client);
	return true;
}

void http_client_close(struct http_client *client)
{
	if (!client)
		return;
	curl_easy_cleanup(client->open);
	curl_easy_cleanup(client->guarded);
	free(client);
}

/* Without user and password. */
static void print_host(char *out, size_t size, const char *url)
{
	const char *host = strstr(url, "://"), *at;
	size_t len;

	host = host ? host + 3 : url;
	len = strcspn(host, "/?#\\");
	at = memrchr(host, '@', len);
	if (at) {
		len -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	(void)snprintf(out, size, "%.*s", len < size ? (int)len : (int)size - 1, host);
}

static curl_socket_t open_guarded(
	void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_client *client = context;

	(void)purpose;
	if (http_guard_permits(&client->guard, &address->addr))
		return socket(address->family, address->socktype | SOCK_CLOEXEC,
			address->protocol);
	if (getnameinfo(&address->addr, address->addrlen, client->refused,
		    sizeof(client->refused), NULL, 0, NI_NUMERICHOST) != 0)
		(void)snprintf(client->refused, sizeof(client->refused), "unknown");
	return CURL_SOCKET_BAD;
}

static size_t on_head(char *line, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;

	http_reply_head(&exchange->reply, line, size * count, time(NULL));
	return size * count;
}

/* What is no success is words for the caller, and short. */
static bool is_taken(const struct exchange *exchange)
{
	long status = 0;

	(void)curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
	return exchange->call->take && status >= 200 && status < 300;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	const struct http_call *call = exchange->call;
	size_t len = size * count, room = exchange->max - exchange->body.len;

	if (is_taken(exchange))
		return call->take(call->take_context, bytes, len) ? len : 0;
	exchange->too_long = len > room;
	text_add_bytes(&exchange->body, bytes, len < room ? len : room);
	/* Taking less than it has makes libcurl end the transfer. */
	return exchange->too_long || text_failed(&exchange->body) ? 0 : len;
}

static bool is_method(const char *method)
{
	size_t len = strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return len > 0 && len <= METHOD_MAX_LEN && method[len] == '\0';
}

/* No white space and no control characters, so that nothing can be smuggled in. */
static bool is_url(const char *url)
{
	for (const char *p = url; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7F)
			return false;
	return strncasecmp(url, "http://", 7) == 0 ||
		strncasecmp(url, "https://", 8) == 0;
}

static bool is_header(const char *header)
{
	size_t name = strspn(header,
		"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	if (name == 0 || header[name] != ':')
		return false;
	for (const char *p = header + name; *p; p++)
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7F)
			return false;
	return true;
}

static bool check(const struct http_call *call, struct fault *fault)
{
	const char *const *header = call->headers;

	if (!is_method(call->method))
		return fault_set(
			fault, FAULT_REJECT, "'%.20s' is no HTTP method", call->method);
	if (!is_url(call->url))
		return fault_set(fault, FAULT_REJECT,
			"the URL must start with http:// or https:// and have no "
			"spaces or control characters");
	for (; header && *header; header++)
		if (!is_header(*header))
			return fault_set(fault, FAULT_REJECT,
				"header '%.*s': must be 'Name: value' on one line",
				(int)strcspn(*header, ": \r\n"), *header);
	return true;
}

static bool append(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer)
		*list = longer;
	return longer != NULL;
}

/* libcurl takes "Name:" as a wish to leave Name out, and "Name;" as an empty one. */
static bool append_header(struct curl_slist **list, const char *header)
{
	size_t name = strcspn(header, ":");
	struct text empty AUTO(text_done) = {0};

	if (header[name + 1 + strspn(header + name + 1, " \t")] != '\0')
		return append(list, header);
	text_add_bytes(&empty, header, name);
	text_add_char(&empty, ';');
	return !text_failed(&empty) && append(list, text_string(&empty));
}

static bool make_headers(struct curl_slist **list, const struct http_call *call)
{
	const char *const *header = call->headers;
	bool typed = false;

	for (; header && *header; header++) {
		typed = typed || strncasecmp(*header, "Content-Type:", 13) == 0;
		if (!append_header(list, *header))
			return false;
	}
	/* Neither libcurl's guess of a type, nor a round trip before the body. */
	return append(list, "Expect:") && (typed || append(list, "Content-Type:"));
}

static bool is_repeatable(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static void set_body(CURL *curl, const struct http_call *call)
{
	if (strcmp(call->method, "HEAD") == 0) {
		(void)curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
		return;
	}
	if (call->body_len > 0 || strcmp(call->method, "POST") == 0) {
		(void)curl_easy_setopt(curl, CURLOPT_POST, 1L);
		(void)curl_easy_setopt(
			curl, CURLOPT_POSTFIELDS, call->body ? call->body : "");
		(void)curl_easy_setopt(
			curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
	}
	(void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
}

static void set_guard(struct http_client *client)
{
	CURL *curl = client->guarded;

	(void)curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_guarded);
	(void)curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, client);
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
}

static void set_options(CURL *curl, const struct http_call *call,
	struct exchange *exchange, const struct curl_slist *headers)
{
	long timeout_ms = call->timeout_ms ? call->timeout_ms : DEFAULT_TIMEOUT_MS;
	long once = is_repeatable(call->method) ? 0L : 1L;

	(void)curl_easy_setopt(curl, CURLOPT_URL, call->url);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
		timeout_ms < CONNECT_TIMEOUT_MS ? timeout_ms
						: (long)CONNECT_TIMEOUT_MS);
	(void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "tocsin/" TOCSIN_VERSION);
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->error);
	(void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_head);
	(void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
	/*
	 * On a kept connection that breaks before the answer libcurl sends a request
	 * again by itself, a POST too. What has an effect goes over a new one, used once:
	 * whether to repeat it is the caller's to say. As none of those is kept, a host
	 * has one kept connection at most, and a GET is sent twice at most.
	 */
	(void)curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, once);
	(void)curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, once);
	set_body(curl, call);
}

static bool explain(const struct http_client *client, const struct http_call *call,
	CURLcode code, const struct exchange *exchange, struct fault *fault)
{
	char host[128];

	print_host(host, sizeof(host), call->url);
	if (exchange->too_long)
		return fault_set(fault, FAULT_REJECT,
			"%s %s: the answer is over %zu bytes", call->method, host,
			exchange->max);
	if (*client->refused && code == CURLE_COULDNT_CONNECT)
		return fault_set(fault, FAULT_REJECT,
			"%s %s: %s is no public address, and it is not on the list of "
			"those allowed",
			call->method, host, client->refused);
	return fault_set(fault,
		code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL
			? FAULT_REJECT
			: FAULT_RETRY,
		"%s %s: %s", call->method, host,
		*exchange->error ? exchange->error : curl_easy_strerror(code));
}

static bool finish(CURL *curl, struct exchange *exchange, struct http_reply *reply,
	struct fault *fault)
{
	struct http_reply *taken = &exchange->reply;
	long status = 0;

	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	taken->status = (int)status;
	taken->len = exchange->body.len;
	taken->cut = exchange->too_long;
	taken->body = text_take(&exchange->body);
	if (!taken->body)
		return fault_set(fault, FAULT_RETRY, "no memory for an answer");
	*reply = *taken;
	return true;
}

bool http_fetch(struct http_client *client, const struct http_call *call,
	struct http_reply *reply, struct fault *fault)
{
	CURL *curl = call->guarded ? client->guarded : client->open;
	struct curl_slist *headers AUTO(curl_slist_free_all) = NULL;
	struct exchange exchange = {.call = call,
		.curl = curl,
		.max = call->max_answer ? call->max_answer : DEFAULT_MAX_ANSWER,
		.reply = {.retry_after_ms = -1}};
	bool good;
	CURLcode code;

	if (!check(call, fault))
		return false;
	if (!make_headers(&headers, call))
		return fault_set(fault, FAULT_RETRY, "no memory for a request");
	exchange.body.limit = exchange.max + 1;
	client->refused[0] = '\0';
	curl_easy_reset(curl);
	set_options(curl, call, &exchange, headers);
	if (call->guarded)
		set_guard(client);
	code = curl_easy_perform(curl);
	good = code == CURLE_OK || (exchange.too_long && call->cut_answer);
	good = good ? finish(curl, &exchange, reply, fault)
		    : explain(client, call, code, &exchange, fault);
	/* It must not point at our stack. */
	curl_easy_reset(curl);
	text_done(&exchange.body);
	return good;
}
