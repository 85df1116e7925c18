// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/team_jwt.h"

#include <stdio.h>
#include <string.h>

#include "common/hmac.h"

/* Clocks of machines that issue and of those that verify differ by so much. */
enum { LEEWAY_S = 60, JWT_ID_BYTES = 16, JWT_ID_LEN = 2 * JWT_ID_BYTES };

static const struct jwt_key *find(const struct jwt_keys *keys, const char *id)
{
	for (size_t i = 0; id && i < keys->count; i++)
		if (strcmp(keys->keys[i].id, id) == 0)
			return &keys->keys[i];
	return NULL;
}

static bool read_key(struct jwt_key *key, const char *line)
{
	size_t id_len = strcspn(line, ":"), len;
	unsigned char secret[2 * JWT_SECRET_MAX];
	const char *text = line + id_len + 1;

	if (line[id_len] != ':' || id_len > NAME_MAX_LEN ||
		strlen(text) > sizeof(secret))
		return false;
	(void)snprintf(key->id, sizeof(key->id), "%.*s", (int)id_len, line);
	if (!id_is_name(key->id) || !base64_decode(secret, &len, text, strlen(text)) ||
		len < JWT_SECRET_MIN || len > JWT_SECRET_MAX)
		return false;
	memcpy(key->secret, secret, len);
	key->len = len;
	explicit_bzero(secret, sizeof(secret));
	return true;
}

bool jwt_keys_read(
	struct jwt_keys *out, const struct secret_list *lines, struct fault *fault)
{
	struct jwt_keys keys = {0};

	for (size_t i = 0; i < lines->count; i++) {
		struct jwt_key *key = &keys.keys[i];

		if (!read_key(key, lines->values[i]))
			return fault_set(fault, FAULT_FATAL,
				"TOCSIN_JWT_KEYS, line %zu: must be <key id>:<%d to %d "
				"bytes in base64>; make one with: echo "
				"k1:$(openssl rand -base64 32)",
				i + 1, JWT_SECRET_MIN, JWT_SECRET_MAX);
		if (find(&keys, key->id))
			return fault_set(fault, FAULT_FATAL,
				"TOCSIN_JWT_KEYS, line %zu: the key id %s comes twice",
				i + 1, key->id);
		keys.count++;
	}
	*out = keys;
	explicit_bzero(&keys, sizeof(keys));
	return true;
}

static bool add_part(struct text *out, json_t *object)
{
	json_t *owned AUTO(json_decref) = object;
	char *printed AUTO(free) = json_print(owned), *coded AUTO(free) = NULL;
	size_t len = printed ? strlen(printed) : 0;

	coded = malloc(4 * ((len + 2) / 3) + 1);
	if (!printed || !coded)
		return false;
	(void)jws_encode(coded, printed, len);
	text_add(out, coded);
	return true;
}

static json_t *claims_of(const struct team_jwt *claims, const char *audience)
{
	unsigned char random[JWT_ID_BYTES];
	char id[JWT_ID_LEN + 1];

	id_random(random, sizeof(random));
	id_hex(id, random, sizeof(random));
	return json_pack("{ss,ss,ss,ss,ss,ss,s[s],sI,sI,ss}", "iss", TEAM_JWT_ISSUER,
		"aud", audience, "sub", claims->subject, "org_id", claims->org,
		"team_node_id", claims->team, "ifx_kind", TEAM_JWT_KIND, "scope",
		TEAM_JWT_SCOPE, "iat", (json_int_t)claims->issued_s, "exp",
		(json_int_t)claims->expires_s, "jti", id);
}

static void sign(unsigned char out[HMAC_SIZE], const struct jwt_key *key,
	const char *text, size_t len)
{
	hmac_sha256(out, key->secret, key->len, &(struct hmac_part){text, len}, 1);
}

char *team_jwt_sign(const struct jwt_keys *keys, const struct team_jwt *claims,
	const char *audience)
{
	const struct jwt_key *key = &keys->keys[0];
	struct text out AUTO(text_done) = {0};
	unsigned char digest[HMAC_SIZE];
	char coded[HMAC_BASE64_SIZE];

	if (!add_part(&out,
		    json_pack("{ss,ss,ss}", "alg", "HS256", "kid", key->id, "typ",
			    "JWT")))
		return NULL;
	text_add_char(&out, '.');
	if (!add_part(&out, claims_of(claims, audience)) || text_failed(&out))
		return NULL;
	sign(digest, key, out.data, out.len);
	(void)jws_encode(coded, digest, sizeof(digest));
	text_add_char(&out, '.');
	text_add(&out, coded);
	return text_take(&out);
}

static bool refuse(const char **why, const char *words)
{
	*why = words;
	return false;
}

static bool check_signature(
	const struct jws *jws, const struct jwt_keys *keys, const char **why)
{
	const struct jwt_key *key = find(keys, jws->kid);
	unsigned char digest[HMAC_SIZE];

	if (strcmp(jws->alg, "HS256") != 0)
		return refuse(why, "its algorithm is not one that is taken");
	if (!key)
		return refuse(why, "its key is unknown");
	sign(digest, key, jws->text, jws->text_len);
	return equal_constant_time(
		       digest, sizeof(digest), jws->signature, jws->signature_len) ||
		refuse(why, "its signature is wrong");
}

static bool check_times(
	struct team_jwt *out, const struct jws *jws, int64_t now_s, const char **why)
{
	if (!jws_time(&out->issued_s, jws, "iat") ||
		!jws_time(&out->expires_s, jws, "exp") ||
		out->issued_s > now_s + LEEWAY_S ||
		out->expires_s > out->issued_s + TEAM_JWT_CEILING_S)
		return refuse(why, "its times are missing or impossible");
	return out->expires_s > now_s || refuse(why, "it has expired");
}

static bool take_name(char *out, size_t size, const struct jws *jws, const char *claim)
{
	const char *value = jws_string(jws, claim);

	return value && strlen(value) < size && snprintf(out, size, "%s", value) > 0;
}

static bool check_claims(struct team_jwt *out, const struct jws *jws,
	const char *audience, const char **why)
{
	const char *issuer = jws_string(jws, "iss"),
		   *kind = jws_string(jws, "ifx_kind");

	if (!issuer || strcmp(issuer, TEAM_JWT_ISSUER) != 0)
		return refuse(why, "it is of another issuer");
	if (!jws_has(json_object_get(jws->payload, "aud"), audience))
		return refuse(why, "it is for another audience");
	if (!kind || strcmp(kind, TEAM_JWT_KIND) != 0 ||
		!jws_has(json_object_get(jws->payload, "scope"), TEAM_JWT_SCOPE) ||
		!jws_string(jws, "jti"))
		return refuse(why, "it lacks a claim");
	if (!take_name(out->subject, sizeof(out->subject), jws, "sub") ||
		!take_name(out->org, sizeof(out->org), jws, "org_id") ||
		!take_name(out->team, sizeof(out->team), jws, "team_node_id") ||
		!id_is_name(out->org) || !id_is_name(out->team))
		return refuse(why, "it names nobody");
	return true;
}

bool team_jwt_check(struct team_jwt *out, const struct jws *jws,
	const struct jwt_keys *keys, const char *audience, int64_t now_s,
	const char **why)
{
	struct team_jwt claims = {0};

	if (!check_signature(jws, keys, why) ||
		!check_claims(&claims, jws, audience, why) ||
		!check_times(&claims, jws, now_s, why))
		return false;
	*out = claims;
	return true;
}
