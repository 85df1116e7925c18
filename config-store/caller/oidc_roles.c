// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/oidc_roles.h"

#include <string.h>

#include "common/ids.h"
#include "config-store/caller/scopes.h"

enum { ROLES_MAX = 1000, GROUP_MAX = 512 };

struct role {
	char *group;
	enum caller_kind kind;
	char org[NAME_MAX_LEN + 1];
	unsigned rights;
};

struct oidc_roles {
	size_t count;
	struct role roles[];
};

void oidc_roles_free(struct oidc_roles *roles)
{
	if (!roles)
		return;
	for (size_t i = 0; i < roles->count; i++)
		free(roles->roles[i].group);
	free(roles);
}

static bool bad(const char *group, const char *words, struct fault *fault)
{
	return fault_set(fault, FAULT_FATAL,
		"TOCSIN_OIDC_ROLE_MAPPING, group '%.80s': %s", group, words);
}

static bool read_scopes(struct role *role, const json_t *scopes, struct fault *fault)
{
	const json_t *one;
	size_t i;

	role->rights = scopes ? RIGHT_KNOWN : scopes_default(role->kind);
	if (scopes && (!json_is_array(scopes) || role->kind == CALLER_SUPER_ADMIN))
		return bad(
			role->group, "scopes must be an array, of an org_admin", fault);
	json_array_foreach(scopes, i, one)
	{
		const char *name = json_string_value(one);
		unsigned right;

		if (!name || strchr(name, ' ') || !scopes_parse(&right, name) ||
			right == RIGHT_KNOWN)
			return bad(role->group, "there is no such scope", fault);
		role->rights |= right;
	}
	return true;
}

static bool read_role(struct role *role, const json_t *said, struct fault *fault)
{
	const char *kind = json_string_or(said, "/role", "");
	const char *org = json_string_or(said, "/org_id", "");
	const char *key;
	json_t *value;

	if (!json_is_object(said))
		return bad(role->group, "must be an object", fault);
	json_object_foreach((json_t *)(uintptr_t)said, key, value)
	{
		if (strcmp(key, "role") != 0 && strcmp(key, "org_id") != 0 &&
			strcmp(key, "scopes") != 0)
			return bad(role->group, "has an unknown key", fault);
	}
	if (strcmp(kind, "super_admin") == 0 && !json_object_get(said, "org_id"))
		role->kind = CALLER_SUPER_ADMIN;
	else if (strcmp(kind, "org_admin") == 0 && id_is_name(org))
		role->kind = CALLER_ORG_ADMIN;
	else
		return bad(role->group,
			"must be {\"role\": \"super_admin\"} or {\"role\": "
			"\"org_admin\", \"org_id\": \"<id>\"}",
			fault);
	(void)snprintf(role->org, sizeof(role->org), "%s", org);
	return read_scopes(role, json_object_get(said, "scopes"), fault);
}

bool oidc_roles_parse(struct oidc_roles **out, const char *text, struct fault *fault)
{
	struct oidc_roles *roles AUTO(oidc_roles_free) = NULL;
	json_t *mapping AUTO(json_decref) = NULL;
	const char *group;
	json_t *said;

	if (!json_parse(&mapping, text, strlen(text), fault) ||
		!json_is_object(mapping) || json_object_size(mapping) == 0 ||
		json_object_size(mapping) > ROLES_MAX)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_OIDC_ROLE_MAPPING must be a JSON object of 1 to %d "
			"groups",
			ROLES_MAX);
	roles = calloc(1,
		sizeof(*roles) + json_object_size(mapping) * sizeof(roles->roles[0]));
	if (!roles)
		return fault_set(fault, FAULT_FATAL, "no memory for groups");
	json_object_foreach(mapping, group, said)
	{
		struct role *role = &roles->roles[roles->count++];

		role->group = strdup(group);
		if (!role->group || strlen(group) > GROUP_MAX || !*group)
			return bad(group, "must have 1 to 512 bytes", fault);
		if (!read_role(role, said, fault))
			return false;
	}
	*out = TAKE(roles);
	return true;
}

void oidc_roles_apply(
	struct verdict *out, const struct oidc_roles *roles, const json_t *groups)
{
	struct caller *caller = &out->caller;
	unsigned kinds = 0;

	for (size_t i = 0; i < roles->count; i++) {
		const struct role *role = &roles->roles[i];

		if (!jws_has(groups, role->group))
			continue;
		if (role->kind == CALLER_ORG_ADMIN && kinds & CALLER_ORG_ADMIN &&
			strcmp(caller->org, role->org) != 0)
			out->forbidden = true;
		if (role->kind == CALLER_ORG_ADMIN) {
			memcpy(caller->org, role->org, sizeof(caller->org));
			caller->rights |= role->rights;
		}
		kinds |= role->kind;
	}
	if (kinds & CALLER_SUPER_ADMIN) {
		caller->kind = CALLER_SUPER_ADMIN;
		caller->org[0] = '\0';
		caller->rights = RIGHT_ALL;
		out->forbidden = false;
	} else if (kinds == 0) {
		*out = (struct verdict){.why = "none of its groups is an admin's here",
			.forbidden = true};
	} else if (out->forbidden) {
		*out = (struct verdict){
			.why = "its groups are of several organisations, and one call "
			       "acts for one",
			.forbidden = true};
	} else {
		caller->kind = CALLER_ORG_ADMIN;
	}
}
