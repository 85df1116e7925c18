// SPDX-License-Identifier: Apache-2.0
// An OpenID Connect issuer of a test's own: keys made now, served on a free port, with
// which it signs whatever the test wants. Ends the process when it cannot.
#pragma once

#include <stdbool.h>

enum issuer_key { ISSUER_RSA, ISSUER_EC, ISSUER_KEYS };

struct issuer;

struct issuer *issuer_start(void);
void issuer_stop(struct issuer *issuer);

/* "http://127.0.0.1:34567", where /jwks and the discovery document are. */
const char *issuer_url(const struct issuer *issuer);

/* The key id in use: "rsa-1", and "rsa-2" after a rotation. */
const char *issuer_key_id(const struct issuer *issuer, enum issuer_key key);

/* The key set as it is served, for free(). */
char *issuer_jwks(const struct issuer *issuer);

/* A token of these claims (JSON), or with this header too, for free(). */
char *issuer_sign(const struct issuer *issuer, enum issuer_key key, const char *claims);
char *issuer_sign_as(const struct issuer *issuer, enum issuer_key key,
	const char *header, const char *claims);

/* Usual claims for `audience`; `groups` is JSON, and it ends in `seconds`. For free(). */
char *issuer_claims(const struct issuer *issuer, const char *audience,
	const char *groups, long seconds);

/* New keys under new ids; the old ones are served no more. */
void issuer_rotate(struct issuer *issuer);

/* From now on it answers 500, or well again. */
void issuer_break(struct issuer *issuer, bool broken);

/* How often keys were asked for. */
int issuer_fetches(const struct issuer *issuer);
