// SPDX-License-Identifier: Apache-2.0
// Identifiers from outside: whatever they are, each is tried, called unknown or called
// invalid, and the answer can be printed. As CSV, no value becomes a formula.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "common/json.h"
#include "config-store/read/csv.h"
#include "config-store/routing/lookup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_cell(const char *value)
{
	struct text cell AUTO(text_done) = {0};
	const char *printed;

	csv_cell(&cell, value, true);
	printed = text_string(&cell);
	printed += *printed == '"';
	assert(!text_failed(&cell) && (!*printed || !strchr("=+-@\t\r", *printed)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct caller nobody = {.kind = CALLER_ORG_ADMIN, .org = "acme"};
	struct lookup lookup AUTO(lookup_done) = {.matched = -1};
	json_t *body AUTO(json_decref) = NULL, *answer AUTO(json_decref) = NULL, *value;
	struct fault fault = {0};
	size_t types = 0;
	const char *type;

	if (!json_parse(&body, data, len, &fault) || !json_is_object(body))
		return 0;
	json_object_foreach(body, type, value)
	{
		assert(lookup_add(&lookup, type, json_string_value(value), &fault));
		check_cell(type);
		if (json_is_string(value))
			check_cell(json_string_value(value));
	}
	answer = lookup_print(&lookup, &nobody, true);
	assert(answer &&
		json_array_size(json_at(answer, "/explain")) == IDENTIFIER_TYPES);
	for (int i = 0; i < IDENTIFIER_TYPES; i++)
		types += lookup.tries[i].asked;
	assert(types + json_array_size(json_at(answer, "/unknown")) ==
		json_object_size(body));
	assert(json_array_size(json_at(answer, "/tried")) +
			json_array_size(json_at(answer, "/invalid")) ==
		types);
	return 0;
}
