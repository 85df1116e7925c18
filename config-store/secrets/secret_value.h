// SPDX-License-Identifier: Apache-2.0
// What a secret looks like in a configuration. Written: a string in a field that is
// known to be secret, or {"$secret": "…"} anywhere. Shown: {"$secret": true,
// "fingerprint": "…"}, which keeps what is there when it is sent back. Kept:
// {"$encrypted": "…", "$fingerprint": "…"}. Whatever its form, it is one value, as a
// string is: documents are not merged inside of it. Pure.
#pragma once

#include "common/json.h"

#define SECRET_KEY "$secret"
#define SECRET_PRINT_KEY "fingerprint"
#define SECRET_SEALED_KEY "$encrypted"
#define SECRET_SEALED_PRINT_KEY "$fingerprint"

/* True for an object of any of the forms, well-formed or not. */
bool secret_is_object(const json_t *value);

/* True for {"$secret": true}, with or without a fingerprint, and nothing else. */
bool secret_is_placeholder(const json_t *value);

/* The text of {"$secret": "…"}, borrowed; NULL for anything else. */
const char *secret_written(const json_t *value);

/* The ciphertext and the fingerprint of a sealed one, borrowed; NULL when none. */
const char *secret_sealed(const json_t *value);
const char *secret_sealed_print(const json_t *value);

/* Where in a document a member stands: that decides which names are secret. */
enum secret_zone {
	SECRET_ROOT,         /* the document itself */
	SECRET_INTEGRATIONS, /* /integrations: its names are nobody's secrets */
	SECRET_INTEGRATION,  /* below /integrations/<name> */
	SECRET_ELSEWHERE,
};

/* The zone of what stands under `key` of an object in `zone`. */
enum secret_zone secret_zone_below(enum secret_zone zone, const char *key);

/* True when a string under `key` is a secret, nobody having said so. */
bool secret_is_name(enum secret_zone zone, const char *key);

/* True when nothing but a secret can stand there: a number, say, is a mistake. */
bool secret_is_known_field(enum secret_zone zone, const char *key);
