// SPDX-License-Identifier: Apache-2.0
// Asking others over HTTP, with libcurl: time and size limits, no redirects, and a
// guard against addresses a tenant must not reach.
#pragma once

#include <stddef.h>

#include "common/fault.h"

/* One thread's. Keeps a connection to each host open, for GET and HEAD, which are sent
 * once more when it turns out to be broken; what has an effect is sent once, over a
 * connection of its own. */
struct http_client;

/*
 * `allow` lists what private, loopback and link-local addresses guarded requests may go
 * to: "127.0.0.1,10.1.0.0/16,[::1]", "" for none. REJECT when it cannot be read. It is
 * copied.
 */
NODISCARD bool http_client_open(
	struct http_client **out, const char *allow, struct fault *fault);
void http_client_close(struct http_client *client);
DEFINE_AUTO(struct http_client, http_client_close)

struct http_call {
	const char *method;
	const char *url;
	const char *const *headers; /* "Name: value", ended by NULL; may be NULL */
	const void *body;
	size_t body_len;
	long timeout_ms;   /* whole exchange; 0: 30 s */
	size_t max_answer; /* bytes kept; 0: 1 MiB */
	bool cut_answer;   /* a longer answer is cut; otherwise it is a REJECT */
	bool guarded;      /* the URL comes from a tenant: public addresses only */
	/*
	 * Gets the body of a 2xx piece by piece, instead of the reply; max_answer does
	 * not count then. False ends the exchange. NULL: there is none.
	 */
	bool (*take)(void *context, const void *bytes, size_t len);
	void *take_context;
};

struct http_reply {
	int status;
	char *body; /* NUL-terminated, never NULL after success */
	size_t len;
	bool cut;
	char content_type[96];
	long retry_after_ms; /* from Retry-After, at most a week; -1 when absent */
	char rate_reset[24]; /* x-ratelimit-reset, or "" */
	char etag[128];
	char link[512]; /* Link header (pagination), or "" */
};

void http_reply_done(struct http_reply *reply);
DEFINE_AUTO_DONE(struct http_reply, http_reply_done)

/*
 * True for any HTTP status. RETRY when the other side could not be reached, did not
 * answer in time or broke off; REJECT for a bad URL, a guarded address or an answer too
 * large.
 */
NODISCARD bool http_fetch(struct http_client *client, const struct http_call *call,
	struct http_reply *reply, struct fault *fault);
