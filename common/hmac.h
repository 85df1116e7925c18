// SPDX-License-Identifier: Apache-2.0
// HMAC-SHA256, base64 and comparison in constant time.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { HMAC_SIZE = 32, HMAC_HEX_SIZE = 65, HMAC_BASE64_SIZE = 45 };

struct hmac_part {
	const void *data;
	size_t len;
};

/* Over the parts as if they were one; no copy is made. */
void hmac_sha256(unsigned char out[HMAC_SIZE], const void *key, size_t key_len,
	const struct hmac_part *parts, size_t count);

/* SHA-256 over the parts as if they were one, and over one buffer. */
void sha256_parts(
	unsigned char out[HMAC_SIZE], const struct hmac_part *parts, size_t count);
void sha256(unsigned char out[HMAC_SIZE], const void *data, size_t len);

/* Standard alphabet with padding. `out` has 4 * ((len + 2) / 3) + 1. Returns its
 * length. */
size_t base64_encode(char *out, const void *bytes, size_t len);

/*
 * Strict: whole groups of four, padding only at the end, nothing else. `out` has room
 * for 3 * len / 4. Returns false for anything else.
 */
bool base64_decode(void *out, size_t *out_len, const char *text, size_t len);

/* Does not tell by its time where they differ. */
bool equal_constant_time(const void *a, size_t a_len, const void *b, size_t b_len);
