// SPDX-License-Identifier: Apache-2.0
// Telling the audit trail what has been committed.
#pragma once

#include "common/audit.h"
#include "common/json.h"
#include "config-store/store.h"

/* audit_tell() with `detail` printed into the record; NULL is no detail. */
void tell(const struct store *store, const struct audit *audit, const json_t *detail);
