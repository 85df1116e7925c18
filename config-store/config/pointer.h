// SPDX-License-Identifier: Apache-2.0
// JSON pointers (RFC 6901) into documents of any key length. Pure.
#pragma once

#include "common/json.h"

/* Appends "/" and `key`, escaped as RFC 6901 wants it. */
void pointer_add(struct text *pointer, const char *key);

/* "" or "/…", where every "~" is followed by 0 or 1. */
bool pointer_is_valid(const char *pointer);

/* True when `inner` is `outer` or below it; both are valid. */
bool pointer_covers(const char *outer, const char *inner);

/* What is there, borrowed; NULL when there is nothing or memory ran out. */
json_t *pointer_get(const json_t *document, const char *pointer);
