// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/oidc_keys.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "tests/support/issuer.h"

enum { START_MS = 1000000 };

static struct issuer *issuer;
static struct oidc_keys *keys;

static void start(bool discovers)
{
	char url[96];
	struct fault fault = {0};

	log_open("test");
	issuer = issuer_start();
	(void)snprintf(url, sizeof(url), "%s/jwks", issuer_url(issuer));
	cr_assert(
		oidc_keys_open(&keys, issuer_url(issuer), discovers ? "" : url, &fault),
		"%s", fault.text);
}

static void stop(void)
{
	oidc_keys_close(keys);
	issuer_stop(issuer);
}

/* "" for a good one, why not, or "retry". */
static const char *ask_for(const char *text, int64_t now_ms)
{
	struct jws jws AUTO(jws_done) = {0};
	struct fault fault = {0};
	const char *why = "nothing";

	cr_assert(jws_parse(&jws, text, &fault), "%s", fault.text);
	if (!oidc_keys_verify(&why, keys, &jws, now_ms, &fault)) {
		cr_expect_eq(fault.kind, FAULT_RETRY, "%s", fault.text);
		return "retry";
	}
	return why ? why : "";
}

static const char *ask(int64_t now_ms)
{
	char *text AUTO(free) = issuer_sign(issuer, ISSUER_EC, "{}");

	return ask_for(text, now_ms);
}

Test(oidc_keys, are_fetched_once_and_kept)
{
	start(false);
	for (int i = 0; i < 20; i++)
		cr_expect_str_eq(ask(START_MS + i), "");
	cr_expect_eq(issuer_fetches(issuer), 1);
	cr_expect_str_eq(ask(START_MS + OIDC_FRESH_MS), "");
	cr_expect_eq(issuer_fetches(issuer), 2);
	stop();
}

Test(oidc_keys, are_found_by_discovery)
{
	start(true);
	cr_expect_str_eq(ask(START_MS), "");
	stop();
}

Test(oidc_keys, an_unknown_one_is_asked_for_and_not_too_often)
{
	int64_t now = START_MS;

	start(false);
	cr_expect_str_eq(ask(now), "");
	issuer_rotate(issuer);
	cr_expect_str_eq(ask(now + OIDC_RETRY_MS - 1), "its key is unknown");
	cr_expect_eq(issuer_fetches(issuer), 1);
	now += OIDC_RETRY_MS;
	cr_expect_str_eq(ask(now), "");
	cr_expect_eq(issuer_fetches(issuer), 2);
	/* Whoever makes key ids up makes the issuer no work. */
	for (int i = 0; i < 50; i++) {
		char header[64];
		char *text AUTO(free) = NULL;

		(void)snprintf(header, sizeof(header),
			"{\"alg\":\"ES256\",\"kid\":\"x%d\"}", i);
		text = issuer_sign_as(issuer, ISSUER_EC, header, "{}");
		cr_expect_str_eq(ask_for(text, now + i), "its key is unknown");
	}
	cr_expect_eq(issuer_fetches(issuer), 2);
	stop();
}

Test(oidc_keys, stay_good_for_a_while_without_the_issuer)
{
	int64_t now = START_MS;
	char *old AUTO(free) = NULL;

	start(false);
	cr_expect_str_eq(ask(now), "");
	old = issuer_sign(issuer, ISSUER_RSA, "{}");
	issuer_break(issuer, true);
	cr_expect_str_eq(ask_for(old, now + OIDC_FRESH_MS + 1), "");
	cr_expect_eq(issuer_fetches(issuer), 2);
	/* A key that it may have made since is no verdict. */
	issuer_rotate(issuer);
	cr_expect_str_eq(ask(now + OIDC_FRESH_MS + 2), "retry");
	cr_expect_str_eq(ask_for(old, now + OIDC_STALE_MS - 1), "");
	cr_expect_str_eq(ask_for(old, now + OIDC_STALE_MS), "retry");
	issuer_break(issuer, false);
	now += OIDC_STALE_MS + OIDC_RETRY_MS;
	cr_expect_str_eq(ask_for(old, now), "its key is unknown");
	cr_expect_str_eq(ask(now), "");
	stop();
}

Test(oidc_keys, that_never_came_are_no_verdict)
{
	start(false);
	issuer_break(issuer, true);
	cr_expect_str_eq(ask(START_MS), "retry");
	cr_expect_str_eq(ask(START_MS + 1), "retry");
	cr_expect_eq(issuer_fetches(issuer), 1);
	issuer_break(issuer, false);
	cr_expect_str_eq(ask(START_MS + OIDC_RETRY_MS), "");
	stop();
}

Test(oidc_keys, come_from_safe_places_only)
{
	static const struct {
		const char *url;
		bool good;
	} cases[] = {
		{"https://login.example.com", true},
		{"https://login.example.com/tenant/keys?x=1", true},
		{"http://127.0.0.1:8080/jwks", true},
		{"http://localhost/jwks", true},
		{"http://[::1]:1/jwks", true},
		{"http://login.example.com", false},
		{"http://127.0.0.1.example.com", false},
		{"http://localhost.example.com", false},
		{"http://localhost@example.com/", false},
		{"https://user:password@example.com/", false},
		{"http://127.0.0.1\\@example.com/", false},
		{"ftp://example.com", false},
		{"https://", false},
		{"login.example.com", false},
		{"", false},
	};

	for (size_t i = 0; i < countof(cases); i++)
		cr_expect_eq(oidc_url_is_good(cases[i].url), cases[i].good, "%s",
			cases[i].url);
}
