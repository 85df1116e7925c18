// SPDX-License-Identifier: Apache-2.0
// Why something failed, and what that means for the message in hand.
#pragma once

#include <stdbool.h>

#include "common/auto.h"

enum fault_kind {
	FAULT_NONE,
	FAULT_REJECT, /* will never work: to DEAD, then terminated */
	FAULT_RETRY,  /* may work later: negative ack with a growing delay */
	FAULT_FATAL,  /* this process cannot go on: it exits, the message goes elsewhere
		       */
};

struct fault {
	enum fault_kind kind;
	long retry_after_ms; /* RETRY: at least so long; 0 leaves it to the loop */
	char text[256];      /* cut, never overrun */
};

/* Always false, so that callers write `return fault_set(…)`. */
bool fault_set(struct fault *fault, enum fault_kind kind, const char *text, ...)
	PRINTF_LIKE(3, 4);

/* "none", "reject", "retry", "fatal". */
const char *fault_kind_name(enum fault_kind kind);
