// SPDX-License-Identifier: Apache-2.0
// What is in EVENTS, as who reads it gets it: with a body that is whole.
#pragma once

#include "common/nats/bus.h"
#include "proto/names.h"
#include "tests/support/stack.h"

/* A connection of the test's own; bus_close() it. */
struct bus *stored_connect(struct stack *stack);

/* The last event of a subject; pb_event_free() it. NULL when there is none. */
pb_event *stored_last(struct bus *bus, const char *subject);

/* Whether it has these bytes and no others. */
bool stored_is(const pb_event *event, const void *body, size_t len);
