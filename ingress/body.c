// SPDX-License-Identifier: Apache-2.0
#include "ingress/body.h"

#include <string.h>
#include <strings.h>

#include "ingress/json_check.h"

void body_done(struct body *body)
{
	form_done(&body->form);
}

/* application/json and its kind: application/cloudevents+json. */
static bool is_json_type(const char *type)
{
	static const char json[] = "application/json", suffix[] = "+json";
	size_t len = strcspn(type, "; \t");

	if (len == sizeof(json) - 1 && strncasecmp(type, json, len) == 0)
		return true;
	return len > sizeof(suffix) && strncasecmp(type, "application/", 12) == 0 &&
		strncasecmp(type + len - (sizeof(suffix) - 1), suffix,
			sizeof(suffix) - 1) == 0;
}

static bool refuse(struct body_refusal *refusal, int status, const char *code)
{
	*refusal = (struct body_refusal){status, code};
	return false;
}

static bool read_json(struct body *body, struct body_refusal *refusal, const char *json,
	size_t len, struct fault *fault)
{
	if (!json_check(json, len)) {
		(void)fault_set(fault, FAULT_REJECT, "the body is not JSON in UTF-8");
		return refuse(refusal, 400, "invalid_json");
	}
	body->json = json;
	body->json_len = len;
	return true;
}

static bool read_form(struct body *body, struct body_refusal *refusal,
	const struct source *source, const struct hmac_part *bytes, struct fault *fault)
{
	const char *payload;

	if (!form_parse(&body->form, bytes->data, bytes->len, fault))
		return refuse(refusal, 400, "invalid_form");
	body->has_form = true;
	payload = form_value(&body->form, "payload");
	if (payload && source->takes & SOURCE_PAYLOAD)
		return read_json(body, refusal, payload, strlen(payload), fault);
	if (source->takes & SOURCE_FIELDS && body->form.count > 0)
		return true;
	(void)fault_set(fault, FAULT_REJECT, "the form has no field %s",
		source->takes & SOURCE_PAYLOAD ? "payload" : "at all");
	return refuse(refusal, 400, "invalid_form");
}

bool body_read(struct body *body, struct body_refusal *refusal,
	const struct source *source, const char *content_type,
	const struct hmac_part *bytes, struct fault *fault)
{
	const unsigned forms = SOURCE_PAYLOAD | SOURCE_FIELDS;

	if (source->takes & SOURCE_ANY)
		return true;
	if (source->takes & forms && form_is_type(content_type))
		return read_form(body, refusal, source, bytes, fault);
	if (source->takes & SOURCE_JSON && is_json_type(content_type))
		return read_json(body, refusal, bytes->data, bytes->len, fault);
	(void)fault_set(fault, FAULT_REJECT,
		"content type '%.80s' is not taken here; send %s", content_type,
		source->takes & SOURCE_JSON ? "application/json"
					    : "application/x-www-form-urlencoded");
	return refuse(refusal, 415, "unsupported_media_type");
}
