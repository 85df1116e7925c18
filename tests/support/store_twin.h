// SPDX-License-Identifier: Apache-2.0
// Config stores beside each other on one database and one nats-server, each of which may
// be killed and started at any time: callers find them by their address files.
#pragma once

#include "common/json.h"
#include "tests/support/stack.h"

enum { TWINS = 2 };

struct twins {
	const struct stack *stack;
	struct process stores[TWINS];
};

/* Starts one and does not wait. */
void twin_launch(struct twins *twins, int which);

/* Waits until it is ready; ends the test when it does not come up. */
void twin_wait(struct twins *twins, int which);

/* Both get SIGTERM and must end with status 0. */
void twins_stop(struct twins *twins);

/*
 * A call to one of them, from any thread: the status, 0 when it did not answer. *out, if
 * not NULL, is owned; NULL when the answer was no JSON.
 */
int twin_call(const struct twins *twins, int which, const char *line, const char *body,
	json_t **out);
