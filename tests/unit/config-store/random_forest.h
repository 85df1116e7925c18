// SPDX-License-Identifier: Apache-2.0
// Random trees of nodes with random configurations, merged as the config store does it.
#pragma once

#include <criterion/criterion.h>

#include "config-store/config/inherit.h"
#include "config-store/config/merge.h"
#include "config-store/config/policy.h"
#include "tests/unit/config-store/random_json.h"

enum { CASES = 500, DEPTH = 4, NODES_MAX = 12 };

static const char *const names[NODES_MAX] = {
	"n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9", "n10", "n11"};

/* Parents before children; node 0 is the root. */
struct forest {
	int count;
	int parent[NODES_MAX]; /* -1 */
	json_t *own[NODES_MAX], *inherited[NODES_MAX], *effective[NODES_MAX];
};

static void forget(struct forest *forest)
{
	for (int i = 0; i < forest->count; i++) {
		json_decref(forest->inherited[i]);
		json_decref(forest->effective[i]);
		forest->inherited[i] = forest->effective[i] = NULL;
	}
}

static void forest_done(struct forest *forest)
{
	forget(forest);
	for (int i = 0; i < forest->count; i++)
		json_decref(forest->own[i]);
}
DEFINE_AUTO_DONE(struct forest, forest_done)

/* As the config store does it. */
static void merge_all(struct forest *forest)
{
	forget(forest);
	for (int i = 0; i < forest->count; i++) {
		const json_t *above = forest->parent[i] < 0
			? NULL
			: forest->effective[forest->parent[i]];

		forest->inherited[i] = inherit_base(above);
		forest->effective[i] = json_deep_copy(forest->inherited[i]);
		cr_assert(inherit_lay(forest->effective[i], forest->own[i]));
	}
}

/* A pointer to what may be in a document, or not. */
static json_t *random_pointer(struct random *random)
{
	struct text path AUTO(text_done) = {0};

	for (unsigned i = random_below(random, 3) + 1; i > 0; i--)
		pointer_add(&path, random_key(random));
	return json_string(text_string(&path));
}

static json_t *random_policy(struct random *random)
{
	json_t *locked = json_array();

	for (unsigned i = random_below(random, 4); i > 0; i--)
		(void)json_array_append_new(locked, random_pointer(random));
	return json_pack("{so}", "locked", locked);
}

/* What a node may have stored: a patch of nothing, so without nulls in objects. */
static json_t *random_own(struct random *random)
{
	json_t *wild AUTO(json_decref) = random_object(random, DEPTH, true);

	if (random_below(random, 3) == 0)
		(void)json_object_set_new(wild, "routing",
			json_pack("{s[s]}", "services", random_key(random)));
	if (random_below(random, 3) == 0)
		(void)json_object_set_new(wild, "policy", random_policy(random));
	if (random_below(random, 3) == 0)
		(void)json_object_set_new(
			wild, "runtime", random_object(random, DEPTH, false));
	return merge_patch(NULL, wild);
}

static void grow(struct forest *forest, struct random *random)
{
	forest->count = (int)random_below(random, NODES_MAX) + 1;
	for (int i = 0; i < forest->count; i++) {
		forest->parent[i] =
			i == 0 ? -1 : (int)random_below(random, (unsigned)i);
		forest->own[i] = random_own(random);
	}
	merge_all(forest);
}

/* The path to `node`, root first. */
static size_t levels_of(
	struct policy_level *levels, const struct forest *forest, int node)
{
	size_t count = 0;

	for (int up = node; up >= 0; up = forest->parent[up])
		count++;
	for (size_t i = count; i > 0; i--, node = forest->parent[node])
		levels[i - 1] = (struct policy_level){names[node], forest->own[node]};
	return count;
}

/* Puts a leaf back, making the objects on the way. */
static void plant(json_t *object, const char *pointer, json_t *value)
{
	while (true) {
		struct text key AUTO(text_done) = {0};
		json_t *next;

		text_add(&key, "");
		for (pointer++; *pointer && *pointer != '/'; pointer++)
			if (*pointer == '~')
				text_add_char(&key, *++pointer == '0' ? '~' : '/');
			else
				text_add_char(&key, *pointer);
		if (!*pointer) {
			(void)json_object_set(object, text_string(&key), value);
			return;
		}
		next = json_object_get(object, text_string(&key));
		if (!next) {
			next = json_object();
			(void)json_object_set_new(object, text_string(&key), next);
		}
		object = next;
	}
}
