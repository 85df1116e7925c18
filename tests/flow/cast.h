// SPDX-License-Identifier: Apache-2.0
// A config store with everybody who may come to it: each kind of caller, of two
// organisations whose teams have the same names, and those who are nobody.
#pragma once

#include "config-store/routes.h"
#include "tests/support/stack.h"

enum cast_member {
	CAST_NOBODY,
	CAST_GARBAGE,
	CAST_WRONG_SECRET,
	CAST_REVOKED,
	CAST_EXPIRED,
	CAST_UNSIGNED_JWT,
	CAST_EXPIRED_JWT,
	CAST_FORGED_OIDC,
	CAST_STRANGER_OIDC, /* signed well, of no group that is anybody here */

	CAST_TEAM, /* acme/sre */
	CAST_TEAM_NARROW,
	CAST_TEAM_JWT,
	CAST_OTHER_TEAM, /* acme/ops */
	CAST_RIVAL_TEAM, /* rival/sre */
	CAST_RIVAL_JWT,
	CAST_ADMIN, /* acme */
	CAST_ADMIN_NARROW,
	CAST_ADMIN_OIDC,
	CAST_RIVAL_ADMIN,
	CAST_RIVAL_OIDC,
	CAST_SUPER,
	CAST_SUPER_NEXT, /* the other of two tokens */
	CAST_SUPER_OIDC,
	CAST_SERVICE,
	CAST_MEMBERS,
};

struct cast_role {
	const char *name;
	int refused; /* 401 or 403, whatever it asks; 0: the others tell */
	enum caller_kind kind;
	const char *org, *team; /* "" for none */
	unsigned rights;
	bool read_only;
};

extern const struct cast_role cast_roles[CAST_MEMBERS];

/* NULL for CAST_NOBODY. */
const char *cast_token(enum cast_member member);

/* Up: nats-server, PostgreSQL, an issuer, the config store and the audit-sink. */
void cast_start(struct stack *stack);
void cast_stop(struct stack *stack);

/* What the placeholders of a path stand for; {id} and those of other names are `id`. */
struct cast_place {
	const char *org, *team, *id; /* {node} is the team too */
};

/* "GET /api/v1/…"; `out` has 512. */
const char *cast_line(
	char *out, const struct route *route, const struct cast_place *place);

/* What a POST of the super admin's to `line` made. Ends the test when it did not. */
struct cast_made {
	char token[1024], id[64];
};
struct cast_made cast_issue(
	const struct stack *stack, const char *line, const char *body);

/* The status of GET /api/v1/auth/me. */
int cast_me(const struct stack *stack, const char *token);
