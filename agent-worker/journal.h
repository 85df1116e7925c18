// SPDX-License-Identifier: Apache-2.0
// A run's log in memory, as steps.c read and wrote it. What a run does next follows
// from it alone, so a run that goes on after a crash and one that never stopped are the
// same code. Pure: no I/O, no clock. `posted` steps are kept by outlet.c instead.
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "common/fault.h"

enum entry_kind {
	ENTRY_STARTED,
	ENTRY_POSTED,
	ENTRY_MODEL,
	ENTRY_TOOL_STARTED,
	ENTRY_TOOL_RESULT,
	ENTRY_ANSWER,
	ENTRY_FINISHED,
	ENTRY_OTHER, /* a kind of a newer version; kept, never acted on */
};

struct entry {
	enum entry_kind kind;
	char *name;
	json_t *payload; /* an object */
};

/* Zero-initialise. */
struct journal {
	struct entry *entries;
	size_t count, size;
};

void journal_done(struct journal *journal);
DEFINE_AUTO_DONE(struct journal, journal_done)

/* Copies `name`, takes a reference of its own to `payload`. RETRY: no memory. */
NODISCARD bool journal_add(struct journal *journal, enum entry_kind kind,
	const char *name, json_t *payload, struct fault *fault);

/* "tool_started"; never NULL. */
const char *entry_kind_name(enum entry_kind kind);
enum entry_kind entry_kind_of(const char *name);

size_t journal_count(const struct journal *journal, enum entry_kind kind);

/* The last entry of a kind, NULL: none. */
const struct entry *journal_last(const struct journal *journal, enum entry_kind kind);

/*
 * The result of the call `id` among the entries from `from` on; NULL: none yet.
 * `started` (may be NULL) tells the ordinal of its tool_started among all of the log,
 * from 1, and 0 when there is none.
 */
const json_t *journal_result(
	const struct journal *journal, size_t from, const char *id, size_t *started);

/* Tokens over all model turns. */
void journal_usage(const struct journal *journal, int64_t *input, int64_t *output);
