// SPDX-License-Identifier: Apache-2.0
// What the kernel knows about this process, for metrics_print() alone.
#pragma once

#include "common/text.h"

/* Leaves out what /proc does not tell. */
void metrics_print_process(struct text *out);
