// SPDX-License-Identifier: Apache-2.0
// A verified request as an event: which delivery it is, of what kind, and the message
// for it.
#pragma once

#include "common/ids.h"
#include "common/nats/publisher.h"
#include "common/nats/subjects.h"
#include "common/wire.h"
#include "ingress/body.h"
#include "ingress/facts.h"
#include "ingress/found.h"
#include "ingress/pieces.h"

enum { DELIVERY_ID_SIZE = 136, KIND_SIZE = 64 };

struct delivery {
	const struct source *source;
	const void *body;
	size_t body_len;
	const struct body *content; /* as body_read() understood it; NULL: not read */
	/*
	 * Of a sender whose id may be in either of two headers, the one that the signature
	 * was not checked over: whoever holds a signed request can write what he likes
	 * there, so no fact is looked for in it. NULL: there is none.
	 */
	const char *unsigned_id;
	const char *content_type;
	const char *request_id;
	int64_t received_at_us;

	struct found *found; /* of a configured source; NULL: the event has none */

	/* A body in BODIES instead of in the message; NULL: in the message. */
	const struct pieces *pieces;
	int64_t not_before_us; /* 0: it may be routed at once */

	char id[DELIVERY_ID_SIZE]; /* the sender's, or "sha256-<hex>" of the body */
	char kind[KIND_SIZE];      /* the sender's word, as a subject token */
	char event_id[UUID_SIZE];
};

/*
 * Fills id, kind and event_id. Never refuses: what cannot be found is "unknown", and an
 * id that is missing or unfit for a header is replaced by a hash, so that a repetition
 * is still the same event.
 */
void delivery_identify(struct delivery *delivery, header_lookup header, void *context);

/* The delivery as something facts are found in; borrowed from it. */
struct facts delivery_facts(
	const struct delivery *delivery, header_lookup header, void *context);

enum { DELIVERY_HEADERS = 8 };

/* The message for EVENTS. Lives as long as the struct and the delivery it was made of.
 */
struct delivery_message {
	struct wire *wire; /* the caller's, reused from delivery to delivery */
	char subject[SUBJECT_SIZE];
	char message_id[DELIVERY_ID_SIZE + 72];
	char ce_source[96], ce_type[160], time[32], trace[TRACEPARENT_SIZE];
	struct header headers[DELIVERY_HEADERS];
	struct outgoing outgoing;
};

NODISCARD bool delivery_message(struct delivery_message *out,
	const struct delivery *delivery, header_lookup header, void *context,
	struct fault *fault);
