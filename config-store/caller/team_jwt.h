// SPDX-License-Identifier: Apache-2.0
// JWTs that let their bearer read as a team for a while: HS256 with a key id, so that two
// keys are good while one takes the place of another. Pure.
#pragma once

#include "common/ids.h"
#include "common/settings.h"
#include "config-store/caller/jws.h"

#define TEAM_JWT_ISSUER "tocsin-config-store"
#define TEAM_JWT_KIND "team_impersonation"
#define TEAM_JWT_SCOPE "team:read"

enum {
	TEAM_JWT_FLOOR_S = 60,
	TEAM_JWT_DEFAULT_S = 900,
	TEAM_JWT_CEILING_S = 3600,
	TEAM_JWT_SUBJECT_SIZE = 160,
	JWT_SECRET_MIN = 32,
	JWT_SECRET_MAX = 128,
};

struct jwt_key {
	char id[NAME_MAX_LEN + 1];
	unsigned char secret[JWT_SECRET_MAX];
	size_t len;
};

/* The first signs, all verify. */
struct jwt_keys {
	size_t count;
	struct jwt_key keys[SECRETS_MAX];
};

/*
 * Reads "<kid>:<base64 secret>" a line; none is good too. FATAL for a line that is not,
 * an id that comes twice, and a secret under 32 bytes. No fault has a secret in it.
 */
NODISCARD bool jwt_keys_read(
	struct jwt_keys *out, const struct secret_list *lines, struct fault *fault);

struct team_jwt {
	char org[NAME_MAX_LEN + 1], team[NAME_MAX_LEN + 1];
	char subject[TEAM_JWT_SUBJECT_SIZE]; /* who asked for it */
	int64_t issued_s, expires_s;
};

/* For free(); NULL when memory runs out. There must be a key. */
NODISCARD char *team_jwt_sign(const struct jwt_keys *keys,
	const struct team_jwt *claims, const char *audience);

/* True with *out filled, or false and why not. */
bool team_jwt_check(struct team_jwt *out, const struct jws *jws,
	const struct jwt_keys *keys, const char *audience, int64_t now_s,
	const char **why);
