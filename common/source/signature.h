// SPDX-License-Identifier: Apache-2.0
// Webhook signatures: proof that a request comes from someone who knows the shared
// secret, and that nobody changed its body on the way. Facts and sources:
// docs/webhooks.md.
//
// Pure functions: nothing here logs or reads the clock, and only ed25519 allocates.
#pragma once

#include <stddef.h>

#include "common/settings.h"

/* What the signature's header proves. */
enum signature_proof {
	SIGNATURE_MAC,    /* an HMAC-SHA256 (or ed25519) over the signed text */
	SIGNATURE_SECRET, /* the secret itself: says nothing about the body */
	SIGNATURE_BASIC,  /* the same as "user:password" in base64 (RFC 7617) */
};

enum signature_encoding { SIGNATURE_HEX, SIGNATURE_HEX_UPPER, SIGNATURE_BASE64 };

/* How the configured secret becomes the key. */
enum signature_key {
	SIGNATURE_KEY_TEXT, /* its bytes as they are */
	/*
	 * Standard Webhooks: what base64 says after "whsec_", for v1; after "whpk_" it
	 * is an ed25519 public key, for v1a.
	 */
	SIGNATURE_KEY_STANDARD,
};

/* The headers of one signature; `id` and `timestamp` NULL where there is none. */
struct signature_names {
	const char *signature, *id, *timestamp;
};

/* What a sender promises to have signed; source.c says which sender uses which. */
struct signature_rule {
	enum signature_proof proof;
	struct signature_names names;
	struct signature_names other; /* looked for when names.signature is not there */
	const char *prefix;           /* of each signature: "sha256=", "v0=", "v1," */
	const char *separators; /* between several signatures; "": there is one only */
	enum signature_encoding encoding;
	enum signature_key key;
	const char
		*timestamp_item; /* Stripe's "t=": the timestamp is in the list; NULL */
	long tolerance_s;        /* of the timestamp, where there is one */
	const char *signs;       /* "{id}.{timestamp}.{body}": the signed text */
};

/* A header as received: its first value, borrowed, and how often it is there. */
struct signed_header {
	const char *value; /* NULL: not there */
	size_t count;
};

struct signed_request {
	struct signed_header signature, id, timestamp;
	const void *body;
	size_t body_len;
};

enum { SIGNATURE_LIST_MAX = 16, SIGNATURE_PIECES_MAX = 16, SIGNATURE_TEXT_MAX = 1024 };

/*
 * Accepts or refuses `request` at `now_s` (unix seconds). Digests and secrets are
 * compared in constant time. *key is then the index of the secret that was used.
 * Failures are a REJECT whose text names the reason in snake_case and no secret and no
 * digest: missing_signature, several_signatures, malformed_signature,
 * missing_timestamp, malformed_timestamp, stale_timestamp, missing_id, several_ids,
 * several_timestamps, bad_signature, unusable_secret; or a RETRY when memory ran out.
 */
NODISCARD bool signature_check(const struct signature_rule *rule,
	const struct secret_list *secrets, const struct signed_request *request,
	long now_s, size_t *key, struct fault *fault);

/* False when a secret cannot be a key by this rule; checked at start. */
NODISCARD bool signature_secret_usable(
	const struct signature_rule *rule, const char *secret);

/* False when a template of `signs` has an unknown {name}, too many, or no {body}. */
NODISCARD bool signature_template_usable(const char *signs);

/*
 * What a sender would put into names.signature, into `out`, which has
 * SIGNATURE_TEXT_MAX. `request` has id, timestamp and body. REJECT when the secret
 * cannot sign: a public key, or none at all.
 */
NODISCARD bool signature_make(char *out, const struct signature_rule *rule,
	const char *secret, const struct signed_request *request, struct fault *fault);
