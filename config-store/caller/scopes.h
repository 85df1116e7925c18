// SPDX-License-Identifier: Apache-2.0
// What a caller may do: rights, the names of scopes they have outside, and which of them
// a kind of token has when it was made without naming any.
#pragma once

#include <jansson.h>

#include "config-store/store.h"

enum right {
	RIGHT_KNOWN = 1 << 0, /* every caller has it; what needs only this is for all */
	RIGHT_CONFIG_READ = 1 << 1,  /* config:read: nodes and configurations */
	RIGHT_CONFIG_WRITE = 1 << 2, /* config:write */
	RIGHT_RUNS_READ = 1 << 3,    /* runs:read: events, runs, feedback statistics */
	RIGHT_RUNS_WRITE = 1 << 4,   /* runs:write: start and report runs */
	RIGHT_AUDIT_READ = 1 << 5,   /* audit:read */
	RIGHT_AUDIT_EXPORT = 1 << 6, /* audit:export */
	RIGHT_FEEDBACK_WRITE = 1 << 7, /* feedback:write */
	RIGHT_TOKENS_READ = 1 << 8,    /* tokens:read */
	RIGHT_TOKENS_WRITE = 1 << 9,   /* tokens:write */
	RIGHT_ALL = (1 << 10) - 1,     /* admin:* */
	RIGHT_WRITES = RIGHT_CONFIG_WRITE | RIGHT_RUNS_WRITE | RIGHT_FEEDBACK_WRITE |
		RIGHT_TOKENS_WRITE,
};

enum { SCOPES_SIZE = 192 };

/* "super_admin", "org_admin", "team", "service", "" */
const char *scopes_kind(enum caller_kind kind);

/* What a token of this kind has when none were named, and the most it may have. */
unsigned scopes_default(enum caller_kind kind);
unsigned scopes_most(enum caller_kind kind);

/* The rights that the names, separated by spaces, stand for. False for unknown ones. */
bool scopes_parse(unsigned *rights, const char *names);

/* The names, separated by spaces; "admin:*" for all. `out` has SCOPES_SIZE. */
const char *scopes_text(char *out, unsigned rights);

/* The same as a JSON array; NULL when memory runs out. */
json_t *scopes_json(unsigned rights);

/* The name of one right; NULL for RIGHT_KNOWN and for what is not one. */
const char *scopes_name(unsigned right);
