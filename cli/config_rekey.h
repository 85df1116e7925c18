// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/cli.h"

/* Of the command table: see config.c. */
bool config_rekey(struct cli *cli);
