// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/config_diff.h"

#include <criterion/criterion.h>
#include <string.h>

#include "config-store/secrets/secrets.h"

#define KEY "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

static json_t *parse(const char *text)
{
	struct fault fault = {0};
	json_t *json;

	cr_assert(json_parse(&json, text, strlen(text), &fault), "%s: %s", text,
		fault.text);
	return json;
}

static json_t *diff_of(const json_t *before, const json_t *after)
{
	struct fault fault = {0};
	json_t *diff;

	cr_assert(config_diff_make(&diff, before, after, &fault), "%s", fault.text);
	return diff;
}

Test(config_diff, names_what_was_added_removed_and_changed)
{
	json_t *before AUTO(json_decref) =
		parse("{\"same\":1,\"gone\":{\"x\":1},\"a\":{"
		      "\"b\":1,\"list\":[1,2]},\"kind\":{}}");
	json_t *after AUTO(json_decref) =
		parse("{\"same\":1,\"a\":{\"b\":2,\"list\":[2],"
		      "\"c/d\":{\"~\":0}},\"kind\":7}");
	json_t *expected AUTO(json_decref) = parse(
		"{\"added\":{\"/a/c~1d\":{\"~\":0}},\"removed\":{\"/gone\":{\"x\":"
		"1}},\"changed\":{\"/a/b\":{\"old\":1,\"new\":2},\"/a/list\":{"
		"\"old\":[1,2],\"new\":[2]},\"/kind\":{\"old\":{},\"new\":7}}}");
	json_t *diff AUTO(json_decref) = diff_of(before, after);
	json_t *none AUTO(json_decref) = diff_of(before, before);
	char *printed AUTO(free) = json_print(diff);

	cr_expect(json_equal(diff, expected), "%s", printed);
	cr_expect_not(config_diff_is_empty(diff));
	cr_expect(config_diff_is_empty(none));
}

static json_t *sealed(const struct secrets *secrets, const char *text)
{
	json_t *document = parse(text), *problems AUTO(json_decref) = json_array();
	struct fault fault = {0};

	cr_assert(secrets_seal(secrets, &(struct secrets_place){"o", "n"}, document,
		NULL, problems, &fault));
	cr_assert_eq(json_array_size(problems), 0);
	return document;
}

Test(config_diff, says_that_a_secret_changed_and_never_which)
{
	static char key[] = KEY;
	struct secrets *secrets AUTO(secrets_close) = NULL;
	struct fault fault = {0};
	json_t *diff AUTO(json_decref) = NULL;
	char *printed AUTO(free) = NULL;

	cr_assert(secrets_open(&secrets, &(struct secret_list){1, {key}}, &fault));
	json_t *before AUTO(json_decref) = sealed(secrets,
		"{\"integrations\":{\"x\":{\"token\":\"first\",\"old_key\":\"gone\"}}"
		"}");
	json_t *after AUTO(json_decref) = sealed(secrets,
		"{\"integrations\":{\"x\":{\"token\":\"second\"},\"y\":{\"api_key\":"
		"\"third\"}}}");
	/* One that could not be sealed is no less a secret. */
	json_t *plain AUTO(json_decref) =
		parse("{\"integrations\":{\"x\":{\"token\":\"fourth\"}}}");
	json_t *unsealed AUTO(json_decref) = diff_of(before, plain);

	diff = diff_of(before, after);
	printed = json_print(diff);
	cr_expect(json_at(diff, "/changed/~1integrations~1x~1token"), "%s", printed);
	cr_expect(json_at(diff, "/removed/~1integrations~1x~1old_key"), "%s", printed);
	cr_expect(json_at(diff, "/added/~1integrations~1y"), "%s", printed);
	cr_expect_not(strstr(printed, "encrypted"), "%s", printed);
	free(printed);
	printed = json_print(unsealed);
	cr_expect(json_at(unsealed, "/changed/~1integrations~1x~1token"));
	cr_expect_not(strstr(printed, "fourth"), "%s", printed);
}

static unsigned seed;

static unsigned draw(unsigned below)
{
	seed = seed * 1103515245 + 12345;
	return seed / 65536 % below;
}

static json_t *random_value(int depth)
{
	static const char *const keys[] = {"a", "b/", "~c", "", "0"};
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
				value, keys[draw(5)], random_value(depth - 1));
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

/* The last key of a pointer, unescaped, and the object that it is in. */
static json_t *parent_of(json_t *document, const char *pointer, char *key)
{
	char path[256];
	char *slash;

	(void)snprintf(path, sizeof(path), "%s", pointer);
	slash = strrchr(path, '/');
	*slash = '\0';
	for (const char *p = slash + 1; *p; p++)
		if (*p == '~')
			*key++ = *++p == '0' ? '~' : '/';
		else
			*key++ = *p;
	*key = '\0';
	return json_at(document, path);
}

static void apply(json_t *document, json_t *diff)
{
	const char *pointer;
	json_t *value;
	char key[64];

	json_object_foreach(json_object_get(diff, "removed"), pointer, value)
	{
		cr_assert_eq(
			json_object_del(parent_of(document, pointer, key), key), 0);
	}
	json_object_foreach(json_object_get(diff, "added"), pointer, value)
	{
		json_t *parent = parent_of(document, pointer, key);

		cr_assert_null(json_object_get(parent, key));
		cr_assert_eq(json_object_set(parent, key, value), 0);
	}
	json_object_foreach(json_object_get(diff, "changed"), pointer, value)
	{
		json_t *parent = parent_of(document, pointer, key);

		cr_assert(json_equal(
			json_object_get(parent, key), json_object_get(value, "old")));
		cr_assert_eq(
			json_object_set(parent, key, json_object_get(value, "new")), 0);
	}
}

Test(config_diff, applied_to_the_old_gives_the_new)
{
	for (seed = 3; seed < 2000000000; seed += 600011) {
		unsigned here = seed;
		json_t *before AUTO(json_decref) = random_object();
		json_t *after AUTO(json_decref) = random_object();
		json_t *diff AUTO(json_decref) = diff_of(before, after);
		json_t *applied AUTO(json_decref) = json_deep_copy(before);

		apply(applied, diff);
		cr_assert(json_equal(applied, after), "seed %u", here);
		cr_assert_eq(config_diff_is_empty(diff), json_equal(before, after),
			"seed %u", here);
		seed = here;
	}
}
