// SPDX-License-Identifier: Apache-2.0
// JSON pointers: the first line is the pointer, the rest a document. What json_find()
// finds in the bytes is what jansson finds in its tree.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "common/json.h"
#include "ingress/json_check.h"
#include "ingress/json_find.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { TEXT_SIZE = 4096 };

/* jansson refuses what it cannot hold (1e999, "\u0000", half a surrogate); then only no
 * byte outside may be touched. */
static void compare(const struct json_span *span, const json_t *value, bool found)
{
	char text[TEXT_SIZE];
	long got;

	assert(found == (value != NULL));
	if (!found)
		return;
	got = json_span_string(text, sizeof(text), span, false);
	if (!json_is_string(value)) {
		assert(got < 0);
		return;
	}
	if (got < 0) {
		assert(json_string_length(value) >= sizeof(text));
		return;
	}
	assert((size_t)got == json_string_length(value) &&
		memcmp(text, json_string_value(value), (size_t)got) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *line = memchr(data, '\n', len);
	size_t pointer_len = line ? (size_t)(line - data) : len;
	char *pointer AUTO(free) = strndup((const char *)data, pointer_len);
	const char *json = line ? (const char *)line + 1 : "";
	size_t json_len = line ? len - pointer_len - 1 : 0;
	json_t *tree AUTO(json_decref) = NULL;
	struct json_span span;
	char scalar[32], cut[8];
	bool found;

	assert(pointer);
	if (!json_check(json, json_len))
		return 0;
	found = json_find(&span, json, json_len, pointer);
	if (found) {
		assert(span.start >= json && span.len > 0 &&
			span.start + span.len <= json + json_len);
		(void)json_span_string(cut, sizeof(cut), &span, true);
		(void)json_span_scalar(scalar, sizeof(scalar), &span);
	}
	tree = json_loadb(json, json_len, JSON_DECODE_ANY, NULL);
	if (tree && memchr(pointer, '\0', pointer_len + 1) == pointer + pointer_len)
		compare(&span, json_at(tree, pointer), found);
	return 0;
}
