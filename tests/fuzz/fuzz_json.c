// SPDX-License-Identifier: Apache-2.0
// A document and, after the first newline, a pointer into it. Strings that are parsed
// are UTF-8, and what a pointer finds is part of the document.
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *newline = memchr(data, '\n', len);
	size_t document = newline ? (size_t)(newline - data) : len;
	char *pointer AUTO(free) = newline
		? strndup((const char *)newline + 1, len - document - 1)
		: strdup("");
	json_t *json AUTO(json_decref) = NULL;
	char *printed AUTO(free) = NULL;
	struct fault fault = {0};
	json_t *found;

	if (!json_parse(&json, data, document, &fault)) {
		assert(!json && fault.kind == FAULT_REJECT && fault.text[0]);
		return 0;
	}
	found = json_at(json, pointer);
	assert(*pointer || found == json);
	assert(!found || found->refcount > 0);
	(void)json_integer_or(json, pointer, 0);
	(void)json_string_or(json, pointer, "");
	printed = json_print(json);
	assert(printed && text_is_utf8(printed, strlen(printed)));
	return 0;
}
