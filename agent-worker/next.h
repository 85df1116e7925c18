// SPDX-License-Identifier: Apache-2.0
// What a run does next. Each kind of agent is a pure function from the run's log to one
// of these.
#pragma once

#include <jansson.h>

#include "common/fault.h"

enum next_kind {
	NEXT_CALL,   /* call a tool */
	NEXT_MODEL,  /* ask the model */
	NEXT_ANSWER, /* done: `answer` */
};

struct next {
	enum next_kind kind;

	/* NEXT_CALL. `id` and `tool` are owned; `from` is where in the log its steps
	 * begin. */
	char *id, *tool;
	json_t *arguments; /* an object, NULL when `problem` says what is wrong */
	const char *problem;
	size_t from;

	char *answer; /* NEXT_ANSWER: Markdown */
};

static inline void next_done(struct next *next)
{
	free(next->id);
	free(next->tool);
	json_decref(next->arguments);
	free(next->answer);
	*next = (struct next){0};
}
DEFINE_AUTO_DONE(struct next, next_done)
