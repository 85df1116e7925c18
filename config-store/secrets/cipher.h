// SPDX-License-Identifier: Apache-2.0
// One string, sealed with AES-256-GCM: "v1.<key id>.<base64 of nonce, tag, text>".
#pragma once

#include <stddef.h>

#include "common/fault.h"

enum { CIPHER_KEY_SIZE = 32, CIPHER_KEY_ID_SIZE = 9 };

struct cipher_key {
	unsigned char bytes[CIPHER_KEY_SIZE];
	char id[CIPHER_KEY_ID_SIZE]; /* of its SHA-256: says which key, not what */
};

/* From base64 of 32 bytes; false for anything else. */
NODISCARD bool cipher_key_parse(struct cipher_key *out, const char *base64);

/* For free(); NULL when memory runs out. `bound` must be the same to open it. */
NODISCARD char *cipher_seal(const struct cipher_key *key, const char *text,
	const char *bound, size_t bound_len);

/* For free(); NULL when `sealed` is not what this key sealed for `bound`. */
NODISCARD char *cipher_open(const struct cipher_key *key, const char *sealed,
	const char *bound, size_t bound_len);

/* Whether `sealed` names this key. */
bool cipher_is_of(const struct cipher_key *key, const char *sealed);
