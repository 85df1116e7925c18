// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/oidc_roles.h"

#include <criterion/criterion.h>
#include <string.h>

#include "config-store/caller/scopes.h"

static const char mapping[] =
	"{\"root\":{\"role\":\"super_admin\"},"
	"\"acme-admins\":{\"role\":\"org_admin\",\"org_id\":\"acme\"},"
	"\"acme-auditors\":{\"role\":\"org_admin\",\"org_id\":\"acme\",\"scopes\":"
	"[\"audit:read\"]},"
	"\"acme-readers\":{\"role\":\"org_admin\",\"org_id\":\"acme\",\"scopes\":"
	"[\"config:read\",\"runs:read\"]},"
	"\"rival-admins\":{\"role\":\"org_admin\",\"org_id\":\"rival\"}}";

static struct verdict apply(const char *groups)
{
	struct oidc_roles *roles AUTO(oidc_roles_free) = NULL;
	json_t *said AUTO(json_decref) = json_loads(groups, JSON_DECODE_ANY, NULL);
	struct verdict verdict = {.why = ""};
	struct fault fault = {0};

	cr_assert(oidc_roles_parse(&roles, mapping, &fault), "%s", fault.text);
	oidc_roles_apply(&verdict, roles, said);
	return verdict;
}

Test(oidc_roles, make_of_groups_what_the_operator_said)
{
	static const struct {
		const char *groups, *org;
		enum caller_kind kind;
		unsigned rights;
	} cases[] = {
		{"[\"root\"]", "", CALLER_SUPER_ADMIN, RIGHT_ALL},
		{"\"root\"", "", CALLER_SUPER_ADMIN, RIGHT_ALL},
		{"[\"x\",\"acme-admins\"]", "acme", CALLER_ORG_ADMIN, RIGHT_ALL},
		{"[\"acme-auditors\"]", "acme", CALLER_ORG_ADMIN,
			RIGHT_KNOWN | RIGHT_AUDIT_READ},
		{"[\"acme-auditors\",\"acme-readers\"]", "acme", CALLER_ORG_ADMIN,
			RIGHT_KNOWN | RIGHT_AUDIT_READ | RIGHT_CONFIG_READ |
				RIGHT_RUNS_READ},
		{"[\"acme-admins\",\"rival-admins\",\"root\"]", "", CALLER_SUPER_ADMIN,
			RIGHT_ALL},
		{"[\"acme-admins\",\"rival-admins\"]", "", CALLER_NONE, 0},
		{"[\"rival-admins\",\"acme-auditors\",\"acme-admins\"]", "",
			CALLER_NONE, 0},
		{"[\"ROOT\",\"roo\",\"root \"]", "", CALLER_NONE, 0},
		{"[1,null,{\"root\":true},[\"root\"]]", "", CALLER_NONE, 0},
		{"{\"root\":{}}", "", CALLER_NONE, 0},
		{"[]", "", CALLER_NONE, 0},
		{"null", "", CALLER_NONE, 0},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct verdict verdict = apply(cases[i].groups);

		cr_expect_eq(verdict.caller.kind, cases[i].kind, "%s", cases[i].groups);
		cr_expect_str_eq(
			verdict.caller.org, cases[i].org, "%s", cases[i].groups);
		cr_expect_eq(
			verdict.caller.rights, cases[i].rights, "%s", cases[i].groups);
		cr_expect_eq(verdict.forbidden, cases[i].kind == CALLER_NONE, "%s",
			cases[i].groups);
	}
}

Test(oidc_roles, are_checked_at_the_start)
{
	static const char *const cases[] = {"", "[]", "{}", "null", "{\"a\":1}",
		"{\"a\":{}}", "{\"\":{\"role\":\"super_admin\"}}",
		"{\"a\":{\"role\":\"admin\"}}", "{\"a\":{\"role\":\"org_admin\"}}",
		"{\"a\":{\"role\":\"org_admin\",\"org_id\":\"a b\"}}",
		"{\"a\":{\"role\":\"org_admin\",\"org_id\":\"*\"}}",
		"{\"a\":{\"role\":\"super_admin\",\"org_id\":\"acme\"}}",
		"{\"a\":{\"role\":\"super_admin\",\"scopes\":[\"audit:read\"]}}",
		"{\"a\":{\"role\":\"org_admin\",\"org_id\":\"a\",\"scopes\":\"x\"}}",
		"{\"a\":{\"role\":\"org_admin\",\"org_id\":\"a\",\"scopes\":[\"x\"]}}",
		"{\"a\":{\"role\":\"org_admin\",\"org_id\":\"a\",\"scopes\":[\"\"]}}",
		"{\"a\":{\"role\":\"org_admin\",\"org_id\":\"a\",\"scope\":[]}}"};

	for (size_t i = 0; i < countof(cases); i++) {
		struct oidc_roles *roles = NULL;
		struct fault fault = {0};

		cr_expect_not(
			oidc_roles_parse(&roles, cases[i], &fault), "%s", cases[i]);
		cr_expect_eq(fault.kind, FAULT_FATAL, "%s", cases[i]);
	}
}
