// SPDX-License-Identifier: Apache-2.0
// What must be so for every document that is written, tried with random ones: it can be
// taken back, and it changes nothing that is locked. A failure names its seed;
// TOCSIN_TEST_SEED=that repeats it as the first case.
#include <criterion/criterion.h>
#include <inttypes.h>

#include "config-store/config/config_diff.h"
#include "tests/unit/config-store/random_forest.h"

/* Takes a leaf out, by its pointer. */
static void uproot(json_t *object, const char *pointer)
{
	const char *last = strrchr(pointer, '/');
	char above[1024];
	json_t *holder = NULL, *found;
	const char *key;
	void *next;

	(void)snprintf(above, sizeof(above), "%.*s", (int)(last - pointer), pointer);
	holder = pointer_get(object, above);
	json_object_foreach_safe(holder, next, key, found)
	{
		struct text path AUTO(text_done) = {0};

		pointer_add(&path, key);
		if (strcmp(text_string(&path), last) == 0)
			(void)json_object_del(holder, key);
	}
}

/* As the history's diffs say that they are to be read. */
static json_t *apply(const json_t *before, const json_t *diff)
{
	json_t *document = json_deep_copy(before);
	const char *path;
	json_t *value;

	json_object_foreach(json_object_get(diff, "removed"), path, value)
		uproot(document, path);
	json_object_foreach(json_object_get(diff, "changed"), path, value)
		plant(document, path, json_object_get(value, "new"));
	json_object_foreach(json_object_get(diff, "added"), path, value)
		plant(document, path, value);
	return document;
}

Test(properties_write, patch_then_rollback_restores)
{
	uint64_t first = random_first_seed();

	for (uint64_t seed = first; seed < first + CASES; seed++) {
		struct random random = {seed};
		json_t *before AUTO(json_decref) = random_own(&random);
		json_t *patch AUTO(json_decref) = random_object(&random, DEPTH, true);
		json_t *after AUTO(json_decref) = merge_patch(before, patch);
		json_t *diff AUTO(json_decref) = NULL, *undo AUTO(json_decref) = NULL;
		json_t *replaced AUTO(json_decref) = merge_patch(NULL, before);
		json_t *there AUTO(json_decref) = NULL, *back AUTO(json_decref) = NULL;
		struct fault fault = {0};

		cr_assert(config_diff_make(&diff, before, after, &fault));
		cr_assert(config_diff_make(&undo, after, before, &fault));
		there = apply(before, diff);
		cr_assert(json_equal(there, after), "seed %" PRIu64, seed);
		back = apply(there, undo);
		cr_assert(json_equal(back, before), "seed %" PRIu64, seed);
		cr_assert(json_equal(replaced, before),
			"what was stored can be stored again, seed %" PRIu64, seed);
	}
}

/* How many problems `node` has, by the config store's own check. */
static size_t judged(const struct forest *forest, int node)
{
	struct policy_level levels[NODES_MAX];
	json_t *problems AUTO(json_decref) = json_array();
	size_t count = levels_of(levels, forest, node);

	policy_check(&(const struct policy_subject){.above = levels,
			     .count = count - 1,
			     .own = forest->own[node],
			     .effective = forest->effective[node],
			     .inherited = forest->inherited[node]},
		problems);
	return json_array_size(problems);
}

/* By hand: does a value that somebody above locks differ from that one's own value? */
static bool breaks_a_lock(const struct forest *forest, int node)
{
	for (int up = forest->parent[node]; up >= 0; up = forest->parent[up]) {
		const json_t *locked = json_at(forest->own[up], "/policy/locked");
		const json_t *path;
		size_t i;

		json_array_foreach(locked, i, path)
		{
			const json_t *theirs =
				json_at(forest->effective[up], json_string_value(path));
			const json_t *ours = json_at(
				forest->effective[node], json_string_value(path));

			if (!theirs != !ours || (ours && !json_equal(theirs, ours)))
				return true;
		}
	}
	return false;
}

/* Takes back what breaks a lock, as the config store never lets it in. */
static void make_lawful(struct forest *forest)
{
	for (int i = 0; i < forest->count; i++)
		if (judged(forest, i) > 0) {
			json_decref(forest->own[i]);
			forest->own[i] = json_object();
			merge_all(forest);
		}
}

static bool all_lawful(const struct forest *forest)
{
	size_t problems = 0;

	for (int i = 0; i < forest->count; i++)
		problems += judged(forest, i);
	return problems == 0;
}

Test(properties_write, no_write_that_is_let_in_changes_a_locked_value)
{
	uint64_t first = random_first_seed();
	int let_in = 0, refused = 0;

	for (uint64_t seed = first; seed < first + CASES; seed++) {
		struct random random = {seed};
		struct forest forest AUTO(forest_done) = {0};

		grow(&forest, &random);
		make_lawful(&forest);
		for (int i = 0; i < forest.count; i++)
			cr_assert_not(breaks_a_lock(&forest, i), "seed %" PRIu64, seed);
		for (int writes = 0; writes < 4; writes++) {
			int at = (int)random_below(&random, (unsigned)forest.count);
			json_t *before = forest.own[at];
			json_t *patch AUTO(json_decref) =
				random_object(&random, DEPTH, true);
			bool broken = false;

			forest.own[at] = merge_patch(before, patch);
			merge_all(&forest);
			for (int i = 0; i < forest.count; i++)
				broken = broken || breaks_a_lock(&forest, i);
			cr_assert_eq(
				all_lawful(&forest), !broken, "seed %" PRIu64, seed);
			if (broken) {
				json_decref(forest.own[at]);
				forest.own[at] = before;
				merge_all(&forest);
				refused++;
			} else {
				json_decref(before);
				let_in++;
			}
		}
	}
	/* The random trees are such that both happen. */
	cr_expect_gt(let_in, CASES / 2);
	cr_expect_gt(refused, CASES / 10);
}
