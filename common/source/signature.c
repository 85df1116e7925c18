// SPDX-License-Identifier: Apache-2.0
#include "common/source/signature.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/source/signature_private.h"

enum { TIMESTAMP_DIGITS_MAX = 12 };

/* Digits only: strtol alone would take signs and spaces, which are not what was signed.
 */
static bool timestamp_parse(long *out, const char *text)
{
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len > TIMESTAMP_DIGITS_MAX || text[len] != '\0')
		return false;
	*out = strtol(text, NULL, 10);
	return true;
}

static bool timestamp_check(const struct signature_rule *rule,
	const struct signed_header *header, long now_s, struct fault *fault)
{
	long timestamp;

	if (!header->value)
		return fault_set(fault, FAULT_REJECT, "missing_timestamp");
	if (header->count > 1)
		return fault_set(fault, FAULT_REJECT, "several_timestamps");
	if (!timestamp_parse(&timestamp, header->value))
		return fault_set(fault, FAULT_REJECT, "malformed_timestamp");
	if (labs(now_s - timestamp) > rule->tolerance_s)
		return fault_set(fault, FAULT_REJECT, "stale_timestamp");
	return true;
}

static bool has_timestamp(const struct signature_rule *rule)
{
	return rule->names.timestamp || rule->timestamp_item;
}

static bool present(const struct signature_rule *rule,
	const struct signed_request *request, long now_s, struct fault *fault)
{
	if (rule->names.id && (!request->id.value || !*request->id.value))
		return fault_set(fault, FAULT_REJECT, "missing_id");
	if (rule->names.id && request->id.count > 1)
		return fault_set(fault, FAULT_REJECT, "several_ids");
	return !has_timestamp(rule) ||
		timestamp_check(rule, &request->timestamp, now_s, fault);
}

void signature_print(char *out, const struct signature_rule *rule,
	const struct signature_key_bytes *key, const struct signed_request *request)
{
	const char *digits = rule->encoding == SIGNATURE_HEX_UPPER ? "0123456789ABCDEF"
								   : "0123456789abcdef";
	struct hmac_part pieces[SIGNATURE_PIECES_MAX];
	unsigned char mac[HMAC_SIZE];

	hmac_sha256(mac, key->bytes, key->len, pieces,
		signature_pieces(pieces, rule, request));
	if (rule->encoding == SIGNATURE_BASE64) {
		(void)base64_encode(out, mac, sizeof(mac));
		return;
	}
	for (size_t i = 0; i < sizeof(mac); i++) {
		out[2 * i] = digits[mac[i] >> 4];
		out[2 * i + 1] = digits[mac[i] & 15];
	}
	out[2 * sizeof(mac)] = '\0';
}

/*
 * Any signature of the list may match. Those of another version are passed over; when
 * none is of ours the header is malformed rather than wrong. Comparing text refuses
 * upper-case hex as the senders' own verifiers do.
 */
static bool match(const struct signature_rule *rule, const char *list,
	const char *wanted, bool *well_formed)
{
	size_t prefix = strlen(rule->prefix), wanted_len = strlen(wanted);
	bool matched = false;

	for (int i = 0; i < SIGNATURE_LIST_MAX && *list; i++) {
		size_t len = strcspn(list, rule->separators);

		if (len > prefix && strncmp(list, rule->prefix, prefix) == 0) {
			*well_formed = true;
			matched |= equal_constant_time(
				list + prefix, len - prefix, wanted, wanted_len);
		}
		list += len;
		list += strspn(list, rule->separators);
	}
	return matched;
}

static void match_mac(bool *matched, bool *well_formed,
	const struct signature_rule *rule, const struct signature_key_bytes *key,
	const struct signed_request *request)
{
	char wanted[HMAC_HEX_SIZE];

	signature_print(wanted, rule, key, request);
	*matched = match(rule, request->signature.value, wanted, well_formed);
}

/* An authentication scheme's name is taken in any case (RFC 9110). */
static bool match_secret(const struct signature_rule *rule,
	const struct signature_key_bytes *key, const char *value, bool *well_formed)
{
	unsigned char decoded[SIGNATURE_KEY_MAX];
	size_t prefix = strlen(rule->prefix), len;

	if (strncasecmp(value, rule->prefix, prefix) != 0 || !value[prefix])
		return false;
	value += prefix;
	len = strlen(value);
	if (rule->proof == SIGNATURE_SECRET) {
		*well_formed = true;
		return equal_constant_time(value, len, key->bytes, key->len);
	}
	if (len / 4 * 3 > sizeof(decoded) || !base64_decode(decoded, &len, value, len))
		return false;
	*well_formed = true;
	return equal_constant_time(decoded, len, key->bytes, key->len);
}

static bool try_secret(bool *matched, bool *well_formed,
	const struct signature_rule *rule, const char *secret,
	const struct signed_request *request, struct fault *fault)
{
	struct signature_key_bytes key;

	if (!signature_key_read(&key, rule->key, secret))
		return fault_set(fault, FAULT_REJECT, "unusable_secret");
	if (rule->proof != SIGNATURE_MAC) {
		*matched =
			match_secret(rule, &key, request->signature.value, well_formed);
		return true;
	}
	if (key.algorithm != SIGNATURE_HMAC_SHA256)
		return signature_ed25519_match(
			matched, well_formed, rule, &key, request, fault);
	match_mac(matched, well_formed, rule, &key, request);
	return true;
}

/* Stripe's way: the first item of the list that has the timestamp's prefix. */
static void take_timestamp(struct signed_request *request, char *out, size_t size,
	const struct signature_rule *rule)
{
	size_t prefix = strlen(rule->timestamp_item);
	const char *list = request->signature.value;

	for (int i = 0; i < SIGNATURE_LIST_MAX && *list; i++) {
		size_t len = strcspn(list, rule->separators);

		if (len >= prefix && len - prefix < size &&
			strncmp(list, rule->timestamp_item, prefix) == 0) {
			memcpy(out, list + prefix, len - prefix);
			out[len - prefix] = '\0';
			request->timestamp = (struct signed_header){out, 1};
			return;
		}
		list += len;
		list += strspn(list, rule->separators);
	}
}

bool signature_check(const struct signature_rule *rule,
	const struct secret_list *secrets, const struct signed_request *received,
	long now_s, size_t *key_index, struct fault *fault)
{
	struct signed_request request = *received;
	char timestamp[32];
	bool well_formed = false;

	if (!request.signature.value || !*request.signature.value)
		return fault_set(fault, FAULT_REJECT, "missing_signature");
	if (request.signature.count > 1)
		return fault_set(fault, FAULT_REJECT, "several_signatures");
	if (rule->timestamp_item)
		take_timestamp(&request, timestamp, sizeof(timestamp), rule);
	if (!present(rule, &request, now_s, fault))
		return false;
	for (size_t i = 0; i < secrets->count; i++) {
		bool matched = false;

		if (!try_secret(&matched, &well_formed, rule, secrets->values[i],
			    &request, fault))
			return false;
		if (matched) {
			*key_index = i;
			return true;
		}
	}
	return fault_set(fault, FAULT_REJECT,
		well_formed ? "bad_signature" : "malformed_signature");
}
