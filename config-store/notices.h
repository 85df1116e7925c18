// SPDX-License-Identifier: Apache-2.0
// How a process learns that something of an organisation was changed by any process: the
// foundation of every cache here.
//
// A cache entry keeps the generation that was read BEFORE its query, and holds only while
// notices_generation() gives the same number and not 0. Whoever commits a change notifies
// in the same transaction (store_transact() does; single statements use NOTICES_NOTIFY)
// and calls notices_bump() before it answers, so that its own process reads what it wrote.
// Other processes see it when PostgreSQL has delivered it, which takes milliseconds.
//
// A connection can die without a word. The thread therefore asks it every 2 s whether it
// still listens; 6 s after the last question that was answered the generation is 0, so
// nothing older than that is ever served. A new connection moves every counter first.
// LISTEN needs a session of its own: no pooler in transaction mode between.
//
// Commits that notify wait for each other in the whole database, each for one flush of
// the log: right for configurations, wrong for what happens thousands of times a second.
#pragma once

#include <stdint.h>

#include "common/fault.h"

#define NOTICES_CHANNEL "tocsin_config"

/* For SQL: an expression that notifies at the commit; `org` is SQL too, "$1" say. */
#define NOTICES_NOTIFY(org) "pg_notify('" NOTICES_CHANNEL "', " org ")"

struct notices;

/*
 * Starts the thread, which connects on its own and again for ever: a database that is
 * away is no failure. FATAL for a URL that cannot be read or a thread that cannot start.
 */
NODISCARD bool notices_open(
	struct notices **out, const char *database_url, struct fault *fault);
void notices_close(struct notices *notices);
DEFINE_AUTO(struct notices, notices_close)

/*
 * 0 while changes could go unheard: then no cache may be used. It moves with every change
 * of `org`, and now and then without one, because organisations share counters. NULL
 * notices give 0.
 */
uint64_t notices_generation(const struct notices *notices, const char *org);

/* After a commit, before the answer. NULL notices are fine. */
void notices_bump(struct notices *notices, const char *org);
