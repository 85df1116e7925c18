// SPDX-License-Identifier: Apache-2.0
// Markdown as a Slack message: Block Kit within Slack's limits, and the plain `text`
// that notifications show. What does not fit is left out, and the message says so.
// Pure.
#pragma once

#include <jansson.h>

#include "common/fault.h"

enum {
	BLOCKS_MAX = 50,
	BLOCK_TEXT_MAX = 3000,    /* characters of a section */
	BLOCKS_SIZE_MAX = 12000,  /* characters of all blocks as JSON */
	MESSAGE_SIZE_MAX = 12700, /* blocks and text; Slack refuses near 13,200 */
	FALLBACK_MAX = 4000,
};

struct slack_message {
	json_t *blocks; /* an array of at least one block */
	char *text;
};

void slack_message_done(struct slack_message *message);
DEFINE_AUTO_DONE(struct slack_message, slack_message_done)

/* `markdown` may be anything, also not UTF-8. RETRY: no memory. */
NODISCARD bool blocks_make(
	struct slack_message *out, const char *markdown, struct fault *fault);
