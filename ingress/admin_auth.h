// SPDX-License-Identifier: Apache-2.0
// Who an admin's token is, asked of the config store and remembered for seconds: so long a
// revoked one may still be taken, and not longer.
#pragma once

#include "common/ids.h"
#include "common/nats/bus.h"

enum { ADMIN_SCOPES_SIZE = 1024, ADMIN_SUBJECT_SIZE = 256 };

struct admin_caller {
	bool is_super;
	char org[NAME_MAX_LEN + 1]; /* "" for the super admin */
	bool read_only;             /* whatever the scopes are */
	char subject[ADMIN_SUBJECT_SIZE];
	char scopes[ADMIN_SCOPES_SIZE]; /* " a b c " */
};

struct admin_auth;

/* `ttl_ms`: how long an answer is believed; 0: it is asked each time. */
NODISCARD bool admin_auth_new(
	struct admin_auth **out, struct bus *bus, long ttl_ms, struct fault *fault);
void admin_auth_free(struct admin_auth *auth);
DEFINE_AUTO(struct admin_auth, admin_auth_free)

/*
 * Any thread; blocks while the config store is asked. REJECT when the token is no good, or
 * no admin's (*known is then true); RETRY when nobody answers.
 */
NODISCARD bool admin_auth_verify(struct admin_caller *out, struct admin_auth *auth,
	const char *token, bool *known, struct fault *fault);

/* True for a caller with this scope, or all of them ("admin:*"). */
bool admin_caller_may(const struct admin_caller *caller, const char *scope);

/* True when the caller may touch what is in `org`. */
bool admin_caller_sees(const struct admin_caller *caller, const char *org);
