// SPDX-License-Identifier: Apache-2.0
// Exports of acme's audit trail: a config store that has one, and a client that checks what
// comes while it comes. Rows must be newest first and without a gap; else the test ends.
// One stack for the whole process: each test of a story runs in a process of its own.
#pragma once

#include <curl/curl.h>

#include "tests/support/stack.h"

#define RANGE "until=2026-06-01T00:00:00Z"

enum { EXPORTS_CELL_SIZE = 4096 };

/* What reads an export as it comes. */
struct exports_reader {
	void (*take)(struct exports_reader *reader, char c);
	const char *token;  /* NULL: the super admin's */
	void (*once)(void); /* when the first bytes are there; NULL: nothing */
	long speed;         /* bytes a second; 0: as fast as it goes */
	long stop_after;    /* bytes; 0: never */
	long bytes, rows, most_kb;
	long last; /* sequence of the row before; 0: none yet */
	bool has_header, quoted, was_quote;
	int column;
	size_t len;
	char cell[EXPORTS_CELL_SIZE];
	char first_reason[128];
	long status;
	CURL *curl;
};

extern struct stack exports_stack;

/* With so many records of acme. `setting`: of the config store, or NULL. */
void exports_start(int records, const char *setting);
void exports_stop(void);

/* Of the config store. */
long exports_resident_kb(void);

/* True when the answer came whole. */
bool exports_fetch(struct exports_reader *reader, const char *path);

/* For `take`: formats. */
void exports_take_csv(struct exports_reader *reader, char c);
void exports_take_ndjson(struct exports_reader *reader, char c);
