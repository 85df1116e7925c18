// SPDX-License-Identifier: Apache-2.0
#include "config-store/secrets/secret_value.h"

#include <string.h>

bool secret_is_object(const json_t *value)
{
	return json_object_get(value, SECRET_KEY) ||
		json_object_get(value, SECRET_SEALED_KEY);
}

bool secret_is_placeholder(const json_t *value)
{
	const json_t *print = json_object_get(value, SECRET_PRINT_KEY);

	return json_is_true(json_object_get(value, SECRET_KEY)) &&
		json_object_size(value) == (print ? 2U : 1U) &&
		(!print || json_is_string(print));
}

const char *secret_written(const json_t *value)
{
	return json_object_size(value) == 1
		? json_string_value(json_object_get(value, SECRET_KEY))
		: NULL;
}

const char *secret_sealed(const json_t *value)
{
	return json_string_value(json_object_get(value, SECRET_SEALED_KEY));
}

const char *secret_sealed_print(const json_t *value)
{
	return json_string_value(json_object_get(value, SECRET_SEALED_PRINT_KEY));
}

enum secret_zone secret_zone_below(enum secret_zone zone, const char *key)
{
	switch (zone) {
	case SECRET_ROOT:
		return strcmp(key, "integrations") == 0 ? SECRET_INTEGRATIONS
							: SECRET_ELSEWHERE;
	case SECRET_INTEGRATIONS:
	case SECRET_INTEGRATION:
		return SECRET_INTEGRATION;
	case SECRET_ELSEWHERE:
		break;
	}
	return SECRET_ELSEWHERE;
}

static bool is_one_of(const char *const *names, const char *key)
{
	for (; *names; names++)
		if (strcasecmp(*names, key) == 0)
			return true;
	return false;
}

static bool ends_like_one_of(const char *const *ends, const char *key)
{
	size_t len = strlen(key);

	for (; *ends; ends++) {
		size_t end = strlen(*ends);

		if (len >= end && strcasecmp(key + len - end, *ends) == 0)
			return true;
	}
	return false;
}

bool secret_is_known_field(enum secret_zone zone, const char *key)
{
	static const char *const names[] = {"token", "bot_token", "api_key", "password",
		"secret", "signing_secret", "private_key", "webhook_secret", NULL};

	return zone == SECRET_INTEGRATION && is_one_of(names, key);
}

/*
 * Names that nobody listed: a team's access_token or routing_key must not stand in the
 * clear for want of a row. A bare "key" is one in an integration; elsewhere it is half
 * of many a pair, and headers are what carries secrets.
 */
bool secret_is_name(enum secret_zone zone, const char *key)
{
	static const char *const ends[] = {"token", "secret", "password", "passwd",
		"credential", "credentials", "apikey", "api_key", "api-key",
		"access_key", "secret_key", "private_key", "signing_key", "routing_key",
		NULL};
	static const char *const in_integrations[] = {"key", NULL};
	static const char *const headers[] = {
		"authorization", "proxy-authorization", "cookie", NULL};

	if (zone == SECRET_INTEGRATIONS)
		return false;
	return ends_like_one_of(ends, key) || is_one_of(headers, key) ||
		(zone == SECRET_INTEGRATION && ends_like_one_of(in_integrations, key));
}
