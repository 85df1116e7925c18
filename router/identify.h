// SPDX-License-Identifier: Apache-2.0
// The table of sources: whose rules read an event.
#pragma once

#include "router/finding.h"

/*
 * Reads `event` by its source's rules into `finding`, which is empty. An event of no
 * interest is a success with finding->ignored set. REJECT when the payload is not what
 * its source sends.
 */
NODISCARD bool identify(
	struct finding *finding, const pb_event *event, struct fault *fault);

/* The rows. */
NODISCARD bool identify_github(
	struct finding *finding, const pb_event *event, struct fault *fault);
NODISCARD bool identify_slack(
	struct finding *finding, const pb_event *event, struct fault *fault);
NODISCARD bool identify_slack_form(
	struct finding *finding, const pb_event *event, struct fault *fault);

/* Those of configured sources: what the ingress found is in the event. */
NODISCARD bool identify_found(
	struct finding *finding, const pb_event *event, struct fault *fault);

/* The sender's header of the event, "" when there is none; `name` is in lower case. */
const char *identify_header(const pb_event *event, const char *name);
