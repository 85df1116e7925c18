// SPDX-License-Identifier: Apache-2.0
#include "ingress/signature.h"

#include <stdlib.h>
#include <string.h>

#include "common/hmac.h"

enum { KEY_MAX = 256, TIMESTAMP_DIGITS_MAX = 12, PARTS_MAX = 7 };

static const char standard_prefix[] = "whsec_";

struct key {
	unsigned char bytes[KEY_MAX];
	size_t len;
};

static bool key_make(struct key *key, enum signature_key kind, const char *secret)
{
	size_t len = strlen(secret);

	if (kind == SIGNATURE_KEY_STANDARD) {
		if (strncmp(secret, standard_prefix, sizeof(standard_prefix) - 1) ==
			0) {
			secret += sizeof(standard_prefix) - 1;
			len -= sizeof(standard_prefix) - 1;
		}
		return len > 0 && len <= KEY_MAX &&
			base64_decode(key->bytes, &key->len, secret, len) &&
			key->len > 0;
	}
	if (len == 0 || len > KEY_MAX)
		return false;
	memcpy(key->bytes, secret, len);
	key->len = len;
	return true;
}

bool signature_secret_usable(const struct signature_rule *rule, const char *secret)
{
	struct key key;

	return key_make(&key, rule->key, secret);
}

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
	const struct signed_request *request, long now_s, struct fault *fault)
{
	long timestamp;

	if (!request->timestamp)
		return fault_set(fault, FAULT_REJECT, "missing_timestamp");
	if (!timestamp_parse(&timestamp, request->timestamp))
		return fault_set(fault, FAULT_REJECT, "malformed_timestamp");
	if (labs(now_s - timestamp) > rule->tolerance_s)
		return fault_set(fault, FAULT_REJECT, "stale_timestamp");
	return true;
}

static bool present(const struct signature_rule *rule,
	const struct signed_request *request, long now_s, struct fault *fault)
{
	if (!request->signature || !*request->signature)
		return fault_set(fault, FAULT_REJECT, "missing_signature");
	if (request->signature_count > 1)
		return fault_set(fault, FAULT_REJECT, "several_signatures");
	if (rule->id_header && (!request->id || !*request->id))
		return fault_set(fault, FAULT_REJECT, "missing_id");
	return !rule->timestamp_header || timestamp_check(rule, request, now_s, fault);
}

static struct hmac_part text_part(const char *text)
{
	return (struct hmac_part){text, strlen(text)};
}

static void digest(unsigned char *out, const struct signature_rule *rule,
	const struct key *key, const struct signed_request *request)
{
	struct hmac_part parts[PARTS_MAX];
	size_t count = 0;

	parts[count++] = text_part(rule->before);
	if (rule->id_header) {
		parts[count++] = text_part(request->id);
		parts[count++] = text_part(".");
	}
	if (rule->timestamp_header)
		parts[count++] = text_part(request->timestamp);
	parts[count++] = text_part(rule->between);
	parts[count++] = (struct hmac_part){request->body, request->body_len};
	hmac_sha256(out, key->bytes, key->len, parts, count);
}

/* The digest as the sender prints it; comparing text refuses upper-case hex as they do.
 */
static void expected(char *out, const struct signature_rule *rule,
	const struct key *key, const struct signed_request *request)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char mac[HMAC_SIZE];

	digest(mac, rule, key, request);
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
 * none is of ours the header is malformed rather than wrong.
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

bool signature_check(const struct signature_rule *rule,
	const struct secret_list *secrets, const struct signed_request *request,
	long now_s, size_t *key_index, struct fault *fault)
{
	char wanted[HMAC_HEX_SIZE];
	bool well_formed = false;

	if (!present(rule, request, now_s, fault))
		return false;
	for (size_t i = 0; i < secrets->count; i++) {
		struct key key;

		if (!key_make(&key, rule->key, secrets->values[i]))
			return fault_set(fault, FAULT_REJECT, "unusable_secret");
		expected(wanted, rule, &key, request);
		if (match(rule, request->signature, wanted, &well_formed)) {
			*key_index = i;
			return true;
		}
	}
	return fault_set(fault, FAULT_REJECT,
		well_formed ? "bad_signature" : "malformed_signature");
}
