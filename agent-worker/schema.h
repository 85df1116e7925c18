// SPDX-License-Identifier: Apache-2.0
// Whether a tool's arguments are what its JSON schema declares: types, required,
// enum, properties and items. Keywords it does not know are not enforced. Pure.
#pragma once

#include <jansson.h>

#include "common/fault.h"

/* REJECT names the first argument that does not fit, as /path, and why. */
NODISCARD bool schema_check(
	const json_t *schema, const json_t *value, struct fault *fault);
