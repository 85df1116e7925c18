// SPDX-License-Identifier: Apache-2.0
// The form of a token, "<id>.<secret>", and proving that one knows its secret. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/hmac.h"

enum {
	TOKEN_ID_LEN = 32,     /* lower-case hex */
	TOKEN_SECRET_LEN = 43, /* base64url of 32 bytes */
	TOKEN_SIZE = TOKEN_ID_LEN + 1 + TOKEN_SECRET_LEN + 1,
	TOKEN_SALT_SIZE = 16,
	TOKEN_SALT_HEX_SIZE = 2 * TOKEN_SALT_SIZE + 1,
};

struct token {
	char id[TOKEN_ID_LEN + 1];
	char secret[TOKEN_SECRET_LEN + 1];
};

/* False for what cannot be a token. */
bool token_parse(struct token *out, const char *text);

bool token_id_is_valid(const char *id);

/* `out` has TOKEN_ID_LEN + 1. */
void token_make_id(char *out);

/* `out` has TOKEN_SECRET_LEN + 1. */
void token_make_secret(char *out);

/* Lower-case hex; `out` has HMAC_HEX_SIZE. */
void token_hash(char *out, const char *salt_hex, const char *secret);

/* In constant time. */
bool token_proves(const char *secret, const char *salt_hex, const char *hash_hex);

/* Whether both are the same, without telling by time where or in length they differ. */
bool token_same_text(const char *a, const char *b);
