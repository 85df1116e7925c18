// SPDX-License-Identifier: Apache-2.0
// Markdown as Block Kit: whatever comes in, Slack takes what goes out.
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "agent-worker/blocks.h"
#include "agent-worker/utf8.h"
#include "common/json.h"
#include "common/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_text(const char *text, size_t max)
{
	assert(*text && utf8_units(text, strlen(text)) <= max);
	assert(text_is_utf8(text, strlen(text)));
	for (const char *p = text; (p = strchr(p, '&')); p++)
		assert(strncmp(p, "&amp;", 5) == 0 || strncmp(p, "&lt;", 4) == 0 ||
			strncmp(p, "&gt;", 4) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slack_message message AUTO(slack_message_done) = {0};
	struct text markdown AUTO(text_done) = {0};
	char *printed AUTO(free) = NULL;
	struct fault fault = {0};

	text_add_bytes(&markdown, data, len);
	assert(blocks_make(&message, text_string(&markdown), &fault));
	check_text(message.text, FALLBACK_MAX);
	printed = json_print(message.blocks);
	assert(utf8_units(printed, strlen(printed)) <= BLOCKS_SIZE_MAX);
	assert(json_array_size(message.blocks) >= 1 &&
		json_array_size(message.blocks) <= BLOCKS_MAX);
	for (size_t i = 0; i < json_array_size(message.blocks); i++) {
		const json_t *block = json_array_get(message.blocks, i);

		if (strcmp(json_string_or(block, "/type", ""), "section") == 0)
			check_text(json_string_or(block, "/text/text", ""),
				BLOCK_TEXT_MAX);
	}
	return 0;
}
