// SPDX-License-Identifier: Apache-2.0
// What is wrong with a document: a JSON array of {"path", "message"}.
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "common/auto.h"

enum { PROBLEMS_MAX = 100 };

/*
 * Appends one, and gives it, borrowed, for who wants to say more in it; NULL when it is
 * not listed. After PROBLEMS_MAX they are only counted, in one more element with
 * "left_out". A list that memory did not suffice for gets the string "no memory", so that
 * it is not empty.
 */
json_t *problem_add(json_t *problems, const char *path, const char *text, ...)
	PRINTF_LIKE(3, 4);

/* How many there are, those included that are only counted. */
size_t problem_count(const json_t *problems);

/*
 * Moves what `from` has to `to`, but for what `known` has too (NULL: nothing); "node" is
 * set to `node` unless that is NULL. False only when memory runs out.
 */
NODISCARD bool problem_move(
	json_t *to, const json_t *from, const json_t *known, const char *node);
