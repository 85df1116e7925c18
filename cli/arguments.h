// SPDX-License-Identifier: Apache-2.0
// Reading the command line: group, command, options anywhere after them, arguments.
#pragma once

#include "cli/cli.h"

/*
 * Fills `cli` from argv. *group and *command are set as far as they were found, also on
 * failure, so that help can be given about them. False is a usage error.
 */
NODISCARD bool arguments_parse(struct cli *cli, int argc, const char *const *argv,
	const struct group **group, const struct command **command);

/* Help about everything, a group, or one command (NULL for what was not named). */
void arguments_help(
	FILE *out, const struct group *group, const struct command *command);
