// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/standard_webhook.h"

#include <string.h>

#include "common/hmac.h"

enum { KEY_MIN = 24, KEY_MAX = 64 };

bool webhook_sign(char *out, const char *secret, const char *id, const char *timestamp,
	const char *body, struct fault *fault)
{
	static const char prefix[] = "whsec_";
	size_t skip = strncmp(secret, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0;
	const char *encoded = secret + skip;
	const struct hmac_part parts[] = {{id, strlen(id)}, {".", 1},
		{timestamp, strlen(timestamp)}, {".", 1}, {body, strlen(body)}};
	unsigned char key[WEBHOOK_KEY_MAX], digest[HMAC_SIZE];
	size_t key_len = 0;

	if (skip == 0 || strlen(encoded) > WEBHOOK_KEY_MAX ||
		!base64_decode(key, &key_len, encoded, strlen(encoded)) ||
		key_len < KEY_MIN || key_len > KEY_MAX)
		return fault_set(fault, FAULT_REJECT,
			"the webhook signing secret must be whsec_ and the base64 of "
			"24 to 64 bytes");
	hmac_sha256(digest, key, key_len, parts, countof(parts));
	(void)base64_encode(stpcpy(out, "v1,"), digest, sizeof(digest));
	return true;
}
