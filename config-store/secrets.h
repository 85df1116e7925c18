// SPDX-License-Identifier: Apache-2.0
// Secret fields of a configuration: kept as {"$encrypted": "…"} (AES-256-GCM), shown as
// {"$secret": true}. A ciphertext is bound to its organisation, node and path: moved
// anywhere else it does not open.
#pragma once

#include "common/json.h"
#include "common/settings.h"

struct secrets;

/*
 * Keys are 32 bytes in base64. The first one seals, all of them open, so that a key can
 * be exchanged. FATAL for anything else; no keys at all are fine until a secret comes.
 */
NODISCARD bool secrets_open(
	struct secrets **out, const struct secret_list *keys, struct fault *fault);
void secrets_close(struct secrets *secrets);
DEFINE_AUTO(struct secrets, secrets_close)

struct secrets_place {
	const char *org, *node;
};

/*
 * Seals every secret of `document` in place. {"$secret": true} keeps what `previous`,
 * the sealed document before, has there; so does a string that is the same. What
 * cannot be sealed is appended to `problems`. False only when memory runs out.
 */
NODISCARD bool secrets_seal(const struct secrets *secrets,
	const struct secrets_place *place, json_t *document, const json_t *previous,
	json_t *problems, struct fault *fault);

/* Puts {"$secret": true} where `document` has a secret, sealed or not. */
NODISCARD bool secrets_redact(json_t *document, struct fault *fault);

/* Puts the secrets themselves back. RETRY when their key is not among the keys. */
NODISCARD bool secrets_reveal(const struct secrets *secrets,
	const struct secrets_place *place, json_t *document, struct fault *fault);

/* True for {"$secret": true} and nothing else. */
bool secrets_is_placeholder(const json_t *value);
