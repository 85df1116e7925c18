// SPDX-License-Identifier: Apache-2.0
// Verified credentials: many threads find and keep the same few while their organisations
// change, and nobody is ever taken for somebody else.
#include <stdatomic.h>
#include <string.h>

#include "config-store/caller/verified.h"
#include "tests/threads/threads.h"

enum { THREADS = 8, ROUNDS = 3000, CREDENTIALS = 64 };

static struct verified *verified;
static atomic_ullong changes = 1;
static atomic_int found_total;

static uint64_t generation(const void *context, const char *org)
{
	(void)context;
	(void)org;
	return changes;
}

static void look_up(int number, int64_t now_ms)
{
	struct verified_look look = {.mono_ms = now_ms};
	struct caller caller = {.kind = CALLER_TEAM, .auth_kind = "team_token"}, found;
	unsigned char key[HMAC_SIZE];

	(void)snprintf(caller.org, sizeof(caller.org), "org%d", number);
	sha256(key, &number, sizeof(number));
	if (verified_find(&found, &look, verified, key)) {
		must(strcmp(found.org, caller.org) == 0);
		atomic_fetch_add(&found_total, 1);
		return;
	}
	verified_keep(verified, key, &look, &caller);
}

static void *use(void *context)
{
	(void)context;
	for (int i = 0; i < ROUNDS; i++) {
		look_up(i % CREDENTIALS, i);
		if (i % 500 == 0)
			atomic_fetch_add(&changes, 1);
	}
	return NULL;
}

int main(void)
{
	struct fault fault = {0};
	struct crew crew;

	must(verified_open(&verified, generation, NULL, &fault));
	crew_start(&crew, THREADS, use, NULL);
	crew_join(&crew);
	must(found_total > 0);
	verified_close(verified);
	return EXIT_SUCCESS;
}
