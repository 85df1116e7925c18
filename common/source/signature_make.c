// SPDX-License-Identifier: Apache-2.0
// The senders' side, and ed25519 of both sides: libcrypto wants the message in one piece.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/source/signature_private.h"

DEFINE_AUTO(EVP_PKEY, EVP_PKEY_free)
DEFINE_AUTO(EVP_MD_CTX, EVP_MD_CTX_free)

static const char ed25519_prefix[] = "v1a,";

/* One signature of the list; false when it is not well-formed or not of this key. */
static bool verifies(EVP_PKEY *key, const char *text, size_t len,
	const unsigned char *message, size_t message_len)
{
	EVP_MD_CTX *context AUTO(EVP_MD_CTX_free) = EVP_MD_CTX_new();
	unsigned char signature[SIGNATURE_ED25519_SIZE + 2];
	size_t size;

	return context && len == (size_t)(SIGNATURE_ED25519_SIZE + 2) / 3 * 4 &&
		base64_decode(signature, &size, text, len) &&
		size == SIGNATURE_ED25519_SIZE &&
		EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
		EVP_DigestVerify(context, signature, size, message, message_len) == 1;
}

bool signature_ed25519_match(bool *matched, bool *well_formed,
	const struct signature_rule *rule, const struct signature_key_bytes *bytes,
	const struct signed_request *request, struct fault *fault)
{
	const size_t prefix = sizeof(ed25519_prefix) - 1;
	EVP_PKEY *key AUTO(EVP_PKEY_free) = EVP_PKEY_new_raw_public_key(
		EVP_PKEY_ED25519, NULL, bytes->bytes, bytes->len);
	unsigned char *message AUTO(free) = NULL;
	const char *list = request->signature.value;
	size_t message_len;

	message = signature_message(&message_len, rule, request);
	if (!key || !message)
		return fault_set(fault, FAULT_RETRY, "no memory for ed25519");
	for (int i = 0; i < SIGNATURE_LIST_MAX && *list; i++) {
		size_t len = strcspn(list, rule->separators);

		if (len > prefix && strncmp(list, ed25519_prefix, prefix) == 0) {
			*well_formed = true;
			*matched |= verifies(
				key, list + prefix, len - prefix, message, message_len);
		}
		list += len;
		list += strspn(list, rule->separators);
	}
	return true;
}

static bool make_ed25519(char *out, const struct signature_rule *rule,
	const struct signature_key_bytes *bytes, const struct signed_request *request,
	struct fault *fault)
{
	EVP_PKEY *key AUTO(EVP_PKEY_free) = EVP_PKEY_new_raw_private_key(
		EVP_PKEY_ED25519, NULL, bytes->bytes, SIGNATURE_ED25519_KEY);
	EVP_MD_CTX *context AUTO(EVP_MD_CTX_free) = EVP_MD_CTX_new();
	unsigned char signature[SIGNATURE_ED25519_SIZE];
	unsigned char *message AUTO(free) = NULL;
	size_t len, size = sizeof(signature);

	message = signature_message(&len, rule, request);
	if (!key || !context || !message ||
		EVP_DigestSignInit(context, NULL, NULL, NULL, key) != 1 ||
		EVP_DigestSign(context, signature, &size, message, len) != 1)
		return fault_set(fault, FAULT_RETRY, "ed25519 does not sign");
	memcpy(out, ed25519_prefix, sizeof(ed25519_prefix) - 1);
	(void)base64_encode(out + sizeof(ed25519_prefix) - 1, signature, size);
	return true;
}

static void make_plain(char *out, const struct signature_rule *rule, const char *secret)
{
	char encoded[2 * SIGNATURE_KEY_MAX];

	if (rule->proof == SIGNATURE_BASIC)
		(void)base64_encode(encoded, secret, strlen(secret));
	(void)snprintf(out, SIGNATURE_TEXT_MAX, "%s%s", rule->prefix,
		rule->proof == SIGNATURE_BASIC ? encoded : secret);
}

bool signature_make(char *out, const struct signature_rule *rule, const char *secret,
	const struct signed_request *request, struct fault *fault)
{
	struct signature_key_bytes key;
	char mac[HMAC_HEX_SIZE];
	const char *item = rule->timestamp_item;

	if (!signature_key_read(&key, rule->key, secret))
		return fault_set(fault, FAULT_REJECT, "the secret cannot be a key");
	if (rule->proof != SIGNATURE_MAC) {
		make_plain(out, rule, secret);
		return true;
	}
	if (key.algorithm == SIGNATURE_ED25519_PUBLIC)
		return fault_set(fault, FAULT_REJECT,
			"a public key (whpk_) cannot sign; the sender's is whsk_");
	if (key.algorithm == SIGNATURE_ED25519_SECRET)
		return make_ed25519(out, rule, &key, request, fault);
	signature_print(mac, rule, &key, request);
	(void)snprintf(out, SIGNATURE_TEXT_MAX, "%s%s%.1s%s%s", item ? item : "",
		item ? request->timestamp.value : "", item ? rule->separators : "",
		rule->prefix, mac);
	return true;
}
