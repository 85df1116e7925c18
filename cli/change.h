// SPDX-License-Identifier: Apache-2.0
// Changes of configurations, for people: what was added, removed, changed.
#pragma once

#include "cli/cli.h"
#include "common/json.h"

/* A diff of the config store, a line for each pointer: "+ /a 1", "- /b", "~ /c 1 -> 2". */
void change_print_diff(struct cli *cli, const json_t *diff, const char *indent);

/* The answer to a change: to a trial with --dry-run, or the new version. */
NODISCARD bool change_print_answer(struct cli *cli, const json_t *answer);

/* tocsin config history, versions, diff, rollback. */
bool change_history(struct cli *cli);
bool change_version(struct cli *cli);
bool change_diff(struct cli *cli);
bool change_rollback(struct cli *cli);
