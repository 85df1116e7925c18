// SPDX-License-Identifier: Apache-2.0
// All senders with their secrets as one snapshot: read whole, never edited, swapped whole.
#pragma once

#include "common/source/source.h"
#include "common/text.h"

struct source_table;

enum { SOURCE_TABLE_MAX = 200 /* rows of a file: each has series of metrics */ };

/*
 * The built-in rows with the secrets of the environment (TOCSIN_<secret_setting> or its
 * _FILE), and those of the file at `path` ("": none) with theirs. All that is wrong is
 * added to `problems`, one a line: "/sources/2/scheme: …". FATAL when anything is. The
 * caller holds *out once.
 */
NODISCARD bool source_table_load(struct source_table **out, const char *path,
	struct text *problems, struct fault *fault);

/*
 * Whoever keeps a row holds its table meanwhile; from any thread that knows of somebody who
 * holds it.
 */
void source_table_hold(struct source_table *table);
void source_table_release(struct source_table *table);
DEFINE_AUTO(struct source_table, source_table_release)

/* The row with the secrets of a row of `sources`. */
const struct source *source_table_built_in(
	const struct source_table *table, const struct source *row);

/* The row of the file with this name in constant time; NULL when there is none. */
const struct source *source_table_find(
	const struct source_table *table, const char *name);

/* All rows, the built-in ones first; for walks at start and in the CLI. */
size_t source_table_count(const struct source_table *table);
const struct source *source_table_row(const struct source_table *table, size_t number);
