// SPDX-License-Identifier: Apache-2.0
// Admins who sign in elsewhere: tokens of one OpenID Connect issuer, RS256 or ES256, and
// what their groups make them here.
#pragma once

#include "config-store/caller/jws.h"
#include "config-store/caller/verify.h"

/*
 * *out is NULL when no issuer is set. FATAL when only some of the settings are, or one is
 * no good. Asks nobody yet. Keeps nothing of `config` but what it copies.
 */
NODISCARD bool oidc_open(
	struct oidc **out, const struct store_config *config, struct fault *fault);
void oidc_close(struct oidc *oidc);
DEFINE_AUTO(struct oidc, oidc_close)

/* Fills *out, which is zero. RETRY when the issuer's keys cannot be had. */
NODISCARD bool oidc_verify(struct verdict *out, struct oidc *oidc,
	const struct jws *jws, int64_t wall_us, struct fault *fault);

/* The claims of a token that is signed well: why it is no good, or NULL. Pure. */
struct oidc_expected {
	const char *issuer, *audience;
	int64_t now_s;
};
const char *oidc_check_claims(int64_t *expires_s, const struct jws *jws,
	const struct oidc_expected *expected);
