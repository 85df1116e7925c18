// SPDX-License-Identifier: Apache-2.0
// Options that narrow a list, as the query the config store takes.
#pragma once

#include <stdint.h>

#include "cli/cli.h"

/* Appends the query of the options that are set. A usage error for a bad value. */
NODISCARD bool filter_add(struct cli *cli, struct text *path);

/* --since: a duration before `now_us`, or an RFC 3339 time. `out` has CLOCK_TEXT_SIZE.
 */
NODISCARD bool filter_since(
	struct cli *cli, const char *text, int64_t now_us, char *out);
