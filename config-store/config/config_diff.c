// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/config_diff.h"

#include <stdint.h>

#include "config-store/config/merge.h"
#include "config-store/secrets/secrets.h"

/* A value as it is kept, and as it may be seen. Both NULL: it is not there. */
struct view {
	const json_t *kept, *shown;
};

struct differ {
	json_t *added, *removed, *changed;
	struct text path;
	bool failed;
};

static bool is_secret(const struct view *view)
{
	return json_object_get(view->shown, "$secret") != NULL;
}

static bool is_branch(const struct view *view)
{
	return json_is_object(view->kept) && json_is_object(view->shown) &&
		!is_secret(view);
}

/* The same secret under another key is another ciphertext; a fingerprint knows better.
 */
static bool same(const struct view *before, const struct view *after)
{
	if (json_equal(before->kept, after->kept))
		return true;
	return json_equal(before->shown, after->shown) && is_secret(after) &&
		json_object_get(after->shown, "fingerprint");
}

static void put(struct differ *differ, json_t *where, json_t *value)
{
	differ->failed |=
		json_object_set_new(where, text_string(&differ->path), value) < 0;
}

static json_t *copy(const struct view *view)
{
	return json_deep_copy(view->shown);
}

static void compare(
	struct differ *differ, const struct view *before, const struct view *after);

static void compare_member(struct differ *differ, const char *key,
	const struct view *before, const struct view *after)
{
	const struct view old = {json_object_get(before->kept, key),
		json_object_get(before->shown, key)};
	const struct view new = {
		json_object_get(after->kept, key), json_object_get(after->shown, key)};
	size_t len = differ->path.len;

	pointer_add(&differ->path, key);
	compare(differ, &old, &new);
	if (text_failed(&differ->path))
		return;
	differ->path.len = len;
	differ->path.data[len] = '\0';
}

static void compare_branches(
	struct differ *differ, const struct view *before, const struct view *after)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)before->kept, key, value)
	{
		compare_member(differ, key, before, after);
	}
	json_object_foreach((json_t *)(uintptr_t)after->kept, key, value)
	{
		if (!json_object_get(before->kept, key))
			compare_member(differ, key, before, after);
	}
}

static void compare(
	struct differ *differ, const struct view *before, const struct view *after)
{
	if (is_branch(before) && is_branch(after))
		compare_branches(differ, before, after);
	else if (!before->kept)
		put(differ, differ->added, copy(after));
	else if (!after->kept)
		put(differ, differ->removed, copy(before));
	else if (!same(before, after))
		put(differ, differ->changed,
			json_pack("{so,so}", "old", copy(before), "new", copy(after)));
}

/* A deep copy that shows no secret, sealed or not. */
static bool hide(json_t **out, const json_t *document, struct fault *fault)
{
	json_t *shown AUTO(json_decref) = json_deep_copy(document);

	if (!shown)
		return fault_set(fault, FAULT_RETRY, "no memory for a comparison");
	if (!secrets_redact(shown, fault))
		return false;
	*out = TAKE(shown);
	return true;
}

bool config_diff_make(
	json_t **out, const json_t *before, const json_t *after, struct fault *fault)
{
	json_t *old AUTO(json_decref) = NULL, *new AUTO(json_decref) = NULL;
	struct differ differ = {.added = json_object(),
		.removed = json_object(),
		.changed = json_object()};
	json_t *diff = json_pack("{so,so,so}", "added", differ.added, "removed",
		differ.removed, "changed", differ.changed);

	if (!hide(&old, before, fault) || !hide(&new, after, fault)) {
		json_decref(diff);
		return false;
	}
	if (diff)
		compare(&differ, &(struct view){before, old},
			&(struct view){after, new});
	if (!diff || differ.failed || text_failed(&differ.path)) {
		json_decref(diff);
		text_done(&differ.path);
		return fault_set(fault, FAULT_RETRY, "no memory for a comparison");
	}
	text_done(&differ.path);
	*out = diff;
	return true;
}

bool config_diff_is_empty(const json_t *diff)
{
	return json_object_size(json_object_get(diff, "added")) == 0 &&
		json_object_size(json_object_get(diff, "removed")) == 0 &&
		json_object_size(json_object_get(diff, "changed")) == 0;
}
