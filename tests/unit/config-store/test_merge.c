// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/merge.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static json_t *parse(const char *text)
{
	struct fault fault = {0};
	json_t *json;

	cr_assert(json_parse(&json, text, strlen(text), &fault), "%s: %s", text,
		fault.text);
	return json;
}

static void expect_json(const json_t *got, const char *wanted, const char *what)
{
	json_t *expected AUTO(json_decref) = parse(wanted);
	char *printed AUTO(free) = json_print(got);

	cr_expect(json_equal(got, expected), "%s: %s, not %s", what, printed, wanted);
}

/* The cases of RFC 7396, appendix A. */
Test(merge, patches_as_the_rfc_says)
{
	static const char *const cases[][3] = {
		{"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
		{"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
		{"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
		{"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
		{"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
		{"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
		{"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}",
			"{\"a\":{\"b\":\"d\"}}"},
		{"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
		{"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
		{"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
		{"{\"a\":\"foo\"}", "null", "null"},
		{"{\"a\":\"foo\"}", "\"bar\"", "\"bar\""},
		{"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
		{"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
		{"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *target AUTO(json_decref) = parse(cases[i][0]);
		json_t *patch AUTO(json_decref) = parse(cases[i][1]);
		json_t *result AUTO(json_decref) = merge_patch(target, patch);

		expect_json(result, cases[i][2], cases[i][1]);
		expect_json(target, cases[i][0], "the target is left alone");
	}
}

Test(merge, lays_one_document_over_another)
{
	static const char *const cases[][3] = {
		{"{}", "{\"a\":1}", "{\"a\":1}"},
		{"{\"a\":{\"b\":1}}", "{\"a\":{\"c\":2}}", "{\"a\":{\"b\":1,\"c\":2}}"},
		{"{\"a\":[1,2]}", "{\"a\":[3]}", "{\"a\":[3]}"},
		{"{\"a\":{\"b\":1}}", "{\"a\":5}", "{\"a\":5}"},
		{"{\"a\":5}", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}"},
		{"{\"a\":5}", "{\"a\":null}", "{\"a\":5}"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *base AUTO(json_decref) = parse(cases[i][0]);
		json_t *over AUTO(json_decref) = parse(cases[i][1]);

		cr_assert(merge_into(base, over));
		expect_json(base, cases[i][2], cases[i][1]);
	}
}

Test(merge, names_where_documents_differ)
{
	json_t *before AUTO(json_decref) =
		parse("{\"a\":1,\"b\":{\"c\":[1],\"d\":2},\"x/y\":0,\"e\":{}}");
	json_t *after AUTO(json_decref) =
		parse("{\"a\":1,\"b\":{\"c\":[2],\"d\":2},\"f\":{\"~\":1},\"e\":{}}");
	json_t *paths AUTO(json_decref) = merge_changes(before, after, 100);
	json_t *two AUTO(json_decref) = merge_changes(before, after, 2);

	expect_json(paths, "[\"/b/c\",\"/x~1y\",\"/f\"]", "paths");
	cr_expect_eq(json_array_size(two), 2);
}

Test(merge, measures_depth)
{
	json_t *json AUTO(json_decref) = parse("{\"a\":[{\"b\":1},2],\"c\":3}");

	cr_expect_eq(merge_depth(json), 3);
	cr_expect_eq(merge_depth(json_object_get(json, "c")), 0);
}

/* Random documents over few keys, so that they meet. */
static unsigned seed;

static unsigned draw(unsigned below)
{
	seed = seed * 1103515245 + 12345;
	return seed / 65536 % below;
}

static json_t *random_value(int depth)
{
	static const char *const keys[] = {"a", "b", "c", "d"};
	unsigned kind = draw(depth > 0 ? 7 : 3);
	json_t *value;

	if (kind == 0)
		return json_null();
	if (kind < 3)
		return json_integer(draw(3));
	value = kind == 3 ? json_array() : json_object();
	for (unsigned i = draw(4); i > 0; i--)
		if (kind == 3)
			(void)json_array_append_new(value, random_value(depth - 1));
		else
			(void)json_object_set_new(
				value, keys[draw(4)], random_value(depth - 1));
	return value;
}

static json_t *random_object(void)
{
	json_t *value = random_value(4);

	if (json_is_object(value))
		return value;
	json_decref(value);
	return json_object();
}

/* The slow and obvious way: build the result anew, key by key, changing nothing. */
static json_t *slow_patch(const json_t *target, const json_t *patch)
{
	json_t *result = json_object();
	const char *key;
	json_t *value;

	if (!json_is_object(patch)) {
		json_decref(result);
		return json_deep_copy(patch);
	}
	if (json_is_object(target))
		json_object_foreach((json_t *)target, key, value)
		{
			if (!json_object_get(patch, key))
				(void)json_object_set_new(
					result, key, json_deep_copy(value));
		}
	json_object_foreach((json_t *)patch, key, value)
	{
		if (!json_is_null(value))
			(void)json_object_set_new(result, key,
				slow_patch(json_object_get(target, key), value));
	}
	return result;
}

static json_t *slow_merge(const json_t *base, const json_t *over)
{
	json_t *result = json_object();
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)base, key, value)
	{
		json_t *above = json_object_get(over, key);

		if (!above || json_is_null(above))
			(void)json_object_set_new(result, key, json_deep_copy(value));
		else if (json_is_object(value) && json_is_object(above))
			(void)json_object_set_new(
				result, key, slow_merge(value, above));
		else
			(void)json_object_set_new(result, key, json_deep_copy(above));
	}
	json_object_foreach((json_t *)over, key, value)
	{
		if (!json_object_get(base, key) && !json_is_null(value))
			(void)json_object_set_new(result, key, json_deep_copy(value));
	}
	return result;
}

Test(merge, agrees_with_the_slow_way_on_random_documents)
{
	for (seed = 1; seed < 2000000000; seed += 400009) {
		unsigned here = seed;
		json_t *a AUTO(json_decref) = random_object();
		json_t *b AUTO(json_decref) = random_object();
		json_t *patched AUTO(json_decref) = merge_patch(a, b);
		json_t *slow AUTO(json_decref) = slow_patch(a, b);
		json_t *merged AUTO(json_decref) = json_deep_copy(a);
		json_t *slow_merged AUTO(json_decref) = slow_merge(a, b);

		cr_assert(json_equal(patched, slow), "patch, seed %u", here);
		cr_assert(merge_into(merged, b));
		cr_assert(json_equal(merged, slow_merged), "merge, seed %u", here);
		seed = here;
	}
}

Test(merge, changes_nothing_that_others_share)
{
	json_t *parent AUTO(json_decref) =
		parse("{\"a\":{\"b\":{\"c\":1},\"d\":[1]},\"e\":{\"f\":1}}");
	json_t *before AUTO(json_decref) = json_deep_copy(parent);
	json_t *child AUTO(json_decref) = json_copy(parent);
	json_t *over AUTO(json_decref) =
		parse("{\"a\":{\"b\":{\"c\":2,\"n\":{\"x\":1}}}}");
	json_t *grandchild AUTO(json_decref) = NULL;
	json_t *more AUTO(json_decref) = parse("{\"a\":{\"b\":{\"n\":{\"y\":1}}}}");

	cr_assert(merge_into(child, over));
	grandchild = json_copy(child);
	cr_assert(merge_into(grandchild, more));
	cr_expect(json_equal(parent, before));
	expect_json(over, "{\"a\":{\"b\":{\"c\":2,\"n\":{\"x\":1}}}}", "over");
	expect_json(child,
		"{\"a\":{\"b\":{\"c\":2,\"n\":{\"x\":1}},\"d\":[1]},\"e\":{\"f\":1}}",
		"child");
	expect_json(grandchild,
		"{\"a\":{\"b\":{\"c\":2,\"n\":{\"x\":1,\"y\":1}},\"d\":[1]},"
		"\"e\":{\"f\":1}}",
		"grandchild");
	cr_expect_eq(json_object_get(child, "e"), json_object_get(parent, "e"),
		"what nobody speaks of is shared");
}

Test(merge, has_the_properties_that_callers_rely_on)
{
	for (seed = 7; seed < 2000000000; seed += 1000003) {
		unsigned here = seed;
		json_t *a AUTO(json_decref) = random_object();
		json_t *b AUTO(json_decref) = random_object();
		json_t *once AUTO(json_decref) = merge_patch(a, b);
		json_t *twice AUTO(json_decref) = merge_patch(once, b);
		json_t *changes AUTO(json_decref) = merge_changes(once, twice, 10);
		json_t *differences AUTO(json_decref) = merge_changes(a, once, 1);

		cr_assert(json_equal(once, twice), "idempotent, seed %u", here);
		cr_assert_eq(json_array_size(changes), 0, "seed %u", here);
		cr_assert_eq(json_array_size(differences) == 0, json_equal(a, once),
			"seed %u", here);
		seed = here;
	}
}

Test(merge, a_secret_is_one_value)
{
	json_t *base AUTO(json_decref) = json_pack("{s{sb,ss},s{ss}}", "a", "$secret",
		1, "fingerprint", "old", "b", "user", "me");
	json_t *over AUTO(json_decref) =
		json_pack("{s{ss},s{sb}}", "a", "user", "you", "b", "$secret", 1);
	json_t *patched AUTO(json_decref) = merge_patch(base, over);
	json_t *paths AUTO(json_decref) = merge_changes(base, over, 10);

	cr_expect(json_equal(patched, over));
	cr_expect(merge_into(base, over));
	cr_expect(json_equal(base, over));
	cr_expect_eq(json_array_size(paths), 2);
	cr_expect_str_eq(json_string_value(json_array_get(paths, 0)), "/a");
}

Test(merge, a_secret_that_was_sealed_anew_has_not_changed)
{
	static const struct {
		const char *before, *after;
		size_t changes;
	} cases[] = {
		{"{\"a\":{\"$encrypted\":\"1\",\"$fingerprint\":\"f\"}}",
			"{\"a\":{\"$encrypted\":\"2\",\"$fingerprint\":\"f\"}}", 0},
		{"{\"a\":{\"$encrypted\":\"1\",\"$fingerprint\":\"f\"}}",
			"{\"a\":{\"$encrypted\":\"2\",\"$fingerprint\":\"g\"}}", 1},
		{"{\"a\":{\"$encrypted\":\"1\"}}", "{\"a\":{\"$encrypted\":\"2\"}}", 1},
		{"{\"a\":{\"$encrypted\":\"1\",\"$fingerprint\":\"f\"}}",
			"{\"a\":\"f\"}", 1},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *before AUTO(json_decref) = parse(cases[i].before);
		json_t *after AUTO(json_decref) = parse(cases[i].after);
		json_t *paths AUTO(json_decref) = merge_changes(before, after, 10);

		cr_expect_eq(json_array_size(paths), cases[i].changes, "case %zu", i);
	}
}
