// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/deliver.h"

#include "common/log.h"

enum { TRIES = 4, AGAIN_FIRST_MS = 500, WAIT_MAX_MS = 10000 };

/* RETRY after the last try, or when the wait would be long; the run is given back then.
 */
static bool deliver_one(struct run *run, struct outlet *outlet,
	const struct putting *putting, struct fault *fault)
{
	for (int try = 0;; try++) {
		long wait_ms = (long)AGAIN_FIRST_MS << try;
		struct fault why = {0};

		if (!run_may_go_on(run, fault))
			return false;
		if (outlet_put(outlet, putting, &why))
			return true;
		log_fault(&why, "delivering run=%s destination=%s", run->task->run_id,
			outlet->destination->type);
		if (why.retry_after_ms > wait_ms)
			wait_ms = why.retry_after_ms;
		if (try == TRIES - 1 || wait_ms > WAIT_MAX_MS ||
			steps_lost(putting->steps)) {
			*fault = why;
			return false;
		}
		if (!run_wait(run, wait_ms, fault))
			return false;
	}
}

bool deliver(struct run *run, const struct putting *putting, bool last_time,
	struct fault *fault)
{
	struct fault first = {0};

	for (size_t i = 0; i < run->outlets.count; i++) {
		struct outlet *outlet = &run->outlets.all[i];
		struct fault why = {0};
		bool good = deliver_one(run, outlet, putting, &why);

		if (!good && run->leave == LEAVE_NONE && last_time)
			good = outlet_give_up(outlet, &run->steps, why.text, &why);
		if (!good && (first.kind == FAULT_NONE || run->leave != LEAVE_NONE))
			first = why;
	}
	if (first.kind != FAULT_NONE)
		*fault = first;
	return first.kind == FAULT_NONE;
}
