// SPDX-License-Identifier: Apache-2.0
// CommonMark nodes as Slack's mrkdwn: & < > escaped, *bold*, _italic_, <url|links>,
// bullets, quotes. A "<" in what comes out always begins a link, an "&" an entity.
// Pure.
#pragma once

#include <cmark-gfm.h>

#include "common/text.h"

/*
 * Parses GFM (tables, strikethrough, bare links) into a tree for cmark_node_free().
 * NULL only without memory. Thread-safe.
 */
cmark_node *mrkdwn_parse(const char *markdown, size_t len);

/* Appends one block node, without a newline at its end. Tables and code have fences. */
void mrkdwn_block(struct text *out, cmark_node *node);

/* What stands between the fences of a code block or table; false: `node` is neither. */
bool mrkdwn_fenced(struct text *out, cmark_node *node);

/* The words of a node without any mark, escaped. */
void mrkdwn_plain(struct text *out, cmark_node *node);

/* Appends with & < > escaped. */
void mrkdwn_escape(struct text *out, const char *string);
