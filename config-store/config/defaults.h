// SPDX-License-Identifier: Apache-2.0
// What holds where no node says otherwise.
#pragma once

#include "common/json.h"

enum { DEFAULT_CONCURRENT_RUNS = 5 };

/* A new document, owned by the caller; NULL only when memory runs out. */
NODISCARD json_t *defaults_new(void);

/* The same as text, made once; NULL only when memory ran out. Borrowed for ever. */
const char *defaults_text(void);

/* Its /routing alone. */
json_t *defaults_routing_new(void);
