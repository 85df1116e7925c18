// SPDX-License-Identifier: Apache-2.0
// Where the token comes from: --token-file, TOCSIN_ADMIN_TOKEN, or the file that
// TOCSIN_ADMIN_TOKEN_FILE names; never the command line, which others can read.
#pragma once

#include "cli/cli.h"

/* Fills cli->token. */
NODISCARD bool token_file_read(struct cli *cli);

/* All of a file, or of standard input for "-"; for free(). */
NODISCARD bool file_read(
	struct cli *cli, const char *path, size_t limit, char **out, size_t *len);
