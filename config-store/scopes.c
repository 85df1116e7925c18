// SPDX-License-Identifier: Apache-2.0
#include "config-store/scopes.h"

const char *scopes_kind(enum caller_kind kind)
{
	switch (kind) {
	case CALLER_SUPER_ADMIN:
		return "super_admin";
	case CALLER_ORG_ADMIN:
		return "org_admin";
	case CALLER_TEAM:
		return "team";
	default:
		return "";
	}
}

const char *const *scopes_of(enum caller_kind kind)
{
	static const char *const none[] = {NULL};
	static const char *const admin[] = {"admin:*", NULL};
	static const char *const team[] = {"team:read", NULL};

	if (kind & CALLER_ADMIN)
		return admin;
	return kind == CALLER_TEAM ? team : none;
}
