// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/scopes.h"

#include <string.h>

#include "common/json.h"
#include "common/text.h"

static const char all[] = "admin:*";

static const struct {
	const char *name;
	unsigned right;
} scopes[] = {
	{"config:read", RIGHT_CONFIG_READ},
	{"config:write", RIGHT_CONFIG_WRITE},
	{"runs:read", RIGHT_RUNS_READ},
	{"runs:write", RIGHT_RUNS_WRITE},
	{"audit:read", RIGHT_AUDIT_READ},
	{"audit:export", RIGHT_AUDIT_EXPORT},
	{"feedback:write", RIGHT_FEEDBACK_WRITE},
	{"tokens:read", RIGHT_TOKENS_READ},
	{"tokens:write", RIGHT_TOKENS_WRITE},
};

const char *scopes_kind(enum caller_kind kind)
{
	switch (kind) {
	case CALLER_SUPER_ADMIN:
		return "super_admin";
	case CALLER_ORG_ADMIN:
		return "org_admin";
	case CALLER_TEAM:
		return "team";
	case CALLER_SERVICE:
		return "service";
	default:
		return "";
	}
}

unsigned scopes_default(enum caller_kind kind)
{
	if (kind == CALLER_TEAM)
		return RIGHT_KNOWN | RIGHT_CONFIG_READ | RIGHT_CONFIG_WRITE |
			RIGHT_RUNS_READ | RIGHT_RUNS_WRITE | RIGHT_FEEDBACK_WRITE;
	return kind == CALLER_NONE ? 0 : RIGHT_ALL;
}

/* No team makes tokens: it would outlive its own. */
unsigned scopes_most(enum caller_kind kind)
{
	if (kind == CALLER_TEAM)
		return RIGHT_ALL & ~(unsigned)(RIGHT_TOKENS_READ | RIGHT_TOKENS_WRITE);
	return scopes_default(kind);
}

static unsigned find(const char *name, size_t len)
{
	if (strlen(all) == len && memcmp(all, name, len) == 0)
		return RIGHT_ALL;
	for (size_t i = 0; i < countof(scopes); i++)
		if (strlen(scopes[i].name) == len &&
			memcmp(scopes[i].name, name, len) == 0)
			return scopes[i].right;
	return 0;
}

bool scopes_parse(unsigned *rights, const char *names)
{
	unsigned found = RIGHT_KNOWN;

	for (names += strspn(names, " "); *names; names += strspn(names, " ")) {
		size_t len = strcspn(names, " ");
		unsigned right = find(names, len);

		if (!right)
			return false;
		found |= right;
		names += len;
	}
	*rights = found;
	return true;
}

const char *scopes_text(char *out, unsigned rights)
{
	size_t len = 0;

	out[0] = '\0';
	if (rights == RIGHT_ALL) {
		(void)snprintf(out, SCOPES_SIZE, "%s", all);
		return out;
	}
	for (size_t i = 0; i < countof(scopes); i++)
		if (rights & scopes[i].right)
			len += (size_t)snprintf(out + len, SCOPES_SIZE - len, "%s%s",
				len ? " " : "", scopes[i].name);
	return out;
}

json_t *scopes_json(unsigned rights)
{
	json_t *list AUTO(json_decref) = json_array();

	if (rights == RIGHT_ALL)
		return json_pack("[s]", all);
	for (size_t i = 0; i < countof(scopes); i++)
		if (rights & scopes[i].right &&
			json_array_append_new(list, json_string(scopes[i].name)) < 0)
			return NULL;
	return TAKE(list);
}

const char *scopes_name(unsigned right)
{
	for (size_t i = 0; i < countof(scopes); i++)
		if (scopes[i].right == right)
			return scopes[i].name;
	return NULL;
}
