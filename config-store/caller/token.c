// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/token.h"

#include <stdio.h>
#include <string.h>

#include "common/ids.h"

enum { SECRET_BYTES = 32 };

static bool is_base64url(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		(c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool token_id_is_valid(const char *id)
{
	return strspn(id, "0123456789abcdef") == TOKEN_ID_LEN &&
		id[TOKEN_ID_LEN] == '\0';
}

bool token_parse(struct token *out, const char *text)
{
	if (strnlen(text, TOKEN_SIZE) != TOKEN_SIZE - 1 || text[TOKEN_ID_LEN] != '.')
		return false;
	memcpy(out->id, text, TOKEN_ID_LEN);
	out->id[TOKEN_ID_LEN] = '\0';
	memcpy(out->secret, text + TOKEN_ID_LEN + 1, TOKEN_SECRET_LEN + 1);
	for (size_t i = 0; i < TOKEN_SECRET_LEN; i++)
		if (!is_base64url(out->secret[i]))
			return false;
	return token_id_is_valid(out->id);
}

void token_make_id(char *out)
{
	unsigned char bytes[TOKEN_ID_LEN / 2];

	id_random(bytes, sizeof(bytes));
	id_hex(out, bytes, sizeof(bytes));
}

/* RFC 4648, section 5. */
static char url_safe(char c)
{
	switch (c) {
	case '+':
		return '-';
	case '/':
		return '_';
	default:
		return c;
	}
}

void token_make_secret(char *out)
{
	unsigned char bytes[SECRET_BYTES];
	char text[4 * ((SECRET_BYTES + 2) / 3) + 1];

	id_random(bytes, sizeof(bytes));
	(void)base64_encode(text, bytes, sizeof(bytes));
	for (size_t i = 0; i < TOKEN_SECRET_LEN; i++)
		out[i] = url_safe(text[i]);
	out[TOKEN_SECRET_LEN] = '\0';
}

void token_hash(char *out, const char *salt_hex, const char *secret)
{
	char both[TOKEN_SALT_HEX_SIZE + TOKEN_SECRET_LEN + 1];
	unsigned char digest[HMAC_SIZE];
	int len = snprintf(both, sizeof(both), "%s.%s", salt_hex, secret);

	sha256(digest, both, (size_t)len < sizeof(both) ? (size_t)len : sizeof(both));
	id_hex(out, digest, sizeof(digest));
}

bool token_proves(const char *secret, const char *salt_hex, const char *hash_hex)
{
	char hash[HMAC_HEX_SIZE];

	token_hash(hash, salt_hex, secret);
	return equal_constant_time(hash, strlen(hash), hash_hex, strlen(hash_hex));
}

bool token_same_text(const char *a, const char *b)
{
	unsigned char left[HMAC_SIZE], right[HMAC_SIZE];

	sha256(left, a, strlen(a));
	sha256(right, b, strlen(b));
	return equal_constant_time(left, sizeof(left), right, sizeof(right));
}
