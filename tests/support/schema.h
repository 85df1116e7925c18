// SPDX-License-Identifier: Apache-2.0
// A database as an older version of a daemon has left it: the first of its migrations, as
// they are in the source tree, and no more.
#pragma once

#include <stddef.h>

enum { MIGRATIONS_MAX = 64, MIGRATION_NAME_SIZE = 64 };

struct migrations {
	const char *schema, *folder;                     /* "config", "config-store" */
	char names[MIGRATIONS_MAX][MIGRATION_NAME_SIZE]; /* "0001_nodes", in order */
	size_t count;
};

/* Reads which there are. */
void migrations_list(struct migrations *out, const char *schema, const char *folder);

/* Applies the first `count` to the database at `url`, which has none. */
void migrations_apply(
	const struct migrations *migrations, size_t count, const char *url);

/* Runs SQL that must work; placeholders of printf in it are filled. */
void sql_run(const char *url, const char *sql, ...)
	__attribute__((__format__(__printf__, 2, 3)));
