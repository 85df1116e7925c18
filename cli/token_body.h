// SPDX-License-Identifier: Apache-2.0
// What the options of `tocsin token` say of a token, as the body of a call.
#pragma once

#include "cli/cli.h"
#include "common/json.h"

/* {"label", "scopes", "days", "expires_at", "ttl_seconds"}, each if its option is there.
 */
NODISCARD bool token_body(struct cli *cli, json_t **out);

/* The words between commas as an array; NULL when one is no UTF-8. */
json_t *token_body_words(const char *list);
