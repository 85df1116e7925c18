// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/team_jwt.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/hmac.h"

#define SECRET_1 "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
#define SECRET_2 "YWJjZGVmZ2hpamFiY2RlZmdoaWphYmNkZWZnaGlqYWI="
#define AUDIENCE "tocsin-agent-runtime"
#define HEADER "{\"alg\":\"HS256\",\"kid\":\"one\"}"

enum { NOW = 1800000000 };

/* With one member to be replaced. */
#define CLAIMS(iss, aud, sub, org, kind, scope, times, jti)                          \
	"{\"iss\":" iss ",\"aud\":" aud ",\"sub\":" sub ",\"org_id\":" org           \
	",\"team_node_id\":\"sre\",\"ifx_kind\":" kind ",\"scope\":" scope "," times \
	",\"jti\":" jti "}"
#define ISS "\"tocsin-config-store\""
#define AUD "\"" AUDIENCE "\""
#define KIND "\"team_impersonation\""
#define SCOPE "[\"team:read\"]"
#define TIMES "\"iat\":1800000000,\"exp\":1800000900"
#define GOOD CLAIMS(ISS, AUD, "\"ada\"", "\"acme\"", KIND, SCOPE, TIMES, "\"j\"")

static struct jwt_keys read_keys(char *first, char *second)
{
	const struct secret_list lines = {
		.count = second ? 2 : 1, .values = {first, second}};
	struct jwt_keys keys;
	struct fault fault = {0};

	cr_assert(jwt_keys_read(&keys, &lines, &fault), "%s", fault.text);
	return keys;
}

static bool check(const char *text, const struct jwt_keys *keys, int64_t now,
	struct team_jwt *out, const char **why)
{
	struct jws jws AUTO(jws_done) = {0};
	struct fault fault = {0};

	cr_assert(jws_parse(&jws, text, &fault), "%s: %s", text, fault.text);
	return team_jwt_check(out, &jws, keys, AUDIENCE, now, why);
}

/* Signed by hand with the secret of key one. */
static void sign(char *out, size_t size, const char *header, const char *claims)
{
	char coded[2][2048];
	unsigned char digest[HMAC_SIZE];
	char signature[HMAC_BASE64_SIZE];
	size_t len;

	(void)jws_encode(coded[0], header, strlen(header));
	(void)jws_encode(coded[1], claims, strlen(claims));
	len = (size_t)snprintf(out, size, "%s.%s", coded[0], coded[1]);
	hmac_sha256(digest, "01234567890123456789012345678901", 32,
		&(struct hmac_part){out, len}, 1);
	(void)jws_encode(signature, digest, sizeof(digest));
	(void)snprintf(out + len, size - len, ".%s", signature);
}

Test(team_jwt, is_read_back_and_by_either_key_of_a_rotation)
{
	const struct jwt_keys first = read_keys("one:" SECRET_1, NULL);
	const struct jwt_keys rotated = read_keys("two:" SECRET_2, "one:" SECRET_1);
	const struct jwt_keys done = read_keys("two:" SECRET_2, NULL);
	const struct team_jwt claims = {.org = "acme",
		.team = "sre",
		.subject = "ada",
		.issued_s = NOW,
		.expires_s = NOW + 900};
	char *old AUTO(free) = team_jwt_sign(&first, &claims, AUDIENCE);
	char *new AUTO(free) = team_jwt_sign(&rotated, &claims, AUDIENCE);
	struct team_jwt out;
	const char *why = NULL;

	cr_assert(check(old, &rotated, NOW, &out, &why), "%s", why);
	cr_expect_str_eq(out.org, "acme");
	cr_expect_str_eq(out.team, "sre");
	cr_expect_str_eq(out.subject, "ada");
	cr_expect_eq(out.expires_s, NOW + 900);
	cr_expect(check(new, &rotated, NOW, &out, &why));
	cr_expect(check(new, &done, NOW, &out, &why));
	cr_expect_not(check(new, &first, NOW, &out, &why));
	cr_expect_not(check(old, &done, NOW, &out, &why));
	cr_expect_str_eq(why, "its key is unknown");
	cr_expect(check(old, &first, NOW + 899, &out, &why));
	cr_expect_not(check(old, &first, NOW + 900, &out, &why));
	cr_expect_str_eq(why, "it has expired");
}

