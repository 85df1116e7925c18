// SPDX-License-Identifier: Apache-2.0
// Reading the stand-in's state: what was posted where, and what was called how often.
#pragma once

#include <jansson.h>
#include <stddef.h>

/* Messages in a channel; `thread` NULL: wherever, "": outside threads. The last one is
 * put into *last (borrowed) when that is not NULL. */
size_t seen_messages(const json_t *state, const char *channel, const char *thread,
	const json_t **last);

/* Comments of an issue or pull request; a negative number: of the repository. */
size_t seen_comments(
	const json_t *state, const char *repository, long number, const json_t **last);

/* Calls of a tool; `key` NULL: with whatever key. */
size_t seen_calls(const json_t *state, const char *tool, const char *key);

/* Entries of one of its lists. */
size_t seen_count(const json_t *state, const char *list);

/* All text of a message: "text" and that of its blocks. free() it. */
char *seen_text(const json_t *message);

/* Fails the test, and says why, when a call was refused that was not made to fail. */
void seen_no_refusal(const json_t *state);
