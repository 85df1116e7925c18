// SPDX-License-Identifier: Apache-2.0
#include "ingress/slack.h"

#include <string.h>

#include "ingress/json_find.h"

bool slack_challenge(char *challenge, const struct body *body)
{
	static const char wanted[] = "\"url_verification\"";
	struct json_span span;

	/* Most events are no handshake: look before walking. */
	return body->json &&
		memmem(body->json, body->json_len, wanted, sizeof(wanted) - 1) &&
		json_find(&span, body->json, body->json_len, "/type") &&
		span.len == sizeof(wanted) - 1 &&
		memcmp(span.start, wanted, span.len) == 0 &&
		json_find(&span, body->json, body->json_len, "/challenge") &&
		json_span_string(challenge, SLACK_CHALLENGE_SIZE, &span, false) >= 0;
}

bool slack_is_ssl_check(const char *content_type, const void *bytes, size_t len)
{
	static const char sign[] = "ssl_check=1";
	struct form form AUTO(form_done) = {0};
	struct fault fault = {0};
	const char *value;

	if (!form_is_type(content_type) || !memmem(bytes, len, sign, sizeof(sign) - 1))
		return false;
	/* No fault: what is no form is no handshake, and goes the way of all others. */
	if (!form_parse(&form, bytes, len, &fault))
		return false;
	value = form_value(&form, "ssl_check");
	return value && strcmp(value, "1") == 0;
}
