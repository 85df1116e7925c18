// SPDX-License-Identifier: Apache-2.0
// What is wrong with a document: a JSON array of {"path", "message"}.
#pragma once

#include <jansson.h>

#include "common/auto.h"

enum { PROBLEMS_MAX = 100 };

/*
 * Appends one; after PROBLEMS_MAX nothing is added. A list that memory did not suffice
 * for gets the string "no memory", so that it is not empty.
 */
void problem_add(json_t *problems, const char *path, const char *text, ...)
	PRINTF_LIKE(3, 4);
