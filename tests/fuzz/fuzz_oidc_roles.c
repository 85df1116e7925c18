// SPDX-License-Identifier: Apache-2.0
// An operator's mapping of groups: what is accepted makes nobody of no groups, and each
// caller either the super admin or one organisation's.
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/ids.h"
#include "config-store/caller/oidc_roles.h"
#include "config-store/caller/scopes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_group(const struct oidc_roles *roles, const char *group)
{
	json_t *groups AUTO(json_decref) = json_pack("[s]", group);
	struct verdict verdict = {.why = ""};

	oidc_roles_apply(&verdict, roles, groups);
	assert(!verdict.forbidden);
	if (verdict.caller.kind == CALLER_SUPER_ADMIN)
		assert(!*verdict.caller.org && verdict.caller.rights == RIGHT_ALL);
	else
		assert(verdict.caller.kind == CALLER_ORG_ADMIN &&
			id_is_name(verdict.caller.org) &&
			verdict.caller.rights & RIGHT_KNOWN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text AUTO(free) = strndup((const char *)data, len);
	struct oidc_roles *roles AUTO(oidc_roles_free) = NULL;
	json_t *mapping AUTO(json_decref) = NULL;
	struct verdict verdict = {.why = ""};
	struct fault fault = {0};
	const char *group;
	json_t *said;

	assert(text);
	if (!oidc_roles_parse(&roles, text, &fault)) {
		assert(fault.kind == FAULT_FATAL && fault.text[0] && !roles);
		return 0;
	}
	oidc_roles_apply(&verdict, roles, NULL);
	assert(verdict.forbidden && verdict.caller.kind == CALLER_NONE);
	assert(json_parse(&mapping, text, strlen(text), &fault));
	json_object_foreach(mapping, group, said) check_group(roles, group);
	return 0;
}
