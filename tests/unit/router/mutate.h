// SPDX-License-Identifier: Apache-2.0
// Every payload that differs from a good one in one place: missing, null or of another
// type.
#pragma once

#include <criterion/criterion.h>

#include "router/identify.h"
#include "tests/unit/router/event.h"

struct mutation {
	const char *source, *kind;
	json_t *whole;
	size_t tried;
};

static inline void mutation_try(struct mutation *mutation)
{
	char *body AUTO(free) = json_print(mutation->whole);
	pb_event event =
		event_of(mutation->source, mutation->kind, "application/json", body);
	struct finding finding AUTO(finding_done) = {0};
	struct fault fault = {0};

	cr_assert(identify(&finding, &event, &fault), "%s: %s", body, fault.text);
	cr_assert(finding.ignored ||
		text_is_utf8(text_string(&finding.text), finding.text.len));
	cr_assert(finding.place.kind == PLACE_NONE || finding.place.user);
	mutation->tried++;
}

static inline void mutate(struct mutation *mutation, json_t *node);

/* Tries `key` of `object` as everything it should not be, and without it. */
static inline void mutate_key(
	struct mutation *mutation, json_t *object, const char *key)
{
	json_t *value = json_incref(json_object_get(object, key));
	json_t *others[] = {json_null(), json_true(), json_integer(-1), json_integer(7),
		json_real(1e300), json_string(""), json_string("x"), json_array(),
		json_object()};

	mutate(mutation, value);
	for (size_t i = 0; i < countof(others); i++) {
		(void)json_object_set_new(object, key, others[i]);
		mutation_try(mutation);
	}
	(void)json_object_del(object, key);
	mutation_try(mutation);
	(void)json_object_set_new(object, key, value);
}

static inline void mutate(struct mutation *mutation, json_t *node)
{
	json_t *copy AUTO(json_decref) = json_deep_copy(node), *value;
	const char *key;
	size_t index;

	json_object_foreach(copy, key, value) mutate_key(mutation, node, key);
	json_array_foreach(json_is_array(node) ? node : NULL, index, value)
		mutate(mutation, value);
}

/* Every mutation of `body`; returns how many there were. */
static inline size_t mutate_all(const char *source, const char *kind, const char *body)
{
	struct mutation mutation = {.source = source, .kind = kind};
	struct fault fault = {0};

	cr_assert(json_parse(&mutation.whole, body, strlen(body), &fault), "%s",
		fault.text);
	mutate(&mutation, mutation.whole);
	json_decref(mutation.whole);
	return mutation.tried;
}
