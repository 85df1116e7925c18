// SPDX-License-Identifier: Apache-2.0
// What must be so for every tree and every document, tried with random ones. A failure
// names its seed; TOCSIN_TEST_SEED=that repeats it as the first case.
#include <criterion/criterion.h>
#include <inttypes.h>

#include "config-store/config/config_diff.h"
#include "config-store/config/defaults.h"
#include "config-store/config/explain.h"
#include "config-store/config/inherit.h"
#include "config-store/config/merge.h"
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

/*
 * The slow way: a flat table of leaves, {pointer: {"value", "from"}}, into which each
 * document is laid leaf by leaf.
 */
static bool is_above(const char *upper, const char *lower)
{
	size_t len = strlen(upper);

	return strncmp(upper, lower, len) == 0 && lower[len] == '/';
}

static void lay_leaf(json_t *table, const char *path, json_t *value, const char *from)
{
	bool is_empty = json_is_object(value) && json_object_size(value) == 0;
	bool keeps = false;
	const char *known;
	json_t *ignored;
	void *next;

	json_object_foreach_safe(table, next, known, ignored)
	{
		if (is_above(path, known) && is_empty)
			keeps = true; /* an object on an object: nothing is said */
		else if (is_above(path, known) || is_above(known, path))
			(void)json_object_del(table, known);
	}
	if (!keeps)
		(void)json_object_set_new(table, path,
			json_pack("{sO,ss}", "value", value, "from", from));
}

static void lay_all(json_t *table, const char *path, json_t *value, const char *from)
{
	const char *key;
	json_t *member;

	if (!json_is_object(value) || json_object_size(value) == 0) {
		lay_leaf(table, path, value, from);
		return;
	}
	json_object_foreach(value, key, member)
	{
		struct text below AUTO(text_done) = {0};

		text_add(&below, path);
		pointer_add(&below, key);
		lay_all(table, text_string(&below), member, from);
	}
}

static void lay_document(
	json_t *table, const json_t *document, const char *from, bool is_last)
{
	json_t *copy AUTO(json_decref) = json_deep_copy(document);

	(void)json_object_del(copy, "policy");
	if (!is_last)
		(void)json_object_del(copy, "routing");
	if (json_object_size(copy) > 0)
		lay_all(table, "", copy, from);
}

static json_t *slow_table(const struct policy_level *levels, size_t count)
{
	json_t *table = json_object();
	json_t *defaults AUTO(json_decref) = defaults_new();

	lay_document(table, defaults, "defaults", true);
	for (size_t i = 0; i < count; i++)
		lay_document(table, levels[i].own, levels[i].node, i + 1 == count);
	return table;
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

static json_t *rebuild(const json_t *table)
{
	json_t *document = json_object();
	const char *path;
	json_t *leaf;

	json_object_foreach((json_t *)table, path, leaf)
		plant(document, path, json_object_get(leaf, "value"));
	return document;
}

static void check_node(const struct forest *forest, int node, uint64_t seed)
{
	struct policy_level levels[NODES_MAX];
	size_t count = levels_of(levels, forest, node);
	json_t *table AUTO(json_decref) = slow_table(levels, count);
	json_t *slow AUTO(json_decref) = rebuild(table);
	json_t *values AUTO(json_decref) = explain_values(
		&(struct explain_subject){levels, count, forest->effective[node]}, "");
	json_t *again AUTO(json_decref) = json_object();
	json_t *one;
	size_t i;

	cr_assert(json_equal(forest->effective[node], slow), "merge, seed %" PRIu64,
		seed);
	cr_assert_eq(json_array_size(values), json_object_size(table),
		"leaves, seed %" PRIu64, seed);
	json_array_foreach(values, i, one)
	{
		const char *path = json_string_or(one, "/path", "?");
		const json_t *leaf = json_object_get(table, path);

		cr_assert(json_equal(json_object_get(one, "value"),
				  json_object_get(leaf, "value")),
			"value at %s, seed %" PRIu64, path, seed);
		cr_assert_str_eq(json_string_or(one, "/from", "?"),
			json_string_or(leaf, "/from", "nobody"),
			"origin of %s, seed %" PRIu64, path, seed);
		plant(again, path, json_object_get(one, "value"));
	}
	cr_assert(json_equal(again, forest->effective[node]),
		"rebuilt from its leaves, seed %" PRIu64, seed);
}

Test(properties, merge_and_explain_agree_with_the_slow_way)
{
	uint64_t first = random_first_seed();

	for (uint64_t seed = first; seed < first + CASES; seed++) {
		struct random random = {seed};
		struct forest forest AUTO(forest_done) = {0};

		grow(&forest, &random);
		for (int i = 0; i < forest.count; i++)
			check_node(&forest, i, seed);
	}
}

Test(properties, explaining_a_part_is_a_part_of_the_explanation)
{
	uint64_t first = random_first_seed();

	for (uint64_t seed = first; seed < first + CASES / 3; seed++) {
		struct random random = {seed};
		struct forest forest AUTO(forest_done) = {0};
		struct policy_level levels[NODES_MAX];
		json_t *pointer AUTO(json_decref) = random_pointer(&random);
		const char *path = json_string_value(pointer);
		struct explain_subject subject = {.levels = levels};
		json_t *all AUTO(json_decref) = NULL, *part AUTO(json_decref) = NULL;
		size_t found = 0, i;
		json_t *one;

		grow(&forest, &random);
		subject.count = levels_of(levels, &forest, forest.count - 1);
		subject.effective = forest.effective[forest.count - 1];
		all = explain_values(&subject, "");
		part = explain_values(&subject, path);
		json_array_foreach(all, i, one)
		{
			const char *leaf = json_string_or(one, "/path", "?");

			if (strcmp(leaf, path) != 0 && !is_above(path, leaf) &&
				!is_above(leaf, path))
				continue;
			cr_assert(json_equal(json_array_get(part, found++), one),
				"%s of %s, seed %" PRIu64, leaf, path, seed);
		}
		cr_assert_eq(found, json_array_size(part), "seed %" PRIu64, seed);
	}
}

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

Test(properties, patch_then_rollback_restores)
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

Test(properties, no_write_that_is_let_in_changes_a_locked_value)
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
