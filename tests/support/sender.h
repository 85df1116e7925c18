// SPDX-License-Identifier: Apache-2.0
// Any sender: a delivery described by templates, signed with libcrypto, whole or with one
// thing wrong. $TS is the timestamp, $MAC the signature, $BODY the body.
#pragma once

#include "tests/support/client.h"

struct sender {
	const char *what;
	const char *path; /* "/webhooks/github" */
	const char *type; /* Content-Type */
	/* "Name: value\r\n…"; the signature's line is the one with $MAC. */
	const char *headers;
	const char *signs; /* "v0:$TS:$BODY"; NULL: $MAC is the secret itself */
	const char *secret;
	bool base64; /* the MAC; and the key is what base64 says after whsec_ */
	const char *body;
	const char *subject; /* where the event is stored */
	const char *id;      /* its delivery id; NULL: not looked at */
};

/* What may be wrong with it. */
enum sender_flaw {
	FLAW_NONE,
	FLAW_ALTERED_BODY,
	FLAW_WRONG_SECRET,
	FLAW_MISSING,
	FLAW_EMPTY,
	FLAW_DOUBLED,
	FLAW_TRUNCATED,
	FLAW_LONGER,
	FLAW_WRONG_PREFIX,
	FLAW_UPPER_CASE,
	FLAW_OFTEN, /* the signature forty times wrong, and then right, in one line */
	SENDER_FLAWS,
};

extern const char *const sender_flaw_names[SENDER_FLAWS];

/* False when this sender cannot have the flaw: a token has no case and no body. */
bool sender_can(const struct sender *sender, enum sender_flaw flaw);

/* Writes the request; `timestamp` NULL: now. Always signed over `timestamp`. */
void sender_write(struct exchange *exchange, const struct sender *sender,
	enum sender_flaw flaw, const char *timestamp);

/* The header lines of a good one, for requests written by hand. */
void sender_headers(struct text *out, const struct sender *sender);
