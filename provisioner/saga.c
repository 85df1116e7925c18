// SPDX-License-Identifier: Apache-2.0
#include "provisioner/saga.h"

#include <string.h>

#include "common/json.h"

static size_t count_steps(const struct saga_step *steps)
{
	size_t count = 0;

	while (steps[count].name)
		count++;
	return count;
}

/* The fault of a step, as the record and the caller are to see it. */
static void name_step(const struct saga *saga, const char *step, struct fault *fault)
{
	struct fault cause = *fault;
	enum fault_kind kind = cause.kind;

	if (kind == FAULT_RETRY && saga->last_try)
		kind = FAULT_REJECT;
	(void)fault_set(fault, kind, "step %s: %s", step, cause.text);
	fault->retry_after_ms = cause.retry_after_ms;
}

/* Always false. When the failure cannot be recorded, that is what failed. */
static bool fail(const struct saga *saga, const char *step, struct fault *fault)
{
	char cause[sizeof(fault->text)];
	struct fault unrecorded = {0};
	bool recorded;

	memcpy(cause, fault->text, sizeof(cause));
	name_step(saga, step, fault);
	if (fault->kind != FAULT_REJECT)
		return false;

	recorded = saga->record(saga->context,
			   &(struct saga_record){.step = step, .error = cause},
			   &unrecorded) &&
		saga->record(saga->context, &(struct saga_record){.error = fault->text},
			&unrecorded);
	if (!recorded)
		*fault = unrecorded;
	return false;
}

static bool run_step(
	const struct saga *saga, const struct saga_step *step, struct fault *fault)
{
	saga_function function = saga->undo ? step->undo : step->make;
	json_t *result AUTO(json_decref) = NULL;

	if (!function(saga->context, &result, fault))
		return fail(saga, step->name, fault);
	return saga->record(saga->context,
		&(struct saga_record){
			.step = step->name, .succeeded = true, .result = result},
		fault);
}

bool saga_run(const struct saga *saga, enum saga_outcome *out, struct fault *fault)
{
	size_t count = count_steps(saga->steps);

	for (size_t i = 0; i < count; i++) {
		const struct saga_step *step =
			&saga->steps[saga->undo ? count - 1 - i : i];

		if (saga->undo && !step->undo)
			continue;
		if (saga->is_done(saga->context, step->name))
			continue;
		if (saga->should_stop(saga->context)) {
			*out = SAGA_STOPPED;
			return true;
		}
		if (!run_step(saga, step, fault))
			return false;
	}
	if (!saga->record(
		    saga->context, &(struct saga_record){.succeeded = true}, fault))
		return false;

	*out = SAGA_FINISHED;
	return true;
}
