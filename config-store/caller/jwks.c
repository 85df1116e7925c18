// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/jwks.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

enum {
	RSA_BITS_MIN = 2048,
	RSA_BITS_MAX = 8192,
	EXPONENT_MAX = 8, /* bytes */
	COORDINATE = 32,  /* bytes, of P-256 */
	POINT_SIZE = 1 + 2 * COORDINATE,
	UNCOMPRESSED = 4,
	NUMBER_MAX = RSA_BITS_MAX / 8 + 8,
};

DEFINE_AUTO(BIGNUM, BN_free)
DEFINE_AUTO(ECDSA_SIG, ECDSA_SIG_free)
DEFINE_AUTO(EVP_MD_CTX, EVP_MD_CTX_free)
DEFINE_AUTO(EVP_PKEY, EVP_PKEY_free)
DEFINE_AUTO(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
DEFINE_AUTO(OSSL_PARAM, OSSL_PARAM_free)
DEFINE_AUTO(OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)

struct key {
	char id[JWS_KEY_ID_MAX + 1];
	const char *alg;
	EVP_PKEY *key;
};

struct jwks {
	size_t count;
	struct key keys[JWKS_MAX];
};

void jwks_free(struct jwks *jwks)
{
	if (!jwks)
		return;
	for (size_t i = 0; i < jwks->count; i++)
		EVP_PKEY_free(jwks->keys[i].key);
	free(jwks);
}

/* A member of base64url, at most `size` bytes. */
static bool read_bytes(unsigned char *out, size_t *len, size_t size, const json_t *jwk,
	const char *member)
{
	unsigned char bytes[NUMBER_MAX * 2];
	const char *text = json_string_value(json_object_get(jwk, member));
	size_t coded = text ? strlen(text) : 0;

	if (coded == 0 || coded > NUMBER_MAX + NUMBER_MAX / 2 ||
		!jws_decode(bytes, len, text, coded) || *len == 0 || *len > size)
		return false;
	memcpy(out, bytes, *len);
	return true;
}

/* Takes nothing; NULL when OpenSSL does not take the parameters. */
static EVP_PKEY *make(const char *type, OSSL_PARAM_BLD *builder)
{
	OSSL_PARAM *parameters AUTO(OSSL_PARAM_free) = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY_CTX *context AUTO(EVP_PKEY_CTX_free) =
		EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (!parameters || !context || EVP_PKEY_fromdata_init(context) != 1 ||
		EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		return NULL;
	return key;
}

static EVP_PKEY *make_rsa(const json_t *jwk)
{
	unsigned char modulus[NUMBER_MAX], exponent[EXPONENT_MAX];
	size_t modulus_len, exponent_len;
	BIGNUM *n AUTO(BN_free) = NULL, *e AUTO(BN_free) = NULL;
	OSSL_PARAM_BLD *builder AUTO(OSSL_PARAM_BLD_free) = OSSL_PARAM_BLD_new();

	if (!builder || !read_bytes(modulus, &modulus_len, sizeof(modulus), jwk, "n") ||
		!read_bytes(exponent, &exponent_len, sizeof(exponent), jwk, "e"))
		return NULL;
	n = BN_bin2bn(modulus, (int)modulus_len, NULL);
	e = BN_bin2bn(exponent, (int)exponent_len, NULL);
	/* With an exponent of 1 a signature is whatever one likes it to be. */
	if (!n || !e || BN_num_bits(n) < RSA_BITS_MIN ||
		BN_num_bits(n) > RSA_BITS_MAX || !BN_is_odd(n) || !BN_is_odd(e) ||
		BN_is_one(e) ||
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1)
		return NULL;
	return make("RSA", builder);
}

/* OpenSSL refuses a point that is not on the curve. */
static EVP_PKEY *make_ec(const json_t *jwk)
{
	const char *curve = json_string_value(json_object_get(jwk, "crv"));
	OSSL_PARAM_BLD *builder AUTO(OSSL_PARAM_BLD_free) = OSSL_PARAM_BLD_new();
	unsigned char point[POINT_SIZE] = {UNCOMPRESSED};
	size_t x_len, y_len;

	if (!builder || !curve || strcmp(curve, "P-256") != 0 ||
		!read_bytes(point + 1, &x_len, COORDINATE, jwk, "x") ||
		!read_bytes(point + 1 + COORDINATE, &y_len, COORDINATE, jwk, "y") ||
		x_len != COORDINATE || y_len != COORDINATE ||
		OSSL_PARAM_BLD_push_utf8_string(
			builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
		OSSL_PARAM_BLD_push_octet_string(
			builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) != 1)
		return NULL;
	return make("EC", builder);
}

/* An absent member says nothing. */
static bool says(const json_t *jwk, const char *member, const char *value)
{
	const json_t *said = json_object_get(jwk, member);

	return !said ||
		(json_is_string(said) && strcmp(json_string_value(said), value) == 0);
}

static bool read_key(struct key *out, const json_t *jwk)
{
	const char *kid = json_string_value(json_object_get(jwk, "kid"));
	const char *type = json_string_value(json_object_get(jwk, "kty"));
	bool is_rsa = type && strcmp(type, "RSA") == 0;
	bool is_ec = type && strcmp(type, "EC") == 0;

	out->alg = is_rsa ? "RS256" : "ES256";
	if (!kid || strlen(kid) > JWS_KEY_ID_MAX || (!is_rsa && !is_ec) ||
		!says(jwk, "use", "sig") || !says(jwk, "alg", out->alg))
		return false;
	(void)snprintf(out->id, sizeof(out->id), "%s", kid);
	out->key = is_rsa ? make_rsa(jwk) : make_ec(jwk);
	/* What OpenSSL thought of it is of no further use. */
	ERR_clear_error();
	return out->key != NULL;
}

bool jwks_parse(struct jwks **out, const void *text, size_t len, struct fault *fault)
{
	struct jwks *jwks AUTO(jwks_free) = calloc(1, sizeof(*jwks));
	json_t *set AUTO(json_decref) = NULL;
	const json_t *keys, *one;
	size_t i;

	if (!jwks)
		return fault_set(fault, FAULT_RETRY, "no memory for keys");
	if (!json_parse(&set, text, len, fault))
		return false;
	keys = json_object_get(set, "keys");
	json_array_foreach(keys, i, one)
	{
		if (jwks->count == JWKS_MAX)
			break;
		if (read_key(&jwks->keys[jwks->count], one))
			jwks->count++;
	}
	if (jwks->count == 0)
		return fault_set(fault, FAULT_REJECT,
			"there is no key for RS256 or ES256 in it");
	*out = TAKE(jwks);
	return true;
}

size_t jwks_count(const struct jwks *jwks)
{
	return jwks->count;
}

bool jwks_has(const struct jwks *jwks, const char *kid)
{
	for (size_t i = 0; i < jwks->count; i++)
		if (strcmp(jwks->keys[i].id, kid) == 0)
			return true;
	return false;
}

/* A signature of ES256 is two numbers side by side; OpenSSL wants them in DER. */
static unsigned char *to_der(const struct jws *jws, int *len)
{
	ECDSA_SIG *pair AUTO(ECDSA_SIG_free) = ECDSA_SIG_new();
	BIGNUM *r AUTO(BN_free) = BN_bin2bn(jws->signature, COORDINATE, NULL);
	BIGNUM *s AUTO(BN_free) =
		BN_bin2bn(jws->signature + COORDINATE, COORDINATE, NULL);
	unsigned char *der = NULL;

	if (!pair || !r || !s || ECDSA_SIG_set0(pair, r, s) != 1)
		return NULL;
	r = NULL;
	s = NULL;
	*len = i2d_ECDSA_SIG(pair, &der);
	return *len > 0 ? der : NULL;
}

static bool check(EVP_PKEY *key, const struct jws *jws, const unsigned char *signature,
	size_t len)
{
	EVP_MD_CTX *digest AUTO(EVP_MD_CTX_free) = EVP_MD_CTX_new();

	return digest &&
		EVP_DigestVerifyInit_ex(
			digest, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
		EVP_DigestVerify(digest, signature, len,
			(const unsigned char *)jws->text, jws->text_len) == 1;
}

static bool check_ec(EVP_PKEY *key, const struct jws *jws)
{
	unsigned char *der;
	int len = 0;
	bool good;

	if (jws->signature_len != (size_t)2 * COORDINATE)
		return false;
	der = to_der(jws, &len);
	good = der && check(key, jws, der, (size_t)len);
	OPENSSL_free(der);
	return good;
}

static bool check_one(const struct key *key, const struct jws *jws)
{
	if (!jws->kid || strcmp(key->id, jws->kid) != 0 ||
		strcmp(key->alg, jws->alg) != 0)
		return false;
	if (strcmp(key->alg, "ES256") == 0)
		return check_ec(key->key, jws);
	return check(key->key, jws, jws->signature, jws->signature_len);
}

bool jwks_verify(const struct jwks *jwks, const struct jws *jws)
{
	bool good = false;

	for (size_t i = 0; i < jwks->count && !good; i++)
		good = check_one(&jwks->keys[i], jws);
	ERR_clear_error();
	return good;
}
