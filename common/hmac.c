// SPDX-License-Identifier: Apache-2.0
#include "common/hmac.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "common/auto.h"

DEFINE_AUTO(EVP_MD_CTX, EVP_MD_CTX_free)

enum { PADDING = 64, BLOCK_SIZE = 64, INNER_PAD = 0x36, OUTER_PAD = 0x5C };

static EVP_MD *method;
static pthread_once_t method_fetched = PTHREAD_ONCE_INIT;

/* OpenSSL 3 looks an algorithm up each time it is named by EVP_sha256(): too slow. */
static void fetch_method(void)
{
	method = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!method)
		abort();
}

/* OpenSSL fails in these only for want of memory. */
static EVP_MD_CTX *digest_new(void)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();

	(void)pthread_once(&method_fetched, fetch_method);
	if (!digest)
		abort();
	return digest;
}

static void digest_start(EVP_MD_CTX *digest, const unsigned char *block, size_t len)
{
	if (EVP_DigestInit_ex2(digest, method, NULL) != 1 ||
		EVP_DigestUpdate(digest, block, len) != 1)
		abort();
}

static void digest_end(EVP_MD_CTX *digest, unsigned char out[HMAC_SIZE])
{
	if (EVP_DigestFinal_ex(digest, out, NULL) != 1)
		abort();
}

static void digest_add(EVP_MD_CTX *digest, const struct hmac_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (EVP_DigestUpdate(digest, parts[i].data, parts[i].len) != 1)
			abort();
}

void sha256_parts(
	unsigned char out[HMAC_SIZE], const struct hmac_part *parts, size_t count)
{
	EVP_MD_CTX *digest AUTO(EVP_MD_CTX_free) = digest_new();

	digest_start(digest, NULL, 0);
	digest_add(digest, parts, count);
	digest_end(digest, out);
}

void sha256(unsigned char out[HMAC_SIZE], const void *data, size_t len)
{
	sha256_parts(out, &(struct hmac_part){data, len}, 1);
}

static void pad_key(
	unsigned char block[BLOCK_SIZE], const unsigned char *key, unsigned char pad)
{
	for (size_t i = 0; i < BLOCK_SIZE; i++)
		block[i] = key[i] ^ pad;
}

/* RFC 2104, on one digest context: half the time of OpenSSL's own. */
void hmac_sha256(unsigned char out[HMAC_SIZE], const void *key, size_t key_len,
	const struct hmac_part *parts, size_t count)
{
	EVP_MD_CTX *digest AUTO(EVP_MD_CTX_free) = digest_new();
	unsigned char whole_key[BLOCK_SIZE] = {0}, block[BLOCK_SIZE];

	if (key_len > BLOCK_SIZE)
		sha256(whole_key, key, key_len);
	else if (key_len > 0)
		memcpy(whole_key, key, key_len);

	pad_key(block, whole_key, INNER_PAD);
	digest_start(digest, block, sizeof(block));
	digest_add(digest, parts, count);
	digest_end(digest, out);

	pad_key(block, whole_key, OUTER_PAD);
	digest_start(digest, block, sizeof(block));
	if (EVP_DigestUpdate(digest, out, HMAC_SIZE) != 1)
		abort();
	digest_end(digest, out);
	OPENSSL_cleanse(whole_key, sizeof(whole_key));
	OPENSSL_cleanse(block, sizeof(block));
}

size_t base64_encode(char *out, const void *bytes, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
	const unsigned char *p = bytes;
	char *to = out;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t group = (uint32_t)p[i] << 16;

		if (left > 1)
			group |= (uint32_t)p[i + 1] << 8;
		if (left > 2)
			group |= p[i + 2];
		*to++ = digits[group >> 18];
		*to++ = digits[group >> 12 & 63];
		*to++ = digits[left > 1 ? group >> 6 & 63 : PADDING];
		*to++ = digits[left > 2 ? group & 63 : PADDING];
	}
	*to = '\0';
	return (size_t)(to - out);
}

/* -1 for what is no digit. */
static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* One group of `digits` (2 to 4) digits. Bits that no byte uses must be zero. */
static bool decode_group(unsigned char **out, const char *text, size_t digits)
{
	uint32_t group = 0;
	size_t bytes = digits - 1;

	for (size_t i = 0; i < 4; i++) {
		int value = i < digits ? digit_value(text[i]) : 0;

		if (value < 0)
			return false;
		group = group << 6 | (uint32_t)value;
	}
	if (bytes < 3 && (group & (0xFFFFFFU >> 8 * bytes)) != 0)
		return false;
	for (size_t i = 0; i < bytes; i++)
		*(*out)++ = (unsigned char)(group >> (16 - 8 * i));
	return true;
}

bool base64_decode(void *out, size_t *out_len, const char *text, size_t len)
{
	unsigned char *to = out;

	if (len % 4 != 0)
		return false;
	for (size_t i = 0; i < len; i += 4) {
		size_t digits = 4;

		if (i + 4 == len && text[i + 3] == '=')
			digits = text[i + 2] == '=' ? 2 : 3;
		if (!decode_group(&to, text + i, digits))
			return false;
	}
	*out_len = (size_t)(to - (unsigned char *)out);
	return true;
}

bool equal_constant_time(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || CRYPTO_memcmp(a, b, a_len) == 0);
}
