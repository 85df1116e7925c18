// SPDX-License-Identifier: Apache-2.0
// What a node has from above, and what holds once it has spoken itself. The one place
// that knows which sections are not passed on as values. Pure.
#pragma once

#include "common/json.h"

/*
 * What holds at a node that says nothing: what holds at its parent, whose claims
 * (/routing) are its own; the defaults for a root (NULL). Owned by the caller, who must
 * not change what stands in it: it is shared with the parent's. NULL only when memory
 * runs out.
 */
NODISCARD json_t *inherit_base(const json_t *parent);

/*
 * Lays `own` over it, but for /policy, which binds those below and is no value. False
 * only when memory runs out.
 */
NODISCARD bool inherit_lay(json_t *base, const json_t *own);
