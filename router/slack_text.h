// SPDX-License-Identifier: Apache-2.0
// Slack's message text as plain words.
#pragma once

#include "common/text.h"

/*
 * Fills `text`, which is empty, with `message` without the mentions of `own` (a user
 * id): "<@U1>" and "<@U1|name>". `own` NULL: without the mention it starts with. Other
 * people's mentions stay. Slack's three escapes (&amp; &lt; &gt;) are undone and the
 * ends are trimmed.
 */
void slack_text_add(struct text *text, const char *message, const char *own);
