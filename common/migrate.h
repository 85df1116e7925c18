// SPDX-License-Identifier: Apache-2.0
// SQL migrations: numbered, embedded into the program, applied once each under a lock.
#pragma once

#include "common/db.h"

struct migration {
	const char *name; /* "0001_nodes"; NULL ends the table */
	const char *sql;  /* many statements; runs in one transaction */
};

/*
 * Brings schema `schema` (created if missing; also the place of its migration table) up
 * to date. Two processes at once are fine: the second waits and finds nothing to do. A
 * database that has migrations this program does not know is FATAL: it is newer.
 */
NODISCARD bool migrate(struct db *db, const char *schema,
	const struct migration *migrations, struct fault *fault);
