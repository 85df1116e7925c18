// SPDX-License-Identifier: Apache-2.0
#include "cli/token_body.h"

#include <stdlib.h>
#include <string.h>

json_t *token_body_words(const char *list)
{
	json_t *words AUTO(json_decref) = json_array();

	for (list += strspn(list, ", "); *list; list += strspn(list, ", ")) {
		size_t len = strcspn(list, ", ");

		if (json_array_append_new(words, json_stringn(list, len)) < 0)
			return NULL;
		list += len;
	}
	return TAKE(words);
}

static bool add_text(struct cli *cli, json_t *body, enum option option, const char *key)
{
	const char *value = cli->values[option];

	return !value || json_object_set_new(body, key, json_string(value)) == 0 ||
		cli_usage(cli, "'%s' must be UTF-8", key);
}

static bool add_number(
	struct cli *cli, json_t *body, enum option option, const char *key)
{
	const char *value = cli->values[option];
	char *end = NULL;
	long number = value ? strtol(value, &end, 10) : 0;

	if (!value)
		return true;
	if (end == value || *end || number < 1)
		return cli_usage(cli, "'%s': must be a number from 1", value);
	return json_object_set_new(body, key, json_integer(number)) == 0 ||
		cli_fail(cli, "no memory");
}

bool token_body(struct cli *cli, json_t **out)
{
	json_t *body AUTO(json_decref) = json_object();
	const char *scopes = cli->values[OPTION_SCOPES];

	if (scopes && json_object_set_new(body, "scopes", token_body_words(scopes)) < 0)
		return cli_usage(cli, "--scopes must be UTF-8");
	if (!add_text(cli, body, OPTION_LABEL, "label") ||
		!add_text(cli, body, OPTION_EXPIRES, "expires_at") ||
		!add_number(cli, body, OPTION_DAYS, "days") ||
		!add_number(cli, body, OPTION_TTL, "ttl_seconds"))
		return false;
	*out = TAKE(body);
	return true;
}
