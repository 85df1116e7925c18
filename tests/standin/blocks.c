// SPDX-License-Identifier: Apache-2.0
// Which blocks Slack takes: types, keys, lengths. The first thing wrong is named, as
// Slack's response_metadata does.
#include "tests/standin/standin.h"

#include <string.h>

#include "common/auto.h"

/* Characters, and what Slack counts in one message before msg_blocks_too_long. */
enum {
	BLOCKS_MAX = 50,
	PAYLOAD_MAX = 13200,
	SECTION_MAX = 3000,
	FIELD_MAX = 2000,
	HEADER_MAX = 150,
	MARKDOWN_MAX = 12000,
	BUTTON_MAX = 75,
	VALUE_MAX = 2000,
	URL_MAX = 3000,
	ID_MAX = 255,
};

static bool fits(const json_t *string, size_t max)
{
	return json_is_string(string) && json_string_length(string) > 0 &&
		standin_characters(json_string_value(string)) <= max;
}

/* `keys` is space separated, with a space at both ends. */
static bool has_only(const json_t *object, const char *keys)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		const char *found = strstr(keys, key);

		while (found && (found[-1] != ' ' || found[strlen(key)] != ' '))
			found = strstr(found + 1, key);
		if (!found)
			return false;
	}
	return true;
}

static bool is_text(const json_t *text, const char *only_type, size_t max)
{
	const char *type = json_string_or(text, "/type", "");

	if (!json_is_object(text) || !has_only(text, " type text emoji verbatim "))
		return false;
	if (strcmp(type, "plain_text") != 0 && strcmp(type, "mrkdwn") != 0)
		return false;
	return (!only_type || strcmp(type, only_type) == 0) &&
		fits(json_object_get(text, "text"), max);
}

static bool is_section(const json_t *block)
{
	const json_t *text = json_object_get(block, "text");
	const json_t *fields = json_object_get(block, "fields");
	json_t *field;
	size_t i;

	if (!has_only(block, " type block_id text fields accessory expand "))
		return false;
	if ((!text && !fields) || (text && !is_text(text, NULL, SECTION_MAX)))
		return false;
	if (fields && (json_array_size(fields) == 0 || json_array_size(fields) > 10))
		return false;
	json_array_foreach(
		fields, i, field) if (!is_text(field, NULL, FIELD_MAX)) return false;
	return true;
}

static bool is_header(const json_t *block)
{
	return has_only(block, " type block_id text ") &&
		is_text(json_object_get(block, "text"), "plain_text", HEADER_MAX);
}

static bool is_divider(const json_t *block)
{
	return has_only(block, " type block_id ");
}

static bool is_markdown(const json_t *block)
{
	return has_only(block, " type block_id text ") &&
		fits(json_object_get(block, "text"), MARKDOWN_MAX);
}

static bool is_image(const json_t *block)
{
	return has_only(block, " type block_id image_url slack_file alt_text title ") &&
		fits(json_object_get(block, "image_url"), URL_MAX) &&
		fits(json_object_get(block, "alt_text"), SECTION_MAX);
}

static bool is_context(const json_t *block)
{
	const json_t *elements = json_object_get(block, "elements");
	json_t *element;
	size_t i;

	if (!has_only(block, " type block_id elements ") ||
		json_array_size(elements) == 0 || json_array_size(elements) > 10)
		return false;
	json_array_foreach(elements, i,
		element) if (strcmp(json_string_or(element, "/type", ""), "image") == 0
			? !is_image(element)
			: !is_text(element, NULL, SECTION_MAX)) return false;
	return true;
}

static bool is_button(const json_t *element)
{
	const json_t *value = json_object_get(element, "value");
	const json_t *url = json_object_get(element, "url");
	const json_t *action = json_object_get(element, "action_id");

	return has_only(element,
		       " type text action_id value url style confirm "
		       "accessibility_label ") &&
		is_text(json_object_get(element, "text"), "plain_text", BUTTON_MAX) &&
		(!value || fits(value, VALUE_MAX)) && (!url || fits(url, URL_MAX)) &&
		(!action || fits(action, ID_MAX));
}

static bool is_actions(const json_t *block)
{
	const json_t *elements = json_object_get(block, "elements");
	json_t *element;
	size_t i;

	if (!has_only(block, " type block_id elements ") ||
		json_array_size(elements) == 0 || json_array_size(elements) > 25)
		return false;
	json_array_foreach(elements, i,
		element) if (strcmp(json_string_or(element, "/type", ""), "button") ==
			0 &&
		!is_button(element)) return false;
	return true;
}

static bool is_rich_text(const json_t *block)
{
	return has_only(block, " type block_id elements ") &&
		json_array_size(json_object_get(block, "elements")) > 0;
}

static bool is_table(const json_t *block)
{
	const json_t *rows = json_object_get(block, "rows");
	json_t *row;
	size_t i;

	if (json_array_size(rows) == 0 || json_array_size(rows) > 100)
		return false;
	json_array_foreach(rows, i, row) if (json_array_size(row) == 0 ||
		json_array_size(row) > 20) return false;
	return true;
}

static const struct {
	const char *type;
	bool (*is_good)(const json_t *block);
} types[] = {
	{"actions", is_actions},
	{"context", is_context},
	{"divider", is_divider},
	{"header", is_header},
	{"image", is_image},
	{"markdown", is_markdown},
	{"rich_text", is_rich_text},
	{"section", is_section},
	{"table", is_table},
};

static const char *block_refusal(const json_t *block)
{
	const char *type = json_string_or(block, "/type", "");
	const json_t *id = json_object_get(block, "block_id");

	if (id && !fits(id, ID_MAX))
		return "block_id must be 1 to 255 characters";
	for (size_t i = 0; i < countof(types); i++)
		if (strcmp(type, types[i].type) == 0)
			return types[i].is_good(block) ? NULL : types[i].type;
	return "unsupported type";
}

const char *blocks_refusal(const json_t *blocks, const char **detail)
{
	char *printed AUTO(free) = NULL;
	json_t *block;
	size_t i;

	*detail = "blocks";
	if (!json_is_array(blocks))
		return "invalid_blocks_format";
	*detail = "no more than 50 items allowed [json-pointer:/blocks]";
	if (json_array_size(blocks) > BLOCKS_MAX)
		return "invalid_blocks";
	json_array_foreach(blocks, i, block)
	{
		*detail = block_refusal(block);
		if (*detail)
			return "invalid_blocks";
	}
	printed = json_dumps(blocks, JSON_COMPACT);
	*detail = "the blocks are over 13,200 characters";
	return printed && standin_characters(printed) > PAYLOAD_MAX
		? "msg_blocks_too_long"
		: NULL;
}
