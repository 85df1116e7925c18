// SPDX-License-Identifier: Apache-2.0
// Only what the config store needs: nats-server, PostgreSQL and itself; acme/sre is there.
#pragma once

#include "common/nats/bus.h"
#include "tests/support/stack.h"

/* Fills `stack`, and opens a connection of the test's own to its nats-server. */
void store_only_start(
	struct stack *stack, struct bus **bus, const struct stack_options *options);

/* The config store must end with status 0. */
void store_only_stop(struct stack *stack, struct bus *bus);

/* Of acme/sre's own config; the answer's status. */
int store_only_patch(struct stack *stack, const char *body);
