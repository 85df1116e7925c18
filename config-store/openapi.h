// SPDX-License-Identifier: Apache-2.0
// The OpenAPI 3.1 document: the calls come from the table of routes, the schemas, the
// parameters and the words for errors from openapi.json.
#pragma once

#include <jansson.h>

#include "config-store/routes.h"

/* The document for these routes, owned; NULL when memory ran out. */
NODISCARD json_t *openapi_document(const struct route *list, size_t count);

/* openapi.json, parsed and owned; NULL when memory ran out. */
NODISCARD json_t *openapi_words(void);
