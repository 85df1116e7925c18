// SPDX-License-Identifier: Apache-2.0
// The public keys of an issuer (RFC 7517), and checking RS256 and ES256 by them. A key is
// good for one algorithm only, whatever a token says. Pure.
#pragma once

#include "config-store/caller/jws.h"

enum { JWKS_MAX = 64, JWKS_BYTES_MAX = 256 << 10 };

struct jwks;

/*
 * Keys that are of no use here (other types, curves, uses; without an id; RSA under 2048
 * bits) are left out. REJECT when none is left, or the text is no key set.
 */
NODISCARD bool jwks_parse(
	struct jwks **out, const void *text, size_t len, struct fault *fault);
void jwks_free(struct jwks *jwks);
DEFINE_AUTO(struct jwks, jwks_free)

size_t jwks_count(const struct jwks *jwks);

bool jwks_has(const struct jwks *jwks, const char *kid);

/* True when a key with the token's id and for its algorithm has signed it. */
bool jwks_verify(const struct jwks *jwks, const struct jws *jws);
