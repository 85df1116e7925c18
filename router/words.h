// SPDX-License-Identifier: Apache-2.0
// Putting other people's text into ours: cut by characters, never inside one.
#pragma once

#include "common/text.h"

/* Bytes of `string` that hold its first `max` characters. */
size_t words_length(const char *string, size_t max);

/* The first line, at most `max` characters; says "..." where more follows. NULL is "".
 */
void words_add_line(struct text *text, const char *string, size_t max);

/* A blank line and the whole text, trimmed, at most `max` characters. NULL or white
 * space adds nothing. */
void words_add_block(struct text *text, const char *string, size_t max);

/* At most `max` characters remain, the last three being "..." when something went. */
void words_cut(struct text *text, size_t max);

/* White space at both ends goes. */
void words_trim(struct text *text);
