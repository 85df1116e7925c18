// SPDX-License-Identifier: Apache-2.0
// A table as columns of text, for chat systems that have no tables. Pure.
#pragma once

#include <cmark-gfm.h>

#include "common/text.h"

/* Appends the rows, cells padded to their column, escaped for Slack, without fences. */
void mrkdwn_table(struct text *out, cmark_node *table);
