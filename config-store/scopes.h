// SPDX-License-Identifier: Apache-2.0
// The names that kinds of callers and their rights have for others.
#pragma once

#include "config-store/store.h"

/* "super_admin", "org_admin", "team", "" */
const char *scopes_kind(enum caller_kind kind);

/* Ended by NULL. */
const char *const *scopes_of(enum caller_kind kind);
