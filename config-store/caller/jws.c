// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/jws.h"

#include <string.h>

#include "common/hmac.h"

/* 1970 to the year 9999. */
static const double LATEST_S = 253402300799.0;

void jws_done(struct jws *jws)
{
	json_decref(jws->header);
	json_decref(jws->payload);
	*jws = (struct jws){0};
}

size_t jws_encode(char *out, const void *bytes, size_t len)
{
	size_t coded = base64_encode(out, bytes, len);

	while (coded > 0 && out[coded - 1] == '=')
		out[--coded] = '\0';
	for (size_t i = 0; i < coded; i++) {
		if (out[i] == '+')
			out[i] = '-';
		if (out[i] == '/')
			out[i] = '_';
	}
	return coded;
}

bool jws_decode(void *out, size_t *out_len, const char *text, size_t len)
{
	char plain[JWS_MAX + 4];
	size_t i;

	if (len > JWS_MAX)
		return false;
	for (i = 0; i < len; i++) {
		char c = text[i];

		if (c == '+' || c == '/' || c == '=')
			return false;
		if (c == '-')
			c = '+';
		if (c == '_')
			c = '/';
		plain[i] = c;
	}
	for (; i % 4 != 0; i++)
		plain[i] = '=';
	return base64_decode(out, out_len, plain, i);
}

static bool parse_object(
	json_t **out, const char *text, size_t len, struct fault *fault)
{
	unsigned char plain[JWS_MAX + 4];
	json_t *json AUTO(json_decref) = NULL;
	size_t plain_len;

	if (!jws_decode(plain, &plain_len, text, len))
		return fault_set(fault, FAULT_REJECT, "a part is no base64url");
	if (!json_parse(&json, plain, plain_len, fault))
		return false;
	if (!json_is_object(json))
		return fault_set(fault, FAULT_REJECT, "a part is no JSON object");
	*out = TAKE(json);
	return true;
}

static bool read_header(struct jws *jws, struct fault *fault)
{
	const json_t *kid = json_object_get(jws->header, "kid");

	jws->alg = json_string_value(json_object_get(jws->header, "alg"));
	jws->kid = json_string_value(kid);
	if (!jws->alg)
		return fault_set(fault, FAULT_REJECT, "it names no algorithm");
	if (kid && (!jws->kid || strlen(jws->kid) > JWS_KEY_ID_MAX))
		return fault_set(fault, FAULT_REJECT, "its key id is no good");
	/* RFC 7515, 4.1.11: what must be understood, and is not. */
	if (json_object_get(jws->header, "crit"))
		return fault_set(fault, FAULT_REJECT, "it has critical extensions");
	return true;
}

bool jws_parse(struct jws *out, const char *text, struct fault *fault)
{
	struct jws jws AUTO(jws_done) = {0};
	size_t len = strnlen(text, JWS_MAX + 1), head, body;
	unsigned char signature[JWS_MAX];

	head = strcspn(text, ".");
	body = head < len ? strcspn(text + head + 1, ".") : 0;
	if (len > JWS_MAX || head + 1 + body >= len)
		return fault_set(fault, FAULT_REJECT, "it has not three parts");
	jws.text = text;
	jws.text_len = head + 1 + body;
	if (!parse_object(&jws.header, text, head, fault) ||
		!parse_object(&jws.payload, text + head + 1, body, fault) ||
		!read_header(&jws, fault))
		return false;
	if (!jws_decode(signature, &jws.signature_len, text + jws.text_len + 1,
		    len - jws.text_len - 1) ||
		jws.signature_len > sizeof(jws.signature))
		return fault_set(fault, FAULT_REJECT, "its signature is no base64url");
	memcpy(jws.signature, signature, jws.signature_len);
	*out = jws;
	jws = (struct jws){0};
	return true;
}

bool jws_time(int64_t *out_s, const struct jws *jws, const char *claim)
{
	const json_t *value = json_object_get(jws->payload, claim);
	double seconds = json_number_value(value);

	if (!json_is_number(value) || !(seconds >= 0 && seconds <= LATEST_S))
		return false;
	*out_s = (int64_t)seconds;
	return true;
}

const char *jws_string(const struct jws *jws, const char *claim)
{
	const char *value = json_string_value(json_object_get(jws->payload, claim));

	return value && *value ? value : NULL;
}

bool jws_has(const json_t *claim, const char *value)
{
	const json_t *one;
	size_t i;

	if (json_is_string(claim))
		return strcmp(json_string_value(claim), value) == 0;
	json_array_foreach(claim, i, one) if (json_is_string(one) &&
		strcmp(json_string_value(one), value) == 0) return true;
	return false;
}
