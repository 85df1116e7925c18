// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/effective_cache.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct effective_cache *cache;

static void open_cache(size_t bytes)
{
	struct fault fault = {0};

	cr_assert(effective_cache_open(&cache, bytes, &fault));
}

static void put(
	const char *org, const char *node, uint64_t generation, const char *text)
{
	struct effective *effective AUTO(effective_release) =
		effective_new(org, node, generation, "tag", text);

	cr_assert(effective);
	effective_cache_put(cache, effective);
}

static bool has(const char *org, const char *node, uint64_t generation)
{
	struct effective *effective AUTO(effective_release) =
		effective_cache_get(cache, org, node, generation);

	return effective != NULL;
}

Test(effective_cache, gives_what_is_of_the_same_node_and_generation)
{
	struct effective *found;

	open_cache(1 << 20);
	put("acme", "sre", 7, "{\"a\":1}");
	cr_expect_not(has("acme", "sre", 6));
	cr_expect_not(has("acme", "sre", 8));
	cr_expect_not(has("acme", "web", 7));
	cr_expect_not(has("rival", "sre", 7), "never another organisation's");
	put("acme", "sre", 8, "{\"a\":2}");
	cr_expect_not(has("acme", "sre", 7));
	found = effective_cache_get(cache, "acme", "sre", 8);
	cr_assert(found);
	cr_expect_str_eq(found->text, "{\"a\":2}");
	cr_expect_eq(found->len, 7);
	cr_expect_str_eq(found->etag, "tag");
	effective_cache_close(cache);
	cr_expect_str_eq(found->text, "{\"a\":2}", "the last user frees it");
	effective_release(found);
}

Test(effective_cache, keeps_nothing_while_changes_could_go_unheard)
{
	open_cache(1 << 20);
	put("acme", "sre", 0, "{}");
	cr_expect_not(has("acme", "sre", 0));
	effective_cache_close(cache);
	cache = NULL;
	cr_expect_not(has("acme", "sre", 1), "without a cache nothing is found");
	put("acme", "sre", 1, "{}");
}

Test(effective_cache, stays_within_its_bytes_and_drops_what_nobody_asks_for)
{
	enum { EACH = 1000, NODES = 1000, BYTES = 100 * 1024 };
	static char text[EACH + 1], large[BYTES + 1];
	char node[16];
	int kept = 0;

	memset(text, ' ', EACH);
	memset(large, ' ', BYTES);
	open_cache(BYTES);
	put("acme", "large", 1, large);
	cr_expect_not(has("acme", "large", 1), "it would take all");
	for (int i = 0; i < NODES; i++) {
		(void)snprintf(node, sizeof(node), "n%d", i);
		put("acme", node, 1, text);
		cr_assert(has("acme", "n0", 1), "asked for all the time, %d", i);
	}
	for (int i = 0; i < NODES; i++) {
		(void)snprintf(node, sizeof(node), "n%d", i);
		kept += has("acme", node, 1);
	}
	cr_expect_leq(kept * EACH, BYTES);
	cr_expect_geq(kept * EACH, BYTES / 2);
	cr_expect(has("acme", "n999", 1));
	cr_expect_not(has("acme", "n1", 1));
	effective_cache_close(cache);
}

Test(effective_cache, of_no_bytes_keeps_nothing)
{
	open_cache(0);
	put("acme", "sre", 1, "{}");
	cr_expect_not(has("acme", "sre", 1));
	effective_cache_close(cache);
}
