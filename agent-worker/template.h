// SPDX-License-Identifier: Apache-2.0
// Two kinds of templates in a team's config, both without logic: {{path.to.value}} in
// answers and runbook arguments, {name} in the URLs, headers and bodies of tools. Pure.
#pragma once

#include <jansson.h>

#include "common/text.h"

/*
 * Appends `source` with every {{path}} replaced by what is there in `scope`: strings as
 * they are, other values as JSON, missing ones and null as nothing. Braces that close
 * nothing stay. What is put in is never looked at again.
 */
void template_fill(struct text *out, const char *source, const json_t *scope);

/* A copy of `value` in which every string, at any depth, has been filled. NULL: memory.
 */
NODISCARD json_t *template_fill_json(const json_t *value, const json_t *scope);

enum slot_encoding {
	SLOT_PLAIN,
	SLOT_URL,    /* percent-encoded: only unreserved characters stay */
	SLOT_HEADER, /* control characters become spaces: no header can be added */
};

/* Appends `source` with every {name} replaced by the argument, nothing when missing. */
void slot_fill(struct text *out, const char *source, const json_t *arguments,
	enum slot_encoding encoding);

/*
 * A copy of `value` in which the strings are filled; a string that is one {name} and
 * nothing else becomes the argument itself, with its type, and null when missing.
 */
NODISCARD json_t *slot_fill_json(const json_t *value, const json_t *arguments);
