// SPDX-License-Identifier: Apache-2.0
// A cache that many threads ask, fill and overfill at once, and notices that are bumped
// and read meanwhile; its database is not there, so the thread that listens tries on.
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "config-store/config/effective_cache.h"
#include "config-store/notices.h"
#include "tests/threads/threads.h"

enum { THREADS = 6, NODES = 40, BYTES = 8192, ROUNDS = 4000 };

static struct effective_cache *cache;
static struct notices *notices;
static atomic_int hits, misses, next_seed = 1;

static void look_up(unsigned turn)
{
	char node[16], text[64];
	uint64_t generation = 1 + turn / 64 % 4;
	struct effective *effective;

	(void)snprintf(node, sizeof(node), "n%u", turn * 7919 % NODES);
	(void)snprintf(
		text, sizeof(text), "%s of %llu", node, (unsigned long long)generation);
	effective = effective_cache_get(cache, "acme", node, generation);
	atomic_fetch_add(effective ? &hits : &misses, 1);
	if (!effective) {
		effective = effective_new("acme", node, generation, "tag", text);
		must(effective != NULL);
		effective_cache_put(cache, effective);
	}
	must(strcmp(effective->text, text) == 0);
	effective_release(effective);
}

static void *work(void *context)
{
	unsigned turn = (unsigned)atomic_fetch_add(&next_seed, 1) * 31;

	(void)context;
	for (int i = 0; i < ROUNDS; i++) {
		look_up(turn++);
		notices_bump(notices, "acme");
		must(notices_generation(notices, "acme") == 0);
	}
	return NULL;
}

int main(void)
{
	struct fault fault = {0};
	struct crew crew;

	must(effective_cache_open(&cache, BYTES, &fault));
	must(notices_open(&notices, "postgresql://127.0.0.1:1/none", &fault));
	crew_start(&crew, THREADS, work, NULL);
	crew_join(&crew);
	notices_close(notices);
	effective_cache_close(cache);
	must(hits > 0 && misses > 0);
	return EXIT_SUCCESS;
}
