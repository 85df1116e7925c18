// SPDX-License-Identifier: Apache-2.0
// Webhook signatures: proof that a request comes from someone who knows the shared
// secret, and that nobody changed its body on the way. Facts and sources:
// docs/webhooks.md.
//
// Pure functions: nothing here allocates, logs, or reads the clock.
#pragma once

#include <stddef.h>

#include "common/settings.h"

enum signature_encoding { SIGNATURE_HEX, SIGNATURE_BASE64 };

/* How the configured secret becomes the key. */
enum signature_key {
	SIGNATURE_KEY_TEXT,     /* its bytes as they are */
	SIGNATURE_KEY_STANDARD, /* what base64 says after "whsec_" (Standard Webhooks)
				 */
};

/* What a sender promises to have signed; source.c says which sender uses which. */
struct signature_rule {
	const char *header;     /* where the signature stands */
	const char *prefix;     /* of each signature: "sha256=", "v0=", "v1," */
	const char *separators; /* between several signatures; "": there is one only */
	enum signature_encoding encoding;
	enum signature_key key;
	const char *id_header;        /* part of the signed string; NULL: none */
	const char *timestamp_header; /* the same; checked to be within tolerance_s */
	long tolerance_s;
	const char
		*before; /* the signed string: before [id "."] timestamp between body */
	const char *between;
};

/* As received; all borrowed, NULL for a header that is not there. */
struct signed_request {
	const char *signature, *id, *timestamp;
	size_t signature_count; /* how often the signature's header is there */
	const void *body;
	size_t body_len;
};

enum { SIGNATURE_LIST_MAX = 16 };

/*
 * Accepts or refuses `request` at `now_s` (unix seconds). Digests are compared in
 * constant time. *key is then the index of the secret that was used. Every failure is a
 * REJECT whose text names the reason in snake_case and no secret and no digest:
 * missing_signature, several_signatures, malformed_signature, missing_timestamp,
 * malformed_timestamp, stale_timestamp, missing_id, bad_signature, unusable_secret.
 */
NODISCARD bool signature_check(const struct signature_rule *rule,
	const struct secret_list *secrets, const struct signed_request *request,
	long now_s, size_t *key, struct fault *fault);

/* False when a secret cannot be a key by this rule; checked at start. */
NODISCARD bool signature_secret_usable(
	const struct signature_rule *rule, const char *secret);
