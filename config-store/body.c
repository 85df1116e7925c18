// SPDX-License-Identifier: Apache-2.0
#include "config-store/body.h"

#include <string.h>

/* NOLINTNEXTLINE(readability-function-size): as call_string(), and a limit */
bool body_short(const struct call *call, const char **out, const json_t *body,
	const char *key, size_t max, const char *otherwise, struct fault *fault)
{
	const char *value;

	if (!call_string(call, &value, body, key, otherwise, fault))
		return false;
	if (value && strlen(value) > max)
		return refuse(call->thread, fault, 400, "invalid_body",
			"'%s' is over %zu bytes", key, max);
	*out = value;
	return true;
}

bool body_needed(const struct call *call, const char **out, const json_t *body,
	const char *key, size_t max, struct fault *fault)
{
	if (!body_short(call, out, body, key, max, NULL, fault))
		return false;
	return (*out && **out) ||
		refuse(call->thread, fault, 400, "invalid_body", "'%s' is missing",
			key);
}

bool body_count(const struct call *call, char out[24], const json_t *body,
	const char *key, int64_t max, struct fault *fault)
{
	const json_t *value = json_object_get(body, key);
	json_int_t number = json_integer_value(value);

	out[0] = '\0';
	if (!value || json_is_null(value))
		return true;
	if (!json_is_integer(value) || number < 0 || number > max)
		return refuse(call->thread, fault, 400, "invalid_body",
			"'%s' must be a whole number from 0 to %lld", key,
			(long long)max);
	(void)snprintf(out, 24, "%lld", (long long)number);
	return true;
}

bool body_name(const struct call *call, const char **out, const json_t *body,
	const char *key, struct fault *fault)
{
	if (!call_needed(call, out, body, key, fault))
		return false;
	return id_is_name(*out) ||
		refuse(call->thread, fault, 400, "invalid_id", "'%s' is no id", key);
}

bool body_run(const struct call *call, const char *id, struct fault *fault)
{
	return id_is_uuid(id) ||
		refuse(call->thread, fault, 400, "invalid_id",
			"'%.60s' is no id of a run: it must be a UUID in lower case",
			id);
}

const char *body_or_null(const char *text)
{
	return *text ? text : NULL;
}

void body_answer(const struct call *call, int status, const char *json)
{
	http_answer(call->request,
		&(struct http_answer){
			.status = status, .body = json, .len = strlen(json)});
}
