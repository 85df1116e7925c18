// SPDX-License-Identifier: Apache-2.0
// A growing string that fails stickily: append as you like, ask text_failed() once.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/auto.h"

/* Zero-initialise; finish with text_done() or text_take(). */
struct text {
	char *data; /* NUL-terminated, or NULL while empty */
	size_t len;
	size_t size;
	size_t limit; /* appending beyond it fails; 0 means 64 MiB */
	bool failed;
};

void text_done(struct text *text);
DEFINE_AUTO_DONE(struct text, text_done)

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const void *bytes, size_t len);
void text_add_char(struct text *text, char c);
void text_printf(struct text *text, const char *format_text, ...) PRINTF_LIKE(2, 3);
void text_vprintf(struct text *text, const char *format_text, va_list arguments)
	PRINTF_LIKE(2, 0);

/* Forgets the content and keeps the memory. */
void text_clear(struct text *text);

/* True when memory or the limit ran out anywhere before. */
bool text_failed(const struct text *text);

/* Never NULL; borrowed until the next change. */
const char *text_string(const struct text *text);

/* The string itself, for free(); NULL when it failed. `text` is empty afterwards. */
NODISCARD char *text_take(struct text *text);

/*
 * The parts one behind the other in `out`, which has `size`; cut where they do not fit.
 * Returns the length. For the hot path, where snprintf() is a tenth of the work.
 */
size_t text_join(char *out, size_t size, const char *const *parts, size_t count);

/* TEXT_JOIN(out, "a", b) for an array `out`. */
#define TEXT_JOIN(out, ...)                                             \
	text_join(out, sizeof(out), (const char *const[]){__VA_ARGS__}, \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/*
 * The longest length up to `max` at which `string` can be cut without splitting a UTF-8
 * sequence.
 */
size_t text_cut(const char *string, size_t max);

/* True for well-formed UTF-8 without overlong forms or surrogates. */
bool text_is_utf8(const void *bytes, size_t len);
