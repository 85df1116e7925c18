// SPDX-License-Identifier: Apache-2.0
// Bytes of others made fit for JSON strings. Pure.
#pragma once

#include <stddef.h>

/*
 * A copy for free() in which what is not UTF-8, and NUL, is "?". NULL: no memory. As
 * long as the original at most.
 */
char *utf8_clean(const char *bytes, size_t len);

/* How many UTF-16 units `len` bytes of UTF-8 are: what chat systems count. */
size_t utf8_units(const char *text, size_t len);

/* The longest length in bytes whose utf8_units() are at most `max`. */
size_t utf8_fit(const char *text, size_t len, size_t max);
