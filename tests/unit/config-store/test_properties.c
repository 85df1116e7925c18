// SPDX-License-Identifier: Apache-2.0
// What must be so for every tree: merging and explaining agree with a slow way of the same,
// tried with random ones. A failure names its seed; TOCSIN_TEST_SEED=that repeats it as the
// first case.
#include <criterion/criterion.h>
#include <inttypes.h>

#include "config-store/config/defaults.h"
#include "config-store/config/explain.h"
#include "tests/unit/config-store/random_forest.h"

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
