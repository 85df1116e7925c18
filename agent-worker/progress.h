// SPDX-License-Identifier: Apache-2.0
// Showing that a run is at work: a thread beside it opens its posts after a moment and
// edits them now and then, so that the run never waits for a chat system. A run that
// ends before that moment has made no post at all.
#pragma once

#include "agent-worker/outlet.h"

struct progress;

/*
 * `putting` and `outlets` are borrowed; they are this thread's alone until
 * progress_end(). `putting` must have an http client of its own. RETRY: no thread.
 */
NODISCARD bool progress_begin(struct progress **out, const struct putting *putting,
	struct outlets *outlets, struct fault *fault);

/* What to show from now on. */
void progress_say(struct progress *progress, const char *markdown);

/* Returns when the thread has ended: at once, or after the call it is making. */
void progress_end(struct progress *progress);
DEFINE_AUTO(struct progress, progress_end)
