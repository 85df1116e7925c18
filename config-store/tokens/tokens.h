// SPDX-License-Identifier: Apache-2.0
// The tokens of teams and of organisations' admins. A secret is shown once, when it is
// made; the table has only its salted hash.
#pragma once

#include "common/clock.h"
#include "config-store/caller/token.h"
#include "config-store/store.h"

enum { TOKEN_LABEL_MAX = 200 };

struct token_wish {
	const char *org;
	const char *team; /* NULL: an admin token of the organisation */
	const char *label, *actor;
	const char *idempotency_key; /* not NULL: reserved, its secret comes later */
	const char *scopes;          /* names; NULL: those of its kind */
	const char *expires_at;      /* RFC 3339; NULL: never */

	/* Filled. */
	char id[TOKEN_ID_LEN + 1];
	char token[TOKEN_SIZE]; /* "" when it is reserved */
	char issued_at[CLOCK_TEXT_SIZE];
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

enum { TOKENS_BULK_MAX = 500 };

/*
 * Revokes all of `ids`, of any team of `org` or of its admins, or none: 403 with those
 * that are not the organisation's, whether they are another's or nobody's.
 */
NODISCARD bool tokens_revoke_all(size_t *revoked, struct store_thread *thread,
	const struct token_choice *choice, const json_t *ids, struct fault *fault);

struct token_extension {
	const char *org, *id, *actor;
	const char *expires_at; /* RFC 3339; NULL: `days` from its end */
	long days;

	char until[CLOCK_TEXT_SIZE]; /* filled; "" for never, as it was */
	char team[NAME_MAX_LEN + 1]; /* "" for an admin's */
};

/*
 * Gives a token another end; without `expires_at` one that has none stays so. 404 for
 * none, 409 for one that is revoked or has expired, 403 when it may do more than the
 * caller.
 */
NODISCARD bool tokens_extend(struct store_thread *thread,
	struct token_extension *extension, struct fault *fault);

/* The audit record of what was done to a token. */
void tokens_tell(const struct store_thread *thread, const char *action,
	const struct token_choice *choice);

/* One record for each of `rows`: the ids and teams that a committed UPDATE returned. */
void tokens_tell_revoked(const struct store_thread *thread, const char *org,
	const char *actor, const PGresult *rows);
