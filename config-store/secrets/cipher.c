// SPDX-License-Identifier: Apache-2.0
#include "config-store/secrets/cipher.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/hmac.h"
#include "common/ids.h"

DEFINE_AUTO(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)

enum {
	NONCE_SIZE = 12,
	TAG_SIZE = 16,
	HEAD_SIZE = NONCE_SIZE + TAG_SIZE,
	TEXT_LIMIT = 1 << 20,
	PREFIX_SIZE = sizeof("v1.") - 1 + CIPHER_KEY_ID_SIZE,
};

bool cipher_key_parse(struct cipher_key *out, const char *base64)
{
	/* base64_decode() wants room for whole groups. */
	unsigned char bytes[CIPHER_KEY_SIZE + 4], digest[HMAC_SIZE];
	size_t len = 0;

	if (strlen(base64) != (size_t)4 * ((CIPHER_KEY_SIZE + 2) / 3) ||
		!base64_decode(bytes, &len, base64, strlen(base64)) ||
		len != CIPHER_KEY_SIZE)
		return false;
	memcpy(out->bytes, bytes, CIPHER_KEY_SIZE);
	sha256(digest, bytes, CIPHER_KEY_SIZE);
	id_hex(out->id, digest, (CIPHER_KEY_ID_SIZE - 1) / 2);
	return true;
}

/* `buffer` has nonce and room for the tag, then `len` bytes that are sealed in place.
 */
static bool seal(const struct cipher_key *key, unsigned char *buffer, size_t len,
	const char *bound, size_t bound_len)
{
	EVP_CIPHER_CTX *context AUTO(EVP_CIPHER_CTX_free) = EVP_CIPHER_CTX_new();
	unsigned char *text = buffer + HEAD_SIZE;
	int done;

	return context &&
		EVP_EncryptInit_ex(
			context, EVP_aes_256_gcm(), NULL, key->bytes, buffer) == 1 &&
		EVP_EncryptUpdate(context, NULL, &done, (const unsigned char *)bound,
			(int)bound_len) == 1 &&
		EVP_EncryptUpdate(context, text, &done, text, (int)len) == 1 &&
		EVP_EncryptFinal_ex(context, text + done, &done) == 1 &&
		EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_SIZE,
			buffer + NONCE_SIZE) == 1;
}

static bool unseal(const struct cipher_key *key, unsigned char *buffer, size_t len,
	const char *bound, size_t bound_len)
{
	EVP_CIPHER_CTX *context AUTO(EVP_CIPHER_CTX_free) = EVP_CIPHER_CTX_new();
	unsigned char *text = buffer + HEAD_SIZE;
	int done;

	return context &&
		EVP_DecryptInit_ex(
			context, EVP_aes_256_gcm(), NULL, key->bytes, buffer) == 1 &&
		EVP_DecryptUpdate(context, NULL, &done, (const unsigned char *)bound,
			(int)bound_len) == 1 &&
		EVP_DecryptUpdate(context, text, &done, text, (int)len) == 1 &&
		EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_SIZE,
			buffer + NONCE_SIZE) == 1 &&
		EVP_DecryptFinal_ex(context, text + done, &done) == 1;
}

char *cipher_seal(const struct cipher_key *key, const char *text, const char *bound,
	size_t bound_len)
{
	size_t len = strlen(text);
	unsigned char *buffer AUTO(free) = NULL;
	char *sealed AUTO(free) = NULL;

	if (len > TEXT_LIMIT)
		return NULL;
	buffer = malloc(HEAD_SIZE + len + 1);
	sealed = malloc(PREFIX_SIZE + 4 * ((HEAD_SIZE + len + 2) / 3) + 1);
	if (!buffer || !sealed)
		return NULL;
	id_random(buffer, NONCE_SIZE);
	memcpy(buffer + HEAD_SIZE, text, len + 1);
	if (!seal(key, buffer, len, bound, bound_len))
		return NULL;
	(void)sprintf(sealed, "v1.%s.", key->id);
	(void)base64_encode(sealed + PREFIX_SIZE, buffer, HEAD_SIZE + len);
	return TAKE(sealed);
}

bool cipher_is_of(const struct cipher_key *key, const char *sealed)
{
	return strncmp(sealed, "v1.", 3) == 0 &&
		strncmp(sealed + 3, key->id, CIPHER_KEY_ID_SIZE - 1) == 0 &&
		sealed[PREFIX_SIZE - 1] == '.';
}

char *cipher_open(const struct cipher_key *key, const char *sealed, const char *bound,
	size_t bound_len)
{
	unsigned char *buffer AUTO(free) = NULL;
	size_t encoded, len = 0;

	if (!cipher_is_of(key, sealed))
		return NULL;
	sealed += PREFIX_SIZE;
	encoded = strlen(sealed);
	buffer = malloc(encoded + 4);
	if (!buffer || !base64_decode(buffer, &len, sealed, encoded) || len < HEAD_SIZE)
		return NULL;
	len -= HEAD_SIZE;
	if (!unseal(key, buffer, len, bound, bound_len))
		return NULL;
	memmove(buffer, buffer + HEAD_SIZE, len);
	buffer[len] = '\0';
	return (char *)TAKE(buffer);
}
