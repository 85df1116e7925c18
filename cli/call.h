// SPDX-License-Identifier: Apache-2.0
// Asking the config store, or the ingress where cli->at_ingress says so, with errors that say what was tried, where, what came back,
// and the way out.
#pragma once

#include "cli/cli.h"
#include "common/json.h"

/*
 * `path` begins with "/api". `body` may be NULL. *out is the parsed answer, an empty
 * object where there was none; the caller owns it. False for any status of 400 and
 * more.
 */
NODISCARD bool call(struct cli *cli, const char *method, const char *path,
	const json_t *body, json_t **out);

/*
 * Asks page after page of a list until --limit items are there. `path` may have a
 * query. *out is {"items": […], "next": …}.
 */
NODISCARD bool call_list(struct cli *cli, const char *path, json_t **out);

/*
 * Writes the answer of a GET to standard output as it comes. False also when it was
 * broken off; what was written before is not whole then.
 */
NODISCARD bool call_stream(struct cli *cli, const char *path);

/* Where the ingress is, when --url does not say so. */
const char *call_ingress_url(void);

/* Appends `value` percent-encoded as one path segment or query value. */
void call_add_encoded(struct text *path, const char *value);

/* Appends "?name=value" or "&name=value"; nothing for a NULL value. */
void call_add_query(struct text *path, const char *name, const char *value);

/* Prints the answer as JSON. False when it cannot be written. */
NODISCARD bool call_print_json(struct cli *cli, const json_t *json);
