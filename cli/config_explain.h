// SPDX-License-Identifier: Apache-2.0
// tocsin config explain.
#pragma once

#include "cli/cli.h"
#include "common/json.h"

/* ORG NODE [PATH]: where each value comes from. */
bool config_explain(struct cli *cli);

/* The config store's answer as a table, with what is required and missing behind it. */
NODISCARD bool config_explain_print(struct cli *cli, const json_t *answer);
