// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/verified.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { SECOND_US = 1000000 };

static uint64_t now_at = 1;
static struct verified *verified;

static uint64_t generation(const void *context, const char *org)
{
	(void)context;
	return *org ? now_at : 0;
}

static void start(void)
{
	struct fault fault = {0};

	now_at = 1;
	cr_assert(verified_open(&verified, generation, NULL, &fault));
}

static const unsigned char *key_of(int number)
{
	static unsigned char key[HMAC_SIZE];

	sha256(key, &number, sizeof(number));
	return key;
}

static struct caller caller_of(const char *org, const char *auth_kind)
{
	struct caller caller = {.kind = CALLER_ORG_ADMIN, .auth_kind = auth_kind};

	(void)snprintf(caller.org, sizeof(caller.org), "%s", org);
	return caller;
}

/* As verify() does it; true when nobody had to be asked. */
static bool look_up(int number, const struct caller *truth, int64_t ms)
{
	struct verified_look look = {.wall_us = ms * 1000, .mono_ms = ms};
	struct caller found;

	if (verified_find(&found, &look, verified, key_of(number))) {
		cr_expect_str_eq(found.org, truth->org);
		return true;
	}
	verified_keep(verified, key_of(number), &look, truth);
	return false;
}

Test(verified, is_asked_until_the_organisation_is_known_and_then_no_more)
{
	const struct caller acme = caller_of("acme", "team_token");

	start();
	cr_expect_not(look_up(1, &acme, 1000));
	cr_expect_not(look_up(1, &acme, 1001));
	for (int i = 2; i < 100; i++)
		cr_expect(look_up(1, &acme, 1000 + i));
	verified_close(verified);
}

Test(verified, is_void_after_any_change_and_while_changes_go_unheard)
{
	const struct caller acme = caller_of("acme", "team_token");

	start();
	cr_expect_not(look_up(1, &acme, 1000));
	cr_expect_not(look_up(1, &acme, 1000));
	cr_expect(look_up(1, &acme, 1000));
	now_at = 2;
	cr_expect_not(look_up(1, &acme, 1000));
	cr_expect(look_up(1, &acme, 1000));
	now_at = 0;
	cr_expect_not(look_up(1, &acme, 1000));
	cr_expect_not(look_up(1, &acme, 1000));
	now_at = 2;
	cr_expect_not(look_up(1, &acme, 1000), "nothing was kept meanwhile");
	cr_expect(look_up(1, &acme, 1000));
	verified_close(verified);
}

/* A change between the look and the query must not be hidden by what the query found. */
Test(verified, keeps_the_generation_of_before_the_query)
{
	const struct caller acme = caller_of("acme", "team_token");
	struct verified_look look = {.mono_ms = 1};
	struct caller found;

	start();
	cr_expect_not(look_up(1, &acme, 1));
	cr_expect_not(verified_find(&found, &look, verified, key_of(1)));
	cr_expect_str_eq(look.org, "acme");
	now_at = 2; /* somebody revokes it */
	verified_keep(verified, key_of(1), &look, &acme);
	cr_expect_not(verified_find(&found, &look, verified, key_of(1)));
	verified_close(verified);
}

Test(verified, ends_with_time_and_with_the_credential)
{
	struct caller acme = caller_of("acme", "team_token");

	start();
	(void)look_up(1, &acme, 1000);
	(void)look_up(1, &acme, 1000);
	cr_expect(look_up(1, &acme, 1000 + VERIFIED_MS - 1));
	cr_expect_not(look_up(1, &acme, 1000 + VERIFIED_MS));
	acme.expires_at_us = 2 * SECOND_US;
	(void)look_up(2, &acme, 1000);
	(void)look_up(2, &acme, 1000);
	cr_expect(look_up(2, &acme, 1999));
	cr_expect_not(look_up(2, &acme, 2000));
	verified_close(verified);
}

Test(verified, an_issuers_admin_rests_on_time_alone)
{
	const struct caller ada = caller_of("", "oidc");

	start();
	cr_expect_not(look_up(1, &ada, 1000));
	cr_expect(look_up(1, &ada, 1001));
	now_at = 0;
	cr_expect(look_up(1, &ada, 1002));
	cr_expect_not(look_up(1, &ada, 1000 + VERIFIED_MS));
	verified_close(verified);
}

Test(verified, is_bounded_and_never_mixes_callers_up)
{
	enum { MANY = 20000 };
	int kept = 0;

	start();
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < MANY; i++) {
			char org[16];
			struct caller caller;

			(void)snprintf(org, sizeof(org), "org%d", i);
			caller = caller_of(org, "team_token");
			kept += look_up(i, &caller, 1000);
		}
	cr_expect_lt(kept, MANY);
	verified_close(verified);
}
