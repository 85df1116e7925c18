// SPDX-License-Identifier: Apache-2.0
// The value at a JSON pointer, in the bytes themselves: nothing is built for two facts of
// a body. Only for what json_check() has passed. Compared with jansson by a fuzz target.
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A value as it stands in the document: "\"a\\n\"", "12", "{…}". Borrowed. */
struct json_span {
	const char *start;
	size_t len;
};

/* RFC 6901. Of a key that is there twice the last counts. False when there is none. */
bool json_find(
	struct json_span *out, const char *json, size_t len, const char *pointer);

/*
 * Writes a string's text to `out`, which has `size`, closed by a NUL; a lone surrogate
 * becomes U+FFFD. Returns its length in bytes without the NUL, or -1: no string, or it
 * holds a NUL, or (unless `cut`) it does not fit. With `cut` it ends before the
 * character that does not fit.
 */
long json_span_string(char *out, size_t size, const struct json_span *span, bool cut);

/* The same for a number, true and false, which stay as they are written. */
long json_span_scalar(char *out, size_t size, const struct json_span *span);
