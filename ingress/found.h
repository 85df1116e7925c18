// SPDX-License-Identifier: Apache-2.0
// What a configured source's row says is in a delivery, as the event carries it to the
// router.
#pragma once

#include "ingress/facts.h"
#include "proto/names.h"

enum { FOUND_TEXT_SIZE = 16 << 10 };

/* Memory of the message: lives as long as the struct. */
struct found {
	pb_found message;
	pb_identifier storage[SOURCE_IDENTIFIERS_MAX], *list[SOURCE_IDENTIFIERS_MAX];
	char values[SOURCE_IDENTIFIERS_MAX][FACT_SIZE];
	char text[FOUND_TEXT_SIZE], actor[FACT_SIZE], session[FACT_SIZE];
};

/* What cannot be found is left out. */
void found_fill(
	struct found *found, const struct source *source, const struct facts *facts);
