// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/merge.h"

#include <stdint.h>
#include <string.h>

#include "config-store/secrets/secret_value.h"

/* A secret is one value, however it is written: nothing is merged into it. */
static bool has_members(const json_t *value)
{
	return json_is_object(value) && !secret_is_object(value);
}

static bool merge_member(json_t *base, const char *key, json_t *value)
{
	json_t *known = json_object_get(base, key);
	json_t *merged AUTO(json_decref) = NULL;

	if (!has_members(known) || !has_members(value))
		return json_object_set(base, key, value) == 0;
	/* Others may have it, too: they keep what they have. */
	merged = json_copy(known);
	return merged && merge_into(merged, value) &&
		json_object_set(base, key, merged) == 0;
}

bool merge_into(json_t *base, const json_t *over)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)over, key, value)
	{
		if (!json_is_null(value) && !merge_member(base, key, value))
			return false;
	}
	return true;
}

static bool patch_into(json_t *target, const json_t *patch)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)patch, key, value)
	{
		json_t *patched;

		if (json_is_null(value)) {
			(void)json_object_del(target, key); /* -1: it was not there */
			continue;
		}
		patched = merge_patch(json_object_get(target, key), value);
		if (!patched || json_object_set_new(target, key, patched) < 0)
			return false;
	}
	return true;
}

json_t *merge_patch(const json_t *target, const json_t *patch)
{
	json_t *result AUTO(json_decref) = NULL;

	if (!has_members(patch))
		return json_deep_copy(patch);
	result = has_members(target) ? json_deep_copy(target) : json_object();
	if (!result || !patch_into(result, patch))
		return NULL;
	return TAKE(result);
}

struct changes {
	json_t *paths;
	struct text path;
	size_t most;
	bool failed;
};

static void compare(struct changes *changes, const json_t *before, const json_t *after);

static void compare_member(struct changes *changes, const char *key,
	const json_t *before, const json_t *after)
{
	size_t len = changes->path.len;

	pointer_add(&changes->path, key);
	compare(changes, before, after);
	changes->path.len = len;
	if (changes->path.data)
		changes->path.data[len] = '\0';
}

static void compare_objects(
	struct changes *changes, const json_t *before, const json_t *after)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)before, key, value)
		compare_member(changes, key, value, json_object_get(after, key));
	json_object_foreach((json_t *)(uintptr_t)after, key, value)
	{
		if (!json_object_get(before, key))
			compare_member(changes, key, NULL, value);
	}
}

/* A secret that was sealed anew is another ciphertext with the same fingerprint. */
static bool same(const json_t *before, const json_t *after)
{
	const char *old = secret_sealed_print(before),
		   *new = secret_sealed_print(after);

	return json_equal(before, after) || (old && new &&strcmp(old, new) == 0);
}

static void compare(struct changes *changes, const json_t *before, const json_t *after)
{
	if (json_array_size(changes->paths) >= changes->most)
		return;
	if (has_members(before) && has_members(after))
		compare_objects(changes, before, after);
	else if (!before || !after || !same(before, after))
		changes->failed |=
			json_array_append_new(changes->paths,
				json_string(text_string(&changes->path))) < 0;
}

json_t *merge_changes(const json_t *before, const json_t *after, size_t most)
{
	struct changes changes = {.paths = json_array(), .most = most};

	if (!changes.paths)
		return NULL;
	compare(&changes, before, after);
	if (changes.failed || text_failed(&changes.path)) {
		json_decref(changes.paths);
		changes.paths = NULL;
	}
	text_done(&changes.path);
	return changes.paths;
}

size_t merge_depth(const json_t *json)
{
	size_t deepest = 0, index;
	const char *key;
	json_t *value;

	if (!json_is_object(json) && !json_is_array(json))
		return 0;
	json_object_foreach((json_t *)(uintptr_t)json, key, value)
	{
		size_t depth = merge_depth(value);

		deepest = depth > deepest ? depth : deepest;
	}
	json_array_foreach(json, index, value)
	{
		size_t depth = merge_depth(value);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}
