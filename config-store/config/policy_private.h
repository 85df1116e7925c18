// SPDX-License-Identifier: Apache-2.0
// The rules of a policy, as policy.c applies and policy_validate.c reads them.
#pragma once

#include <stdbool.h>

enum policy_rule {
	POLICY_LOCKED,
	POLICY_REQUIRED,
	POLICY_MAX,
	POLICY_ALLOWED,
	POLICY_RULES, /* how many */
};

struct policy_kind {
	const char *name;
	bool has_parameter; /* an object of pointers; otherwise an array of them */
};

extern const struct policy_kind policy_rules[POLICY_RULES];
