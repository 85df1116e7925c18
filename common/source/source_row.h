// SPDX-License-Identifier: Apache-2.0
// What the files that read a row of TOCSIN_SOURCES_FILE share; nobody else includes it.
#pragma once

#include "common/json.h"
#include "common/source/source.h"

/* Bits: which schemes take a key. */
enum source_scheme {
	SCHEME_STANDARD = 1,
	SCHEME_HMAC = 2,
	SCHEME_STRIPE = 4,
	SCHEME_TOKEN = 8,
	SCHEME_BEARER = 16,
	SCHEME_BASIC = 32,
	SCHEME_ALL = 63,
};

struct source_reader {
	struct source *row;
	const json_t *json;
	enum source_scheme scheme;
	struct text *problems;
	size_t index;
};

/* Adds "/sources/<index>/<where>: <words>" to the problems. */
void source_problem(struct source_reader *reader, const char *where, const char *words,
	...) PRINTF_LIKE(3, 4);

/* A string without NUL or control characters, 1 to `max` bytes; NULL and a problem. */
const char *source_string(struct source_reader *reader, const char *where,
	const json_t *value, size_t max);

/* The readers of source_spots.c. `where` is the key and what is below it. */
void source_read_spots(struct source_reader *reader, const char *where,
	const json_t *value, struct spot *list);
void source_read_identifiers(
	struct source_reader *reader, const char *where, const json_t *value);
void source_read_headers(
	struct source_reader *reader, const char *where, const json_t *value);
bool source_is_header_name(const char *name);

/* source_scheme.c: reads the row's scheme first, then the keys that change it. */
void source_read_scheme(struct source_reader *reader);
/* The names of its keys, ended by NULL. */
extern const char *const source_scheme_keys[];
