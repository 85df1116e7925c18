// SPDX-License-Identifier: Apache-2.0
// A token as answers show it, and what a body may say of one that is to be made.
#pragma once

#include "config-store/call.h"
#include "config-store/caller/scopes.h"
#include "config-store/tokens/tokens.h"

#define TOKENS_TIME(column) \
	"to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

/* The columns that tokens_describe() reads. */
/* clang-format off */
#define TOKENS_COLUMNS                                                                \
	"SELECT token_id, kind, org_id, team_id, label, issued_by, "                  \
	TOKENS_TIME("issued_at") ", " TOKENS_TIME("expires_at") ", "                  \
	TOKENS_TIME("revoked_at") ", " TOKENS_TIME("last_used_at") ", scopes,"        \
	" CASE WHEN revoked_at IS NOT NULL THEN 'revoked'"                            \
	"  WHEN expires_at <= now() THEN 'expired'"                                   \
	"  WHEN hash IS NULL THEN 'reserved' ELSE 'active' END FROM config.token"
/* clang-format on */

/* NULL when memory runs out. */
json_t *tokens_describe(const PGresult *rows, int row);

/* An end as a body names it: {"expires_at"} or {"days"}; "" when it names none. */
struct token_end {
	char at[CLOCK_TEXT_SIZE];
	long days;
};

enum { TOKEN_DAYS_MAX = 3650 };

/* 400 for one that is no time, over, or too far. `days` is 0 when it is not there. */
NODISCARD bool tokens_read_end(const struct call *call, struct token_end *out,
	const json_t *body, struct fault *fault);

/*
 * The scopes of a token of this kind that `body` names, as text in `out` (SCOPES_SIZE);
 * *named is false when it names none. 400 for what the kind cannot have, 403 for what the
 * caller has not itself.
 */
NODISCARD bool tokens_read_scopes(const struct call *call, char *out, bool *named,
	const json_t *body, enum caller_kind kind, struct fault *fault);

/* 403 when a token with `rights` would have more than the thread's caller. */
NODISCARD bool tokens_check_rights(
	struct store_thread *thread, unsigned rights, struct fault *fault);
