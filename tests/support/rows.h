// SPDX-License-Identifier: Apache-2.0
// Rows of the audit trail for tests of what reads it, written past tocsin-audit-sink.
#pragma once

#include "tests/support/stack.h"

/* Made-up ids that a run or event may have; the same for the same number. */
#define ROW_RUN_ID "00000000-0000-7000-8000-%012d"

/*
 * `count` records of org/team, a second apart from 2026-01-01T00:00:01Z on, newest last:
 * config.changed and run.completed in turn, number n with the reason "reason n" and the
 * event and run of n modulo 10.
 */
void rows_add_records(
	const struct stack *stack, const char *org, const char *team, int count);

/* A tool call of a run of ours, as a worker logs it: started and result. */
void rows_add_tool_call(const struct stack *stack, const char *run, const char *call);

/*
 * Sends four searches of the records at once while nobody can read these, so that each is cut
 * off with a 503, which is expected here. How many of them were refused because there were
 * as many as there may be.
 */
enum { LOCKED_SEARCHES = 4 };
int rows_search_locked(
	const struct stack *stack, const char *line, const char *headers);
