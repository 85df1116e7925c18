// SPDX-License-Identifier: Apache-2.0
// A config store with the team acme/sre that is sent what cannot be meant: calls of the table
// of routes, and whether anything of them is left behind.
// One stack for the whole process: each test of a story runs in a process of its own.
#pragma once

#include "config-store/routes.h"
#include "tests/support/stack.h"

enum { REFUSING_LINE_SIZE = 8192, REFUSING_STATUSES_MAX = 6 };

struct refusing_body {
	const char *what;
	char *bytes;
	size_t len;
};

extern struct stack refusing_stack;

void refusing_start(void);

/* The test fails if it fell over meanwhile. */
void refusing_stop(void);

/* What all tables of the config store have in them; for free(). */
char *refusing_contents(void);
void refusing_expect_unchanged(const char *before, const char *what);

/* Neither of our two tokens may make this call: it is refused before it is read. */
bool refusing_is_for_others(const struct route *route);

/*
 * The route's request line with `bad` in the place of its placeholder number `which`, and
 * what is there in the others; `line` has REFUSING_LINE_SIZE. False when it has none so many.
 */
bool refusing_fill_line(
	char *line, const struct route *route, int which, const char *bad);

/* The status, of a caller who may make the call if one of ours may. */
int refusing_send(
	const struct route *route, const char *line, const struct refusing_body *body);

/* Fewer `statuses` than their most are ended by 0. */
bool refusing_is_one_of(int status, const int statuses[REFUSING_STATUSES_MAX]);
