// SPDX-License-Identifier: Apache-2.0
// Messages of STEPS as values of audit.step.
#pragma once

#include "audit-sink/row.h"

enum { STEP_COUNT = 12 };

/* A row_parser; the body is a Step. */
NODISCARD bool step_of_message(
	struct row *row, const struct row_message *message, struct fault *fault);
