// SPDX-License-Identifier: Apache-2.0
// Bodies of type application/x-www-form-urlencoded, read strictly: what is decoded is
// UTF-8 without NUL, so that every value is a C string.
#pragma once

#include <stddef.h>

#include "common/fault.h"

enum { FORM_FIELDS_MAX = 64 };

struct form_field {
	const char *name, *value;
};

/* Zero-initialise. The strings live as long as the form. */
struct form {
	size_t count;
	struct form_field fields[FORM_FIELDS_MAX];
	char *memory;
};

void form_done(struct form *form);
DEFINE_AUTO_DONE(struct form, form_done)

/* True for the form's media type, whatever its parameters and case; NULL is none. */
bool form_is_type(const char *content_type);

/*
 * Decodes `body` into `form`, which is empty. REJECT for a broken escape, raw white
 * space or control characters, NUL or no UTF-8 after decoding, a name that comes twice
 * and more than FORM_FIELDS_MAX fields. RETRY when memory runs out.
 */
NODISCARD bool form_parse(
	struct form *form, const void *body, size_t len, struct fault *fault);

/* The value of the field, NULL when there is none. */
const char *form_value(const struct form *form, const char *name);
