// SPDX-License-Identifier: Apache-2.0
// From an examined delivery to its answer: within its limit, stored in EVENTS (its body in
// BODIES first when it is too large for a message), then 200. In the request's I/O thread.
#pragma once

#include "ingress/admit.h"
#include "ingress/pieces.h"
#include "ingress/webhook.h"

struct audit;

/* What is to be answered. */
enum verdict {
	VERDICT_TAKE,
	VERDICT_HANDSHAKE,   /* words: the body of the 200 */
	VERDICT_REFUSED,     /* 401; words: the reason's code */
	VERDICT_MALFORMED,   /* refusal; words: what is wrong */
	VERDICT_UNAVAILABLE, /* 503; words: why */
};

/* Lives as long as its request, from http_alloc(). */
struct keeping {
	struct webhook *webhook;
	struct webhook_thread *thread; /* the request's */
	struct http_request *request;
	struct delivery delivery; /* the table of its source is held */
	struct body body;
	enum verdict verdict;
	const char *words;
	struct body_refusal refusal;
	char whom[WHOM_SIZE];
	struct pieces *pieces; /* NULL while the body may fit into a message */
};

/* Any thread: prepares a body that may not fit into a message. */
void keep_hash(struct keeping *keeping);

/* Stores what is to be taken, and answers, now or later. */
void keep(struct keeping *keeping);

/* Counts what became of a request of `source`. */
void keep_count(const struct source *source, const char *outcome);

/* An audit record about a request; `audit` has what and why. */
void keep_tell(const struct keeping *keeping, const struct audit *audit);

/*
 * Every request ends in one of these, once: the row is let go of, then the request. 503 and
 * Retry-After; any other answer, whose parts must not be of the row.
 */
void keep_unavailable(struct keeping *keeping, const char *why);
struct http_request *keep_end(struct keeping *keeping);
