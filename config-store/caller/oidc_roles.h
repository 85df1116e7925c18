// SPDX-License-Identifier: Apache-2.0
// Which group of an issuer makes whom: the operator's JSON, and whose caller a list of
// groups is. Pure.
#pragma once

#include "common/json.h"
#include "config-store/caller/jws.h"
#include "config-store/caller/verify.h"

/*
 * {"<group>": {"role": "super_admin"},
 *  "<group>": {"role": "org_admin", "org_id": "acme", "scopes": ["config:read"]}}
 */
struct oidc_roles;

/* FATAL with the group and what is wrong with it. */
NODISCARD bool oidc_roles_parse(
	struct oidc_roles **out, const char *text, struct fault *fault);
void oidc_roles_free(struct oidc_roles *roles);
DEFINE_AUTO(struct oidc_roles, oidc_roles_free)

/*
 * Fills kind, org and rights of out->caller by the groups, a string or an array of them;
 * what is no string counts for nothing. A super admin's group wins; rights of one
 * organisation add up; none, or several organisations, is a verdict that forbids.
 */
void oidc_roles_apply(
	struct verdict *out, const struct oidc_roles *roles, const json_t *groups);
