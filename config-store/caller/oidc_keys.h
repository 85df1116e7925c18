// SPDX-License-Identifier: Apache-2.0
// An issuer's keys, fetched over HTTP when they are needed and kept: for a while without
// asking, longer when the issuer does not answer, and not for ever. Safe from all threads;
// one at a time fetches, and the others go on with the keys there are.
#pragma once

#include <stdint.h>

#include "config-store/caller/jws.h"

enum {
	OIDC_FRESH_MS = 10 * 60 * 1000,      /* kept without asking */
	OIDC_RETRY_MS = 10 * 1000,           /* between two fetches, whatever happens */
	OIDC_STALE_MS = 24 * 60 * 60 * 1000, /* kept while the issuer does not answer */
};

struct oidc_keys;

/*
 * `jwks_url` may be "": then the issuer's discovery document says where they are. Fetches
 * nothing yet. FATAL for a URL that is neither https nor of this machine.
 */
NODISCARD bool oidc_keys_open(struct oidc_keys **out, const char *issuer,
	const char *jwks_url, struct fault *fault);
void oidc_keys_close(struct oidc_keys *keys);
DEFINE_AUTO(struct oidc_keys, oidc_keys_close)

/* https, or http to a loopback address; nothing that carries a password. */
bool oidc_url_is_good(const char *url);

/*
 * *why is NULL when one of the issuer's keys has signed it, and says why not otherwise.
 * RETRY when that cannot be told, because the issuer does not answer. `now_ms` is
 * monotonic.
 */
NODISCARD bool oidc_keys_verify(const char **why, struct oidc_keys *keys,
	const struct jws *jws, int64_t now_ms, struct fault *fault);
