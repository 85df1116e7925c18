// SPDX-License-Identifier: Apache-2.0
// A nats-server alone, for tests of what talks to it, and a connection of ours.
#pragma once

#include "common/nats/bus.h"
#include "tests/support/stack.h"

/* Starts the server and makes EVENTS, DEAD and the bucket of tries. */
void alone_start(struct stack *stack, struct bus **bus);

/* Publishes `body` to EVENTS, waiting for the ack; `count` times. */
void alone_tell(struct bus *bus, const char *body, int count);

/* The settings of a connection to the stack's server. */
struct daemon_config alone_config(struct stack *stack);
