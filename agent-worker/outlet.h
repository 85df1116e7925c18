// SPDX-License-Identifier: Apache-2.0
// One destination of a run, with what is known of its post. This is where "exactly one
// message" is kept: a post is made only when there is none, and where that is not known
// it is looked for first.
#pragma once

#include "agent-worker/destination.h"
#include "agent-worker/lease.h"
#include "agent-worker/steps.h"

struct outlet {
	const struct destination_type *type; /* NULL: dead */
	const pb_destination *destination;
	int index;
	json_t *reference; /* of the post; NULL: none is known */
	bool unsure;       /* there may be one all the same */
	bool dead;         /* it will never work; `error` says why */
	char error[200];
};

struct outlets {
	struct outlet *all;
	size_t count;
};

/*
 * One per destination of the task, repeated ones left out, with what the run's log
 * knows of them. `resumed`: an earlier attempt may have posted without saying so.
 * RETRY: no memory.
 */
NODISCARD bool outlets_open(struct outlets *out, const pb_task *task,
	const struct journal *journal, bool resumed, struct fault *fault);
void outlets_done(struct outlets *outlets);
DEFINE_AUTO_DONE(struct outlets, outlets_done)

/* What putting something there needs. */
struct putting {
	const struct endpoints *endpoints;
	struct http_client *http;
	const json_t *config;
	const pb_task *task;
	const struct lease *lease;
	struct steps *steps;
	const char *markdown, *state;
};

/*
 * Makes the outlet show `markdown`: by a post, which becomes a step, or by an edit. A
 * destination that will never work is recorded as such and is then no failure. RETRY:
 * it is to be tried again, or the lease is lost.
 */
NODISCARD bool outlet_put(
	struct outlet *outlet, const struct putting *putting, struct fault *fault);

/* Records that the outlet will never work, for a reason that is in `why`. */
NODISCARD bool outlet_give_up(struct outlet *outlet, struct steps *steps,
	const char *why, struct fault *fault);
