// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/oidc.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/clock.h"
#include "config-store/caller/scopes.h"
#include "tests/support/issuer.h"

#define AUDIENCE "tocsin"
#define URL "https://login.example.com"

enum { HOUR_S = 3600, NOW = 1800000000 };

Test(oidc, claims_are_checked_with_a_little_leeway)
{
	static const struct {
		const char *claims, *why;
	} cases[] = {
		{"{\"iss\":\"" URL "\",\"aud\":\"tocsin\",\"exp\":1800000001}", NULL},
		{"{\"iss\":\"" URL "\",\"aud\":\"tocsin\",\"exp\":1799999941}", NULL},
		{"{\"iss\":\"" URL "\",\"aud\":\"tocsin\",\"exp\":1799999940}",
			"it has expired"},
		{"{\"iss\":\"" URL "\",\"aud\":\"tocsin\"}",
			"it does not say when it ends"},
		{"{\"iss\":\"" URL "/\",\"aud\":\"tocsin\",\"exp\":1800000001}",
			"it is of another issuer"},
		{"{\"aud\":\"tocsin\",\"exp\":1800000001}", "it is of another issuer"},
		{"{\"iss\":\"" URL "\",\"aud\":\"Tocsin\",\"exp\":1800000001}",
			"it is for another audience"},
		{"{\"iss\":\"" URL "\",\"exp\":1800000001}",
			"it is for another audience"},
		{"{\"iss\":\"" URL
		 "\",\"aud\":[\"a\",\"tocsin\"],\"exp\":1800000001,\"nbf\":"
		 "1800000060,\"iat\":1800000060}",
			NULL},
		{"{\"iss\":\"" URL
		 "\",\"aud\":\"tocsin\",\"exp\":1800000999,\"nbf\":1800000061}",
			"it is not good yet"},
		{"{\"iss\":\"" URL
		 "\",\"aud\":\"tocsin\",\"exp\":1800000999,\"nbf\":\"x\"}",
			"it is not good yet"},
		{"{\"iss\":\"" URL
		 "\",\"aud\":\"tocsin\",\"exp\":1800000999,\"iat\":1800000061}",
			"it is of the future"},
	};
	const struct oidc_expected expected = {URL, AUDIENCE, NOW};

	for (size_t i = 0; i < countof(cases); i++) {
		struct jws jws AUTO(jws_done) = {
			.payload = json_loads(cases[i].claims, 0, NULL)};
		int64_t expires_s;
		const char *why = oidc_check_claims(&expires_s, &jws, &expected);

		cr_expect_str_eq(why ? why : "", cases[i].why ? cases[i].why : "", "%s",
			cases[i].claims);
	}
}

static char *text_of(const char *string)
{
	char *copy = strdup(string);

	cr_assert(copy);
	return copy;
}

static struct oidc *open_oidc(const struct issuer *issuer, const char *groups)
{
	const struct store_config config = {
		.oidc_issuer = text_of(issuer_url(issuer)),
		.oidc_audience = text_of(AUDIENCE),
		.oidc_jwks_url = text_of(""),
		.oidc_groups_claim = text_of(groups),
		.oidc_role_mapping = text_of(
			"{\"ops\":{\"role\":\"org_admin\",\"org_id\":\"acme\"}}"),
	};
	struct fault fault = {0};
	struct oidc *oidc = NULL;

	cr_assert(oidc_open(&oidc, &config, &fault), "%s", fault.text);
	free(config.oidc_issuer);
	free(config.oidc_audience);
	free(config.oidc_jwks_url);
	free(config.oidc_groups_claim);
	free(config.oidc_role_mapping);
	return oidc;
}

static struct verdict verify_text(struct oidc *oidc, const char *text)
{
	struct jws jws AUTO(jws_done) = {0};
	struct verdict verdict = {.why = ""};
	struct fault fault = {0};

	cr_assert(jws_parse(&jws, text, &fault), "%s", fault.text);
	cr_assert(oidc_verify(&verdict, oidc, &jws, clock_wall_us(), &fault), "%s",
		fault.text);
	return verdict;
}

