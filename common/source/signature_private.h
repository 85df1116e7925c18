// SPDX-License-Identifier: Apache-2.0
// What signature.c, signature_key.c and signature_make.c share; nobody else includes
// it.
#pragma once

#include "common/hmac.h"
#include "common/source/signature.h"

enum {
	SIGNATURE_KEY_MAX = 256,
	SIGNATURE_ED25519_SIZE = 64,
	SIGNATURE_ED25519_KEY = 32
};

enum signature_algorithm {
	SIGNATURE_HMAC_SHA256,
	SIGNATURE_ED25519_PUBLIC,
	SIGNATURE_ED25519_SECRET, /* "whsk_": only signature_make() takes it */
};

struct signature_key_bytes {
	enum signature_algorithm algorithm;
	size_t len;
	unsigned char bytes[SIGNATURE_KEY_MAX];
};

/* False when the secret cannot be a key. */
NODISCARD bool signature_key_read(
	struct signature_key_bytes *key, enum signature_key kind, const char *secret);

/*
 * The signed text as pieces that point into rule->signs and the request; the number of
 * them. The template was checked: see signature_template_usable().
 */
size_t signature_pieces(struct hmac_part *pieces, const struct signature_rule *rule,
	const struct signed_request *request);

/* The digest as the sender prints it; `out` has HMAC_HEX_SIZE. */
void signature_print(char *out, const struct signature_rule *rule,
	const struct signature_key_bytes *key, const struct signed_request *request);

/*
 * *matched: one of the list's "v1a," signatures is of this public key. RETRY when memory
 * ran out.
 */
NODISCARD bool signature_ed25519_match(bool *matched, bool *well_formed,
	const struct signature_rule *rule, const struct signature_key_bytes *key,
	const struct signed_request *request, struct fault *fault);

/* The same message as one buffer for free(); NULL when memory ran out. */
unsigned char *signature_message(size_t *len, const struct signature_rule *rule,
	const struct signed_request *request);
