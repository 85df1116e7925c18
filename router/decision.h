// SPDX-License-Identifier: Apache-2.0
// What becomes of an event: whose it is, and where the answer goes. No message is sent
// here.
#pragma once

#include "common/ids.h"
#include "router/destination.h"
#include "router/finding.h"
#include "router/index.h"

enum outcome { OUTCOME_ROUTED, OUTCOME_UNROUTED, OUTCOME_IGNORED };

struct decision {
	enum outcome outcome;
	struct finding finding;
	/* The team, NULL when none claims the event. It may be known of an ignored one.
	 */
	pb_route_document *document;
	const struct found_identifier *matched; /* in finding, or NULL */
	struct destinations destinations;       /* routed only */
	char run_id[UUID_SIZE];                 /* routed only */
};

void decision_done(struct decision *decision);
DEFINE_AUTO_DONE(struct decision, decision_done)

/*
 * `out` is zero and must stay where it is. The same event with the same routes gives
 * the same decision. REJECT when the payload is not what its source sends, or the event
 * has no id.
 */
NODISCARD bool decide(struct decision *out, struct index *index, const pb_event *event,
	struct fault *fault);

/* "shared" or "dedicated". */
const char *decision_pool(const struct decision *decision);
