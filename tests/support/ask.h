// SPDX-License-Identifier: Apache-2.0
// One call to the config store with headers of the test's choice, and what came back.
#pragma once

#include "tests/support/stack.h"

struct ask {
	const char *token;   /* NULL: the super admin's */
	const char *line;    /* "GET /api/v1/…" */
	const char *headers; /* lines that end in \r\n; NULL: none */
	const char *body;    /* NULL: none */
};

struct answer {
	int status;
	json_t *body;         /* NULL when it is no JSON */
	char *text;           /* never NULL */
	char etag[64];        /* with its quotes; "" when there is none */
	char retry_after[16]; /* "" when there is none */
};

/* Ends the last answer in `out`: it must be zero, or filled before. */
int ask(struct answer *out, const struct stack *stack, const struct ask *call);
void answer_done(struct answer *answer);
DEFINE_AUTO_DONE(struct answer, answer_done)

/* The answer's value at a JSON pointer, printed; "" when there is none. Borrowed until the
 * next question. */
const char *answer_at(const struct answer *answer, const char *pointer);
