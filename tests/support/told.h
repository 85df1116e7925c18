// SPDX-License-Identifier: Apache-2.0
// What every route says, a line each: by the config store's tables, and by the bucket that is
// made of them. Who has told the truth says the same. For free().
#pragma once

#include "common/nats/bus.h"
#include "tests/support/stack.h"

char *told_by_tables(const struct stack *stack);

/* NULL when NATS does not answer. */
char *told_by_bucket(struct bus *bus);
