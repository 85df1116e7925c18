// SPDX-License-Identifier: Apache-2.0
// Who presents a credential: a super admin's, a service's, a team's or an admin's token,
// a team's JWT, or an admin's from an OIDC issuer.
#pragma once

#include "config-store/store.h"

struct jws;

struct verdict {
	struct caller caller; /* CALLER_NONE when it is no good */
	const char *why;      /* then; a sentence's end, static */
	bool forbidden;       /* then: known, but nobody here, which is a 403 */
};

/* RETRY when it cannot be told now. Never REJECT for what is no good: that is a verdict.
 */
NODISCARD bool verify(struct verdict *out, struct store_thread *thread,
	const char *text, struct fault *fault);

/*
 * The same from memory alone, without the database and without waiting: true with *caller
 * filled for a credential that was verified lately. False says nothing about it.
 */
bool verify_remembered(
	struct caller *caller, const struct store *store, const char *text);

/* Always true: it is no good because of `why`. */
bool verify_no(struct verdict *out, const char *why);

/* Counts a use of one of the settings' secrets; `key` says which, and is no secret. */
void verify_count(const char *kind, const char *key);

/* What verify() calls for each form; each fills *out, which is zero. */
struct token;
NODISCARD bool verify_token(struct verdict *out, struct store_thread *thread,
	const struct token *token, struct fault *fault);
NODISCARD bool verify_team_jwt(struct verdict *out, struct store_thread *thread,
	const struct jws *jws, struct fault *fault);
