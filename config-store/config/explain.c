// SPDX-License-Identifier: Apache-2.0
// Every level is followed in step with the effective document, so that a leaf costs one
// look per level.
#include "config-store/config/explain.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "config-store/config/pointer.h"
#include "config-store/tree/nodes.h"

/* What each level says at the place in hand; NULL where it says nothing. */
struct place {
	const json_t *said[NODE_DEPTH_MAX + 1];
};

struct explaining {
	const struct explain_subject *subject;
	const char *wanted; /* the path that is asked for */
	json_t *locks;      /* [{"node", "path"}], topmost first */
	json_t *values;
	struct text path;
	bool failed;
};

static bool is_leaf(const json_t *value)
{
	return !json_is_object(value) || json_object_size(value) == 0 ||
		json_object_get(value, "$secret");
}

static bool touches(const char *a, const char *b)
{
	return pointer_covers(a, b) || pointer_covers(b, a);
}

static json_t *lock_over(const struct explaining *explaining)
{
	json_t *lock;
	size_t i;

	json_array_foreach(explaining->locks, i, lock)
	{
		if (touches(json_string_or(lock, "/path", ""),
			    text_string(&explaining->path)))
			return lock;
	}
	return NULL;
}

static const char *origin(
	const struct explain_subject *subject, const struct place *place)
{
	for (size_t i = subject->count; i > 0; i--)
		if (place->said[i - 1] && !json_is_null(place->said[i - 1]))
			return subject->levels[i - 1].node;
	return "defaults";
}

static void explain_leaf(
	struct explaining *explaining, const struct place *place, json_t *value)
{
	json_t *lock = lock_over(explaining);
	json_t *one;

	if (!touches(explaining->wanted, text_string(&explaining->path)))
		return;
	one = json_pack("{ss,sO,ss}", "path", text_string(&explaining->path), "value",
		value, "from", origin(explaining->subject, place));
	if (lock && json_object_set(one, "locked_by", lock) < 0)
		explaining->failed = true;
	explaining->failed |= json_array_append_new(explaining->values, one) < 0;
}

/* Claims are not passed on: only the last level is heard. */
static void step(const struct explaining *explaining, struct place *to,
	const struct place *from, const char *key)
{
	size_t count = explaining->subject->count;
	bool is_own = explaining->path.len == 0 && strcmp(key, "routing") == 0;

	for (size_t i = 0; i < count; i++)
		to->said[i] = is_own && i + 1 < count
			? NULL
			: json_object_get(from->said[i], key);
}

static void explain_all(
	struct explaining *explaining, const struct place *place, json_t *value)
{
	const char *key;
	json_t *member;

	if (is_leaf(value)) {
		explain_leaf(explaining, place, value);
		return;
	}
	json_object_foreach(value, key, member)
	{
		struct place below;
		size_t len = explaining->path.len;

		step(explaining, &below, place, key);
		pointer_add(&explaining->path, key);
		explain_all(explaining, &below, member);
		if (text_failed(&explaining->path))
			return;
		explaining->path.len = len;
		explaining->path.data[len] = '\0';
	}
}

static json_t *locks_of(const struct explain_subject *subject)
{
	json_t *policy AUTO(json_decref) = policy_describe(
		subject->levels, subject->count - 1, subject->effective);

	return json_incref(json_object_get(policy, "locked"));
}

json_t *explain_values(const struct explain_subject *subject, const char *path)
{
	struct explaining explaining = {
		.subject = subject,
		.wanted = path,
		.locks = locks_of(subject),
		.values = json_array(),
	};
	struct place root = {0};

	assert(subject->count > 0 && subject->count <= countof(root.said));
	for (size_t i = 0; i < subject->count; i++)
		root.said[i] = subject->levels[i].own;
	explaining.failed = !explaining.locks || !explaining.values;
	if (!explaining.failed)
		explain_all(
			&explaining, &root, (json_t *)(uintptr_t)subject->effective);
	explaining.failed |= text_failed(&explaining.path);
	text_done(&explaining.path);
	json_decref(explaining.locks);
	if (!explaining.failed)
		return explaining.values;
	json_decref(explaining.values);
	return NULL;
}
