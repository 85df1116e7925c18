// SPDX-License-Identifier: Apache-2.0
// The tokens of teams and of organisations' admins. A secret is shown once, when it is
// made; the table has only its salted hash.
#pragma once

#include "config-store/store.h"
#include "config-store/token.h"

enum { TOKEN_LABEL_MAX = 200 };

struct token_wish {
	const char *org;
	const char *team; /* NULL: an admin token of the organisation */
	const char *label, *actor;
	const char *idempotency_key; /* not NULL: reserved, its secret comes later */

	/* Filled. */
	char id[TOKEN_ID_LEN + 1];
	char token[TOKEN_SIZE]; /* "" when it is reserved */
	char issued_at[40];
	bool created; /* false: this key has reserved it before */
};

NODISCARD bool tokens_issue(
	struct store_thread *thread, struct token_wish *wish, struct fault *fault);

/* Which one: team NULL for an admin token. */
struct token_choice {
	const char *org, *team, *id, *actor;
};

/* Makes the secret of a reserved token; `token` has TOKEN_SIZE. Once, then 409. */
NODISCARD bool tokens_collect(char *token, struct store_thread *thread,
	const struct token_choice *choice, struct fault *fault);

/* 404 when there is none; one that is revoked already is fine. */
NODISCARD bool tokens_revoke(struct store_thread *thread,
	const struct token_choice *choice, struct fault *fault);

/* All that were reserved for the team and are still good. */
NODISCARD bool tokens_revoke_reserved(int *revoked, struct store_thread *thread,
	const struct token_choice *choice, struct fault *fault);

/*
 * Who presents `text`: the super admin's, an admin's or a team's token. `caller` gets
 * CALLER_NONE for what is no good, and *why says so.
 */
NODISCARD bool tokens_verify(struct caller *caller, const char **why,
	struct store_thread *thread, const char *text, struct fault *fault);
