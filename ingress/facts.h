// SPDX-License-Identifier: Apache-2.0
// A delivery as something facts are found in: its headers, its JSON, its form.
#pragma once

#include "common/http/form.h"
#include "common/source/source.h"

enum { FACT_SIZE = 1024 };

/* How a header of the request is found; NULL for one that is not there. */
typedef const char *(*header_lookup)(void *context, const char *name);

struct facts {
	header_lookup header;
	void *context;
	const char *json; /* passed json_check(); NULL: there is none */
	size_t json_len;
	const struct form *form; /* NULL: there is none */
	const char
		*unsigned_id; /* a header that is not looked at; NULL: there is none */
	bool scalars;         /* numbers and booleans are facts too */
};

/* The fact into `out`, which has FACT_SIZE; false when it is not there, is empty, has a
 * NUL or does not fit. */
bool fact_find(char *out, const struct facts *facts, const struct spot *spot);

/* The first of the list that is there. */
bool fact_first(char *out, const struct facts *facts, const struct spot *list);

/*
 * All of the list, one a line, into `out`, which has `size`; cut where they do not fit,
 * "" when there is none. UTF-8 only.
 */
void fact_lines(
	char *out, size_t size, const struct facts *facts, const struct spot *list);
