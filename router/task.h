// SPDX-License-Identifier: Apache-2.0
// A decision as messages: the task, and the detail of its audit record.
#pragma once

#include "common/wire.h"
#include "router/decision.h"

/* When things were: event stored by JetStream, and now. */
struct moment {
	int64_t stored_at_us, now_us;
};

/* The packed task of a routed event. */
NODISCARD bool task_pack(struct wire *out, const struct decision *decision,
	const pb_event *event, const char *trace, const struct moment *moment,
	struct fault *fault);

/* The JSON object for the audit record, for free(); NULL when the event's own words
 * are not UTF-8. */
NODISCARD char *task_detail(const struct decision *decision, const pb_event *event,
	const struct moment *moment);
