// SPDX-License-Identifier: Apache-2.0
#include "tests/support/issuer.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "common/hmac.h"
#include "common/http/http_server.h"
#include "common/text.h"

enum {
	RSA_BITS = 2048,
	COORDINATE = 32,
	NUMBER_MAX = 512,
	URL_SIZE = 64,
	ID_SIZE = 16
};

struct issuer {
	struct http_server *server;
	char url[URL_SIZE];
	pthread_mutex_t lock;
	EVP_PKEY *keys[ISSUER_KEYS];
	char ids[ISSUER_KEYS][ID_SIZE];
	int generation;
	atomic_bool broken;
	atomic_int fetches;
};

static void add_coded(struct text *out, const void *bytes, size_t len)
{
	char *coded AUTO(free) = malloc(4 * ((len + 2) / 3) + 1);

	assert(coded);
	(void)base64_encode(coded, bytes, len);
	for (char *c = coded; *c && *c != '='; c++)
		switch (*c) {
		case '+':
			text_add_char(out, '-');
			break;
		case '/':
			text_add_char(out, '_');
			break;
		default:
			text_add_char(out, *c);
		}
}

static void add_number(struct text *out, const EVP_PKEY *key, const char *name, int pad)
{
	BIGNUM *number = NULL;
	unsigned char bytes[NUMBER_MAX];
	int len;

	assert(EVP_PKEY_get_bn_param(key, name, &number) == 1);
	len = pad ? pad : BN_num_bytes(number);
	assert(BN_bn2binpad(number, bytes, len) == len);
	add_coded(out, bytes, (size_t)len);
	BN_free(number);
}

static void make_keys(struct issuer *issuer)
{
	static const char *const names[] = {"rsa", "ec"};

	issuer->generation++;
	for (int i = 0; i < ISSUER_KEYS; i++) {
		EVP_PKEY_free(issuer->keys[i]);
		issuer->keys[i] =
			i == ISSUER_RSA ? EVP_RSA_gen(RSA_BITS) : EVP_EC_gen("P-256");
		assert(issuer->keys[i]);
		(void)snprintf(
			issuer->ids[i], ID_SIZE, "%s-%d", names[i], issuer->generation);
	}
}

char *issuer_jwks(const struct issuer *issuer)
{
	const EVP_PKEY *rsa = issuer->keys[ISSUER_RSA], *ec = issuer->keys[ISSUER_EC];
	struct text out = {0};
	char *taken;

	text_printf(&out,
		"{\"keys\":[{\"kty\":\"oct\",\"kid\":\"none\",\"k\":\"AAAA\"},"
		"{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\",\"kid\":\"%s\","
		"\"n\":\"",
		issuer->ids[ISSUER_RSA]);
	add_number(&out, rsa, OSSL_PKEY_PARAM_RSA_N, 0);
	text_add(&out, "\",\"e\":\"");
	add_number(&out, rsa, OSSL_PKEY_PARAM_RSA_E, 0);
	text_printf(&out,
		"\"},{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"%s\",\"x\":\"",
		issuer->ids[ISSUER_EC]);
	add_number(&out, ec, OSSL_PKEY_PARAM_EC_PUB_X, COORDINATE);
	text_add(&out, "\",\"y\":\"");
	add_number(&out, ec, OSSL_PKEY_PARAM_EC_PUB_Y, COORDINATE);
	text_add(&out, "\"}]}");
	taken = text_take(&out);
	assert(taken);
	return taken;
}

static void get_keys(void *context, struct http_request *request)
{
	struct issuer *issuer = context;
	char *text AUTO(free) = NULL;

	atomic_fetch_add(&issuer->fetches, 1);
	if (issuer->broken) {
		http_answer_error(request, 500, "broken", "the test wants it so");
		return;
	}
	(void)pthread_mutex_lock(&issuer->lock);
	text = issuer_jwks(issuer);
	(void)pthread_mutex_unlock(&issuer->lock);
	http_answer(request,
		&(struct http_answer){
			.status = 200, .body = text, .len = strlen(text)});
}

static void get_discovery(void *context, struct http_request *request)
{
	const struct issuer *issuer = context;

	http_answer_json(request, 200,
		json_pack("{ss,ss+}", "issuer", issuer->url, "jwks_uri", issuer->url,
			"/jwks"));
}

