// SPDX-License-Identifier: Apache-2.0
// Compares the whole routes bucket with the tables, and marks every team for which they
// differ: a bucket that was lost or edited comes back by itself.
#pragma once

#include "config-store/store.h"

NODISCARD bool reconcile(struct store_thread *thread, struct fault *fault);
