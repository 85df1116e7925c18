// SPDX-License-Identifier: Apache-2.0
// Paths below one organisation.
#pragma once

#include "cli/cli.h"

/* Appends /api/v1/admin/orgs/<argument 0>/<what>[/<argument 1>]. */
void tenant_path(struct text *path, const struct cli *cli, const char *what);