static const struct http_route routes[] = {
	{"GET", "/jwks", get_keys, NULL, 0, false},
	{"GET", "/.well-known/openid-configuration", get_discovery, NULL, 0, false},
	{0},
};

struct issuer *issuer_start(void)
{
	struct issuer *issuer = calloc(1, sizeof(*issuer));
	struct fault fault = {0};

	assert(issuer);
	(void)pthread_mutex_init(&issuer->lock, NULL);
	make_keys(issuer);
	if (!http_server_start(&issuer->server,
		    &(struct http_server_options){.listen = "127.0.0.1:0",
			    .routes = routes,
			    .context = issuer},
		    &fault)) {
		(void)fprintf(stderr, "issuer: %s\n", fault.text);
		abort();
	}
	(void)snprintf(issuer->url, sizeof(issuer->url), "http://%s",
		http_server_address(issuer->server));
	return issuer;
}

void issuer_stop(struct issuer *issuer)
{
	http_server_stop(issuer->server);
	for (int i = 0; i < ISSUER_KEYS; i++)
		EVP_PKEY_free(issuer->keys[i]);
	(void)pthread_mutex_destroy(&issuer->lock);
	free(issuer);
}

const char *issuer_url(const struct issuer *issuer)
{
	return issuer->url;
}

const char *issuer_key_id(const struct issuer *issuer, enum issuer_key key)
{
	return issuer->ids[key];
}

/* DER to the two numbers side by side. */
static void add_pair(struct text *out, const unsigned char *der, size_t len)
{
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)len);
	unsigned char both[2 * COORDINATE];

	assert(pair);
	assert(BN_bn2binpad(ECDSA_SIG_get0_r(pair), both, COORDINATE) == COORDINATE);
	assert(BN_bn2binpad(ECDSA_SIG_get0_s(pair), both + COORDINATE, COORDINATE) ==
		COORDINATE);
	add_coded(out, both, sizeof(both));
	ECDSA_SIG_free(pair);
}

char *issuer_sign_as(const struct issuer *issuer, enum issuer_key key,
	const char *header, const char *claims)
{
	struct text out = {0};
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	unsigned char signature[NUMBER_MAX];
	size_t len = sizeof(signature);
	char *taken;

	add_coded(&out, header, strlen(header));
	text_add_char(&out, '.');
	add_coded(&out, claims, strlen(claims));
	assert(digest && !text_failed(&out));
	assert(EVP_DigestSignInit_ex(digest, NULL, "SHA256", NULL, NULL,
		       issuer->keys[key], NULL) == 1);
	assert(EVP_DigestSign(digest, signature, &len, (unsigned char *)out.data,
		       out.len) == 1);
	EVP_MD_CTX_free(digest);
	text_add_char(&out, '.');
	if (key == ISSUER_EC)
		add_pair(&out, signature, len);
	else
		add_coded(&out, signature, len);
	taken = text_take(&out);
	assert(taken);
	return taken;
}

char *issuer_sign(const struct issuer *issuer, enum issuer_key key, const char *claims)
{
	char header[96];

	(void)snprintf(header, sizeof(header),
		"{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
		key == ISSUER_RSA ? "RS256" : "ES256", issuer->ids[key]);
	return issuer_sign_as(issuer, key, header, claims);
}

char *issuer_claims(const struct issuer *issuer, const char *audience,
	const char *groups, long seconds)
{
	struct text out = {0};
	long long now = (long long)time(NULL);
	char *taken;

	text_printf(&out,
		"{\"iss\":\"%s\",\"aud\":[\"other\",\"%s\"],\"sub\":\"ada@example."
		"com\","
		"\"iat\":%lld,\"exp\":%lld,\"groups\":%s}",
		issuer->url, audience, now, now + seconds, groups);
	taken = text_take(&out);
	assert(taken);
	return taken;
}

void issuer_rotate(struct issuer *issuer)
{
	(void)pthread_mutex_lock(&issuer->lock);
	make_keys(issuer);
	(void)pthread_mutex_unlock(&issuer->lock);
}

void issuer_break(struct issuer *issuer, bool broken)
{
	issuer->broken = broken;
}

int issuer_fetches(const struct issuer *issuer)
{
	return issuer->fetches;
}
