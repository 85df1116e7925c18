// SPDX-License-Identifier: Apache-2.0
// A PostgreSQL of the test program's own, on a Unix socket only, and a database in it
// for each test.
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

/* In main(), once. Never does the machine's own PostgreSQL any harm. */
bool postgres_start(const char *data);
void postgres_stop(void);

/* Makes a database for the running test and writes its URL. */
void postgres_database(char *url, size_t size);

/* Cuts all off from the database at `url`, or lets them in again. */
void postgres_shut(const char *url, bool shut);

/*
 * The rows of `sql` as text, for comparing: columns joined by "|", rows by newlines.
 * Borrowed until the next call.
 */
const char *rows_of(const char *url, const char *sql, ...)
	__attribute__((__format__(__printf__, 2, 3)));

/* The one number that `sql` gives. */
long number_of(const char *url, const char *sql, ...)
	__attribute__((__format__(__printf__, 2, 3)));