Test(team_jwt, has_every_claim_or_is_refused)
{
	static const struct {
		const char *claims;
		bool good;
	} cases[] = {
		{GOOD, true},
		{CLAIMS(ISS, "[\"x\"," AUD "]", "\"ada\"", "\"acme\"", KIND, SCOPE,
			 TIMES, "\"j\""),
			true},
		{CLAIMS("\"x\"", AUD, "\"ada\"", "\"acme\"", KIND, SCOPE, TIMES,
			 "\"j\""),
			false},
		{CLAIMS("null", AUD, "\"ada\"", "\"acme\"", KIND, SCOPE, TIMES,
			 "\"j\""),
			false},
		{CLAIMS(ISS, "\"x\"", "\"ada\"", "\"acme\"", KIND, SCOPE, TIMES,
			 "\"j\""),
			false},
		{CLAIMS(ISS, "[]", "\"ada\"", "\"acme\"", KIND, SCOPE, TIMES, "\"j\""),
			false},
		{CLAIMS(ISS, AUD, "\"\"", "\"acme\"", KIND, SCOPE, TIMES, "\"j\""),
			false},
		{CLAIMS(ISS, AUD, "1", "\"acme\"", KIND, SCOPE, TIMES, "\"j\""), false},
		{CLAIMS(ISS, AUD, "\"ada\"", "\"a.b\"", KIND, SCOPE, TIMES, "\"j\""),
			false},
		{CLAIMS(ISS, AUD, "\"ada\"", "\"*\"", KIND, SCOPE, TIMES, "\"j\""),
			false},
		{CLAIMS(ISS, AUD, "\"ada\"", "null", KIND, SCOPE, TIMES, "\"j\""),
			false},
		{CLAIMS(ISS, AUD, "\"ada\"", "\"acme\"", "\"visitor\"", SCOPE, TIMES,
			 "\"j\""),
			false},
		{CLAIMS(ISS, AUD, "\"ada\"", "\"acme\"", KIND, "[\"team:write\"]",
			 TIMES, "\"j\""),
			false},
		{CLAIMS(ISS, AUD, "\"ada\"", "\"acme\"", KIND, SCOPE,
			 "\"iat\":1800000000", "\"j\""),
			false},
		{CLAIMS(ISS, AUD, "\"ada\"", "\"acme\"", KIND, SCOPE,
			 "\"exp\":1800000900", "\"j\""),
			false},
		/* over an hour; of the future; exp as text */
		{CLAIMS(ISS, AUD, "\"ada\"", "\"acme\"", KIND, SCOPE,
			 "\"iat\":1800000000,\"exp\":1800003601", "\"j\""),
			false},
		{CLAIMS(ISS, AUD, "\"ada\"", "\"acme\"", KIND, SCOPE,
			 "\"iat\":1800000100,\"exp\":1800000900", "\"j\""),
			false},
		{CLAIMS(ISS, AUD, "\"ada\"", "\"acme\"", KIND, SCOPE,
			 "\"iat\":1800000000,\"exp\":\"1800000900\"", "\"j\""),
			false},
		{CLAIMS(ISS, AUD, "\"ada\"", "\"acme\"", KIND, SCOPE, TIMES, "null"),
			false},
		{"{}", false},
	};
	const struct jwt_keys keys = read_keys("one:" SECRET_1, NULL);

	for (size_t i = 0; i < countof(cases); i++) {
		struct team_jwt out = {0};
		char text[4096];
		const char *why = NULL;

		sign(text, sizeof(text), HEADER, cases[i].claims);
		cr_expect_eq(check(text, &keys, NOW, &out, &why), cases[i].good,
			"%zu: %s", i, cases[i].claims);
		cr_expect_eq(why == NULL, cases[i].good, "%zu", i);
	}
}

/* The classics: no algorithm, another one, no key id, another signature. */
Test(team_jwt, is_not_confused_about_its_algorithm)
{
	static const char *const headers[] = {"{\"alg\":\"none\",\"kid\":\"one\"}",
		"{\"alg\":\"None\",\"kid\":\"one\"}", "{\"alg\":\"\",\"kid\":\"one\"}",
		"{\"alg\":\"RS256\",\"kid\":\"one\"}",
		"{\"alg\":\"hs256\",\"kid\":\"one\"}",
		"{\"alg\":\"HS512\",\"kid\":\"one\"}", "{\"alg\":\"HS256\"}",
		"{\"alg\":\"HS256\",\"kid\":\"\"}",
		"{\"alg\":\"HS256\",\"kid\":\"two\"}"};
	const struct jwt_keys keys = read_keys("one:" SECRET_1, NULL);
	const struct jwt_keys none = {0};
	struct team_jwt out = {0};
	char text[4096];
	const char *why = NULL;

	for (size_t i = 0; i < countof(headers); i++) {
		sign(text, sizeof(text), headers[i], GOOD);
		cr_expect_not(check(text, &keys, NOW, &out, &why), "%s", headers[i]);
		*(strrchr(text, '.') + 1) = '\0';
		cr_expect_not(check(text, &keys, NOW, &out, &why), "%s", headers[i]);
	}
	sign(text, sizeof(text), HEADER, GOOD);
	cr_expect(check(text, &keys, NOW, &out, &why));
	cr_expect_not(check(text, &none, NOW, &out, &why));
	text[strlen(text) - 5] ^= 1;
	cr_expect_not(check(text, &keys, NOW, &out, &why));
	*(strrchr(text, '.') + 1) = '\0';
	cr_expect_not(check(text, &keys, NOW, &out, &why));
	cr_expect_str_eq(why, "its signature is wrong");
}

Test(team_jwt, keys_are_checked_at_the_start)
{
	static char *const lines[] = {"one", ":" SECRET_1,
		"one:", "one:c2hvcnQ=", "o.ne:" SECRET_1, "one:" SECRET_1 "x",
		"one:" SECRET_1 "====",
		"one:not base64 at all, whatever its length is"};

	for (size_t i = 0; i < countof(lines); i++) {
		const struct secret_list list = {.count = 1, .values = {lines[i]}};
		struct jwt_keys keys;
		struct fault fault = {0};

		cr_expect_not(jwt_keys_read(&keys, &list, &fault), "%s", lines[i]);
		cr_expect_eq(fault.kind, FAULT_FATAL, "%s", lines[i]);
		cr_expect_null(strstr(fault.text, SECRET_1), "%s", fault.text);
	}
}

Test(team_jwt, a_key_id_comes_once)
{
	const struct secret_list twice = {
		.count = 2, .values = {"one:" SECRET_1, "one:" SECRET_2}};
	const struct secret_list none = {0};
	struct jwt_keys keys;
	struct fault fault = {0};

	cr_expect_not(jwt_keys_read(&keys, &twice, &fault));
	cr_expect(jwt_keys_read(&keys, &none, &fault));
	cr_expect_eq(keys.count, 0);
}
