// SPDX-License-Identifier: Apache-2.0
// TOCSIN_SOURCES_FILE: {"sources": [{"name": "gitlab", "scheme": "token", …}, …]}. What may
// stand in it: docs/webhooks.md. All that is wrong is told, not only the first.
#pragma once

#include "common/json.h"
#include "common/source/source.h"

/*
 * Reads the file. FATAL when it cannot be read or is no JSON; what else is wrong with it
 * as a whole goes to `problems`.
 */
NODISCARD bool source_file_read(
	json_t **out, const char *path, struct text *problems, struct fault *fault);

/* The same of bytes; `name` stands for them in the fault. REJECT. */
NODISCARD bool source_file_parse(json_t **out, const char *name, const void *bytes,
	size_t len, struct text *problems, struct fault *fault);

/*
 * The row number `index` with its secrets; its strings are the file's. What is wrong
 * goes to `problems`. False when it has no usable name.
 */
NODISCARD bool source_file_row(
	struct source *row, const json_t *file, size_t index, struct text *problems);
