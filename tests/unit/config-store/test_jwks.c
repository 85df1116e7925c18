// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/jwks.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/issuer.h"

#define CLAIMS "{\"sub\":\"ada\"}"

static struct issuer *issuer;

static struct jwks *served(void)
{
	char *text AUTO(free) = issuer_jwks(issuer);
	struct jwks *jwks = NULL;
	struct fault fault = {0};

	cr_assert(jwks_parse(&jwks, text, strlen(text), &fault), "%s", fault.text);
	return jwks;
}

static bool verify(const struct jwks *jwks, const char *text)
{
	struct jws jws AUTO(jws_done) = {0};
	struct fault fault = {0};

	cr_assert(jws_parse(&jws, text, &fault), "%s", fault.text);
	return jwks_verify(jwks, &jws);
}

Test(jwks, verifies_what_the_issuer_signed_and_nothing_else)
{
	struct jwks *jwks AUTO(jwks_free) = NULL, *later AUTO(jwks_free) = NULL;

	issuer = issuer_start();
	jwks = served();
	cr_expect_eq(jwks_count(jwks), 2);
	cr_expect(jwks_has(jwks, "rsa-1") && jwks_has(jwks, "ec-1"));
	cr_expect_not(jwks_has(jwks, "none"), "a symmetric key is no public key");
	for (int key = 0; key < ISSUER_KEYS; key++) {
		char *text AUTO(free) = issuer_sign(issuer, key, CLAIMS);
		char *tail = strrchr(text, '.') + 10;

		cr_expect(verify(jwks, text), "%d", key);
		*tail = *tail == 'A' ? 'B' : 'A';
		cr_expect_not(verify(jwks, text), "%d", key);
	}
	issuer_rotate(issuer);
	later = served();
	for (int key = 0; key < ISSUER_KEYS; key++) {
		char *text AUTO(free) = issuer_sign(issuer, key, CLAIMS);

		cr_expect_not(verify(jwks, text), "%d", key);
		cr_expect(verify(later, text), "%d", key);
	}
	issuer_stop(issuer);
}

/* A key is good for its own algorithm, whatever the token says of itself. */
Test(jwks, are_not_confused_about_algorithms)
{
	static const struct {
		enum issuer_key key;
		const char *header;
	} cases[] = {
		{ISSUER_RSA, "{\"alg\":\"ES256\",\"kid\":\"rsa-1\"}"},
		{ISSUER_RSA, "{\"alg\":\"RS256\",\"kid\":\"ec-1\"}"},
		{ISSUER_EC, "{\"alg\":\"RS256\",\"kid\":\"ec-1\"}"},
		{ISSUER_EC, "{\"alg\":\"ES256\",\"kid\":\"rsa-1\"}"},
		{ISSUER_RSA, "{\"alg\":\"none\",\"kid\":\"rsa-1\"}"},
		{ISSUER_RSA, "{\"alg\":\"HS256\",\"kid\":\"rsa-1\"}"},
		{ISSUER_RSA, "{\"alg\":\"PS256\",\"kid\":\"rsa-1\"}"},
		{ISSUER_RSA, "{\"alg\":\"RS256\"}"},
		{ISSUER_RSA, "{\"alg\":\"RS256\",\"kid\":\"other\"}"},
	};
	struct jwks *jwks AUTO(jwks_free) = NULL;

	issuer = issuer_start();
	jwks = served();
	for (size_t i = 0; i < countof(cases); i++) {
		char *text AUTO(free) =
			issuer_sign_as(issuer, cases[i].key, cases[i].header, CLAIMS);

		cr_expect_not(verify(jwks, text), "%s", cases[i].header);
		*(strrchr(text, '.') + 1) = '\0';
		cr_expect_not(verify(jwks, text), "%s", cases[i].header);
	}
	issuer_stop(issuer);
}

Test(jwks, leave_out_keys_that_are_of_no_use)
{
	/* A point that is not on the curve, a short modulus, an exponent of one, ... */
	static const char *const sets[] = {
		"",
		"[]",
		"{}",
		"{\"keys\":[]}",
		"{\"keys\":{}}",
		"{\"keys\":[1,null]}",
		"{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAAA\"}]}",
		"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"x\":"
		"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\",\"y\":"
		"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}]}",
		"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\",\"kid\":\"a\",\"x\":"
		"\"AAAA\",\"y\":\"AAAA\"}]}",
		"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"AQAB\",\"e\":"
		"\"AQAB\"}]}",
		"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"\",\"e\":\"\"}]}",
	};

	for (size_t i = 0; i < countof(sets); i++) {
		struct jwks *jwks = NULL;
		struct fault fault = {0};

		cr_expect_not(jwks_parse(&jwks, sets[i], strlen(sets[i]), &fault), "%s",
			sets[i]);
		cr_expect_eq(fault.kind, FAULT_REJECT, "%s", sets[i]);
		cr_expect_null(jwks);
	}
}

Test(jwks, leave_out_keys_for_something_else)
{
	static const struct {
		const char *from, *to;
		size_t left;
	} cases[] = {
		{"\"use\":\"sig\"", "\"use\":\"enc\"", 1},
		{"\"alg\":\"RS256\"", "\"alg\":\"RS512\"", 1},
		{"\"kid\":\"rsa-1\"", "\"xid\":\"rsa-1\"", 1},
		{"\"e\":\"AQAB\"", "\"e\":\"AQ\"", 1},
		{"\"crv\":\"P-256\"", "\"crv\":\"P-521\"", 1},
	};

	issuer = issuer_start();
	for (size_t i = 0; i < countof(cases); i++) {
		char *text AUTO(free) = issuer_jwks(issuer);
		struct text changed AUTO(text_done) = {0};
		struct jwks *jwks AUTO(jwks_free) = NULL;
		struct fault fault = {0};
		const char *at = strstr(text, cases[i].from);

		cr_assert(at, "%s", cases[i].from);
		text_add_bytes(&changed, text, (size_t)(at - text));
		text_add(&changed, cases[i].to);
		text_add(&changed, at + strlen(cases[i].from));
		cr_assert(jwks_parse(&jwks, changed.data, changed.len, &fault));
		cr_expect_eq(jwks_count(jwks), cases[i].left, "%s", cases[i].to);
	}
	issuer_stop(issuer);
}
