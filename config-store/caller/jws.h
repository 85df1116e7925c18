// SPDX-License-Identifier: Apache-2.0
// A signed JSON Web Token in its compact form (RFC 7515, 7519), taken apart. Nothing in
// it is to be believed before its signature has been checked.
#pragma once

#include "common/json.h"

enum {
	JWS_MAX = 8192,
	JWS_SIGNATURE_MAX = 1024, /* RSA with 8192 bits */
	JWS_KEY_ID_MAX = 128,
};

/* Zero-initialise; finish with jws_done(). */
struct jws {
	json_t *header, *payload; /* objects */
	const char *alg;          /* borrowed from header, as is kid */
	const char *kid;          /* NULL: it names none */
	const char *text;         /* borrowed: what is signed is its first text_len */
	size_t text_len;
	unsigned char signature[JWS_SIGNATURE_MAX];
	size_t signature_len;
};

void jws_done(struct jws *jws);
DEFINE_AUTO_DONE(struct jws, jws_done)

/*
 * REJECT for whatever is not three parts of base64url, each in the one spelling it has,
 * with objects in the first two, an algorithm, and no critical extensions. `text` must
 * live as long as *out.
 */
NODISCARD bool jws_parse(struct jws *out, const char *text, struct fault *fault);

/* base64url without padding. Returns the length; `out` has 4 * ((len + 2) / 3) + 1. */
size_t jws_encode(char *out, const void *bytes, size_t len);

/* The other way, strictly; `out` has room for 3 * len / 4 + 3. */
bool jws_decode(void *out, size_t *out_len, const char *text, size_t len);

/* A number of seconds since 1970, whole or not; false when there is no good one. */
bool jws_time(int64_t *out_s, const struct jws *jws, const char *claim);

/* The claim as a string, NULL when it is absent, empty, or none. */
const char *jws_string(const struct jws *jws, const char *claim);

/* Whether a claim is `value`, or an array that has it. */
bool jws_has(const json_t *claim, const char *value);
