// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/credentials.h"

#include <string.h>

#include "common/ids.h"

static bool check_admins(const struct secret_list *admins, struct fault *fault)
{
	bool good = admins->count > 0;

	for (size_t i = 0; i < admins->count; i++)
		good = good && strlen(admins->values[i]) >= CREDENTIAL_MIN;
	return good ||
		fault_set(fault, FAULT_FATAL,
			"TOCSIN_ADMIN_TOKEN must have at least %d characters; make one "
			"with: openssl rand -hex 32",
			CREDENTIAL_MIN);
}

/* NULL when the line is no good. */
static const char *token_of(const char *line)
{
	size_t len = strcspn(line, ":");
	char name[NAME_MAX_LEN + 1];

	if (line[len] != ':' || len > NAME_MAX_LEN)
		return NULL;
	memcpy(name, line, len);
	name[len] = '\0';
	return id_is_name(name) && strlen(line + len + 1) >= CREDENTIAL_MIN
		? line + len + 1
		: NULL;
}

static bool has(const struct secret_list *list, size_t count, const char *token,
	const char *(*read)(const char *line))
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(read ? read(list->values[i]) : list->values[i], token) == 0)
			return true;
	return false;
}

bool credentials_check(const struct secret_list *admins,
	const struct secret_list *services, struct fault *fault)
{
	if (!check_admins(admins, fault))
		return false;
	for (size_t i = 0; i < services->count; i++) {
		const char *token = token_of(services->values[i]);

		if (!token)
			return fault_set(fault, FAULT_FATAL,
				"TOCSIN_SERVICE_TOKENS, line %zu: must be "
				"<name>:<token>, the token at least %d characters",
				i + 1, CREDENTIAL_MIN);
		if (has(admins, admins->count, token, NULL) ||
			has(services, i, token, token_of))
			return fault_set(fault, FAULT_FATAL,
				"TOCSIN_SERVICE_TOKENS, line %zu: the token is "
				"another caller's too",
				i + 1);
	}
	return true;
}