Test(oidc, an_admin_signs_in_with_either_algorithm)
{
	struct issuer *issuer = issuer_start();
	struct oidc *oidc AUTO(oidc_close) = open_oidc(issuer, "groups");
	char *claims AUTO(free) =
		issuer_claims(issuer, AUDIENCE, "[\"all\",\"ops\"]", HOUR_S);
	char *others AUTO(free) = issuer_claims(issuer, AUDIENCE, "[\"all\"]", HOUR_S);
	char *over AUTO(free) = issuer_claims(issuer, AUDIENCE, "[\"ops\"]", -HOUR_S);
	char *elsewhere AUTO(free) =
		issuer_claims(issuer, "another", "[\"ops\"]", HOUR_S);

	for (int key = 0; key < ISSUER_KEYS; key++) {
		char *good AUTO(free) = issuer_sign(issuer, key, claims);
		char *nobody AUTO(free) = issuer_sign(issuer, key, others);
		char *late AUTO(free) = issuer_sign(issuer, key, over);
		char *strange AUTO(free) = issuer_sign(issuer, key, elsewhere);
		struct verdict verdict = verify_text(oidc, good);

		cr_expect_eq(verdict.caller.kind, CALLER_ORG_ADMIN, "%s", verdict.why);
		cr_expect_str_eq(verdict.caller.org, "acme");
		cr_expect_str_eq(verdict.caller.subject, "oidc:ada@example.com");
		cr_expect_str_eq(verdict.caller.auth_kind, "oidc");
		verdict = verify_text(oidc, nobody);
		cr_expect(verdict.caller.kind == CALLER_NONE && verdict.forbidden);
		verdict = verify_text(oidc, late);
		cr_expect(verdict.caller.kind == CALLER_NONE && !verdict.forbidden);
		verdict = verify_text(oidc, strange);
		cr_expect(verdict.caller.kind == CALLER_NONE && !verdict.forbidden);
	}
	issuer_stop(issuer);
}

Test(oidc, groups_may_be_deep_in_the_claims)
{
	struct issuer *issuer = issuer_start();
	struct oidc *oidc AUTO(oidc_close) = open_oidc(issuer, "/groups/roles");
	char *claims AUTO(free) =
		issuer_claims(issuer, AUDIENCE, "{\"roles\":[\"ops\"]}", HOUR_S);
	char *token AUTO(free) = issuer_sign(issuer, ISSUER_EC, claims);

	cr_expect_eq(verify_text(oidc, token).caller.kind, CALLER_ORG_ADMIN);
	issuer_stop(issuer);
}

Test(oidc, is_off_without_settings_and_not_half_on)
{
	static char none[] = "", url[] = URL, audience[] = AUDIENCE,
		    groups[] = "groups",
		    mapping[] = "{\"a\":{\"role\":\"super_admin\"}}",
		    plain[] = "http://login.example.com";
	const struct {
		struct store_config config;
		bool good;
	} cases[] = {
		{{.oidc_issuer = none, none, none, groups, none}, true},
		{{.oidc_issuer = url, audience, none, groups, mapping}, true},
		{{.oidc_issuer = url, none, none, groups, mapping}, false},
		{{.oidc_issuer = url, audience, none, none, mapping}, false},
		{{.oidc_issuer = url, audience, none, groups, none}, false},
		{{.oidc_issuer = none, audience, none, groups, mapping}, false},
		{{.oidc_issuer = plain, audience, none, groups, mapping}, false},
		{{.oidc_issuer = url, audience, plain, groups, mapping}, false},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct oidc *oidc AUTO(oidc_close) = NULL;
		struct fault fault = {0};

		cr_expect_eq(oidc_open(&oidc, &cases[i].config, &fault), cases[i].good,
			"%zu: %s", i, fault.text);
		cr_expect_eq(oidc != NULL, i == 1, "%zu", i);
	}
}
