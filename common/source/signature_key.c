// SPDX-License-Identifier: Apache-2.0
// Secrets as keys, and the signed text they are used on.
#include <stdlib.h>
#include <string.h>

#include "common/source/signature_private.h"

static const char hmac_prefix[] = "whsec_", public_prefix[] = "whpk_",
		  secret_prefix[] = "whsk_";

/* Moves *text behind `prefix` and returns true when it begins with it. */
static bool skip(const char **text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(*text, prefix, len) != 0)
		return false;
	*text += len;
	return true;
}

static bool is_length(const struct signature_key_bytes *key)
{
	switch (key->algorithm) {
	case SIGNATURE_HMAC_SHA256:
		return key->len > 0;
	case SIGNATURE_ED25519_PUBLIC:
		return key->len == SIGNATURE_ED25519_KEY;
	case SIGNATURE_ED25519_SECRET: /* the seed, often with the public key behind it */
		return key->len == SIGNATURE_ED25519_KEY ||
			key->len == (size_t)2 * SIGNATURE_ED25519_KEY;
	}
	return false;
}

static bool read_standard(struct signature_key_bytes *key, const char *secret)
{
	size_t len;

	key->algorithm = SIGNATURE_HMAC_SHA256;
	if (skip(&secret, public_prefix))
		key->algorithm = SIGNATURE_ED25519_PUBLIC;
	else if (skip(&secret, secret_prefix))
		key->algorithm = SIGNATURE_ED25519_SECRET;
	else
		(void)skip(&secret, hmac_prefix);
	len = strlen(secret);
	return len > 0 && len <= SIGNATURE_KEY_MAX &&
		base64_decode(key->bytes, &key->len, secret, len) && is_length(key);
}

bool signature_key_read(
	struct signature_key_bytes *key, enum signature_key kind, const char *secret)
{
	size_t len = strlen(secret);

	if (kind == SIGNATURE_KEY_STANDARD)
		return read_standard(key, secret);
	if (len == 0 || len > SIGNATURE_KEY_MAX)
		return false;
	key->algorithm = SIGNATURE_HMAC_SHA256;
	memcpy(key->bytes, secret, len);
	key->len = len;
	return true;
}

bool signature_secret_usable(const struct signature_rule *rule, const char *secret)
{
	struct signature_key_bytes key;

	return signature_key_read(&key, rule->key, secret) &&
		key.algorithm != SIGNATURE_ED25519_SECRET &&
		(rule->proof != SIGNATURE_BASIC || strchr(secret, ':'));
}

static struct hmac_part text_of(const struct signed_header *header)
{
	return (struct hmac_part){
		header->value, header->value ? strlen(header->value) : 0};
}

/* The placeholder at `text`, its length in *len; false when there is none. */
static bool placeholder(struct hmac_part *out, size_t *len, const char *text,
	const struct signed_request *request)
{
	const struct {
		const char *name;
		struct hmac_part part;
	} names[] = {
		{"{id}", text_of(&request->id)},
		{"{timestamp}", text_of(&request->timestamp)},
		{"{body}", {request->body, request->body_len}},
	};

	for (size_t i = 0; i < countof(names); i++) {
		*len = strlen(names[i].name);
		if (strncmp(text, names[i].name, *len) == 0) {
			*out = names[i].part;
			return true;
		}
	}
	return false;
}

bool signature_template_usable(const char *signs)
{
	static const struct signed_request nothing = {0};
	size_t pieces = 0, len;
	struct hmac_part part;

	for (const char *p = signs; *p; p += len, pieces++) {
		if (placeholder(&part, &len, p, &nothing))
			continue;
		len = strcspn(p, "{}");
		if (len == 0)
			return false;
	}
	return pieces <= SIGNATURE_PIECES_MAX && strstr(signs, "{body}");
}

size_t signature_pieces(struct hmac_part *pieces, const struct signature_rule *rule,
	const struct signed_request *request)
{
	size_t count = 0, len;

	for (const char *p = rule->signs; *p && count < SIGNATURE_PIECES_MAX;
		p += len, count++) {
		if (placeholder(&pieces[count], &len, p, request))
			continue;
		len = strcspn(p, "{");
		pieces[count] = (struct hmac_part){p, len};
		if (len == 0)
			break;
	}
	return count;
}

unsigned char *signature_message(size_t *len, const struct signature_rule *rule,
	const struct signed_request *request)
{
	struct hmac_part pieces[SIGNATURE_PIECES_MAX];
	size_t count = signature_pieces(pieces, rule, request), total = 0, at = 0;
	unsigned char *message;

	for (size_t i = 0; i < count; i++)
		total += pieces[i].len;
	message = malloc(total + 1);
	for (size_t i = 0; message && i < count; at += pieces[i++].len)
		if (pieces[i].len > 0)
			memcpy(message + at, pieces[i].data, pieces[i].len);
	*len = total;
	return message;
}
