// SPDX-License-Identifier: Apache-2.0
// Looking for a value in all that a test has left behind: as it is, as JSON writes it, in
// hex, and in base64 at whatever place of a longer text.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { NEEDLE_FORMS = 7 };

struct needle {
	const char *value;
	char *forms[NEEDLE_FORMS]; /* owned */
};

void needle_init(struct needle *needle, const char *value);
void needle_done(struct needle *needle);

/* The form of the value that `bytes` have, NULL when they have none. */
const char *needle_in(const struct needle *needle, const void *bytes, size_t len);

/* Finds what is there and not what is not: else a search would prove nothing. */
void needle_try(void);

/* Calls `look` with every regular file below `directory`, whole. */
void haystack_files(const char *directory,
	void (*look)(void *context, const char *path, const void *bytes, size_t len),
	void *context);
