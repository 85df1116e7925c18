// SPDX-License-Identifier: Apache-2.0
// Who an event is for: the types of its identifiers are tried in their fixed order, and
// the first value that a team claims decides. One round trip to the database.
#pragma once

#include "common/identifier.h"
#include "config-store/store.h"

enum { LOOKUP_WORDS_MAX = 160 };

struct lookup_try {
	bool asked; /* the event has an identifier of this type */
	bool valid;
	char value[IDENTIFIER_SIZE];    /* normalised; "" unless valid */
	char problem[LOOKUP_WORDS_MAX]; /* why not valid */
	char org[NAME_MAX_LEN + 1], team[NAME_MAX_LEN + 1]; /* "": nobody's */
};

/* Zero-initialise; finish with lookup_done(). */
struct lookup {
	struct lookup_try tries[IDENTIFIER_TYPES];
	const char *org; /* only teams of it count; NULL or "": of all. Borrowed */
	json_t *unknown; /* an array of names that are no type; NULL: none */
	int matched;     /* filled: index of the try that decided, -1: none */
};

void lookup_done(struct lookup *lookup);
DEFINE_AUTO_DONE(struct lookup, lookup_done)

/*
 * Adds an identifier. `value` is NULL for what is no string. A second one of the same
 * type replaces the first. RETRY when memory runs out; nothing else fails: a type or
 * value that is no good is told in the answer.
 */
NODISCARD bool lookup_add(struct lookup *lookup, const char *type, const char *value,
	struct fault *fault);

/* Finds the owners and who of them it is. */
NODISCARD bool lookup_run(
	struct lookup *lookup, struct store_thread *thread, struct fault *fault);

/*
 * The answer for `caller`, owned; NULL when memory ran out. What belongs to an
 * organisation that it may not see is said to be another's, without a name. With
 * `explains` each type has its line: what was compared, whose it is, why it lost.
 */
NODISCARD json_t *lookup_print(
	const struct lookup *lookup, const struct caller *caller, bool explains);
