// SPDX-License-Identifier: Apache-2.0
// The saga engine: a table of steps, done in order or undone in reverse, each recorded
// as it ends, so that whoever comes after a crash goes on with the first that is not
// recorded.
//
// It knows nothing of what the steps do, and holds nothing between two calls.
#pragma once

#include <jansson.h>

#include "common/fault.h"

/*
 * A step may run again after it has succeeded (the process may die before its record is
 * stored), so both functions must find out what is there already. *result may be set to
 * an object for the record; the engine owns it then. REJECT fails the saga; RETRY
 * leaves it for later, as it stands.
 */
typedef bool (*saga_function)(void *context, json_t **result, struct fault *fault);

struct saga_step {
	const char *name; /* NULL ends the table */
	saga_function make;
	saga_function undo; /* NULL: there is nothing to undo */
};

/* What has ended: a step, or with step NULL the saga. */
struct saga_record {
	const char *step;
	bool succeeded;
	const json_t *result; /* of a step; may be NULL */
	const char *error;    /* NULL when it succeeded */
};

struct saga {
	const struct saga_step *steps;
	bool undo;     /* from the last to the first */
	bool last_try; /* nobody will come again: a RETRY fails the saga */

	void *context; /* of the steps and of all below */
	bool (*is_done)(void *context, const char *step);
	bool (*should_stop)(void *context);

	/* True only when it is stored for good. */
	bool (*record)(
		void *context, const struct saga_record *record, struct fault *fault);
};

enum saga_outcome {
	SAGA_FINISHED, /* every step is done, and so recorded */
	SAGA_STOPPED,  /* should_stop() said so between two steps */
};

/*
 * Runs what is left of the saga. False with the fault of the step that failed, its text
 * beginning "step <name>: "; a REJECT has been recorded, for the step and the whole.
 */
NODISCARD bool saga_run(
	const struct saga *saga, enum saga_outcome *out, struct fault *fault);
