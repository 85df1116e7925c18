// SPDX-License-Identifier: Apache-2.0
// Secrets of a configuration: kept sealed (AES-256-GCM), shown as {"$secret": true,
// "fingerprint": "…"}; secret_value.h has the forms. A ciphertext is bound to its
// organisation, node and path: moved anywhere else it does not open.
//
// A fingerprint tells two secrets apart and says nothing of either: it is keyed, and
// bound to organisation and node. It is made once, when a secret is sealed, and stays
// with it when the secret is sealed anew under another key.
#pragma once

#include "common/json.h"
#include "config-store/secrets/key_ring.h"

struct secrets;

/*
 * Keys are 32 bytes in base64. The first one seals, all of them open, so that a key can
 * be exchanged. FATAL for anything else; no keys at all are fine until a secret comes.
 */
NODISCARD bool secrets_open(
	struct secrets **out, const struct secret_list *keys, struct fault *fault);
void secrets_close(struct secrets *secrets);
DEFINE_AUTO(struct secrets, secrets_close)

/* See key_rings_follow() and key_rings_reload(). */
void secrets_follow(
	const struct secrets *secrets, const char *path, key_ring_reader read);
NODISCARD bool secrets_reload(const struct secrets *secrets, struct fault *fault);

/* The id of the key that seals now; "" when there is none. */
void secrets_newest(const struct secrets *secrets, char out[CIPHER_KEY_ID_SIZE]);

struct secrets_place {
	const char *org, *node;
};

/*
 * Seals every secret of `document` in place. A placeholder keeps what `previous`, the
 * sealed document before, has there, unless its fingerprint is another's; a string that
 * is the same keeps it, too. What a placeholder keeps is sealed anew when another key
 * than the newest sealed it. What cannot be sealed, or kept because no key opens it, is
 * appended to `problems`, which never say the secret. False only when memory runs out.
 */
NODISCARD bool secrets_seal(const struct secrets *secrets,
	const struct secrets_place *place, json_t *document, const json_t *previous,
	json_t *problems, struct fault *fault);

/* Puts a placeholder where `document` has a secret, sealed or not. */
NODISCARD bool secrets_redact(json_t *document, struct fault *fault);

/* Puts the secrets themselves back. RETRY when their key is not among the keys. */
NODISCARD bool secrets_reveal(const struct secrets *secrets,
	const struct secrets_place *place, json_t *document, struct fault *fault);

struct secrets_count {
	long renewed;  /* sealed anew */
	long unopened; /* their key is not among the keys: left as they are */
};

/*
 * Seals anew what another key than the newest sealed, and what is kept in clear because
 * it was not known to be a secret when it was written. Adds to `count`.
 */
NODISCARD bool secrets_renew(const struct secrets *secrets,
	const struct secrets_place *place, json_t *document,
	struct secrets_count *count, struct fault *fault);
