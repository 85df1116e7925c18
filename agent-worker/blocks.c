// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/blocks.h"

#include <string.h>

#include "agent-worker/mrkdwn.h"
#include "agent-worker/utf8.h"
#include "common/json.h"

enum {
	MARKDOWN_MAX_BYTES = 32 << 10,  /* more cannot show; bounds the parser's work */
	PIECE_MAX = BLOCK_TEXT_MAX - 8, /* room for two fences */
	REST_SIZE = 200,                /* room for the block that says it was cut */
	ENTITY_MAX = 5,                 /* "&amp;" */
};

static const char rest_was_cut[] = "_The answer is longer than a message may be: "
				   "the rest was cut._";

DEFINE_AUTO(cmark_node, cmark_node_free)

struct builder {
	json_t *blocks;
	struct text pending; /* unfenced text that waits for more */
	size_t size;         /* of blocks as JSON, in characters */
	bool cut, failed;
};

void slack_message_done(struct slack_message *message)
{
	json_decref(message->blocks);
	free(message->text);
	*message = (struct slack_message){0};
}

static size_t json_size(const json_t *json)
{
	char *printed AUTO(free) = json_print(json);

	return printed ? utf8_units(printed, strlen(printed)) : BLOCKS_SIZE_MAX;
}

/* Moves a cut out of the entity or link it would split. */
static size_t outside_marks(const char *text, size_t cut)
{
	for (size_t back = 1; back <= ENTITY_MAX && back <= cut; back++) {
		if (text[cut - back] == ';')
			break;
		if (text[cut - back] == '&')
			return cut - back;
	}
	for (size_t i = cut; i > 0 && text[i - 1] != '>' && text[i - 1] != '\n'; i--)
		if (text[i - 1] == '<')
			return i - 1;
	return cut;
}

/* Where to cut so that at most `max` characters stay: at a line, a word, anywhere. */
static size_t cut_at(const char *text, size_t len, size_t max)
{
	size_t fit = utf8_fit(text, len, max);
	size_t cut = fit;

	if (fit == len)
		return len;
	while (cut > fit / 2 && text[cut - 1] != '\n')
		cut--;
	if (cut <= fit / 2)
		for (cut = fit; cut > fit / 2 && text[cut - 1] != ' ';)
			cut--;
	if (cut <= fit / 2)
		cut = fit;
	cut = outside_marks(text, cut);
	return cut > 0 ? cut : fit;
}

static json_t *section(const char *text, size_t len, bool fenced)
{
	struct text string AUTO(text_done) = {0};

	if (fenced)
		text_add(&string, "```");
	text_add_bytes(&string, text, len);
	if (fenced)
		text_add(&string, "```");
	if (text_failed(&string))
		return NULL;
	return json_pack("{s:s, s:{s:s, s:s%}}", "type", "section", "text", "type",
		"mrkdwn", "text", text_string(&string), string.len);
}

static bool append(struct builder *builder, json_t *block)
{
	size_t size = block ? json_size(block) + 1 : 0;

	if (!block)
		builder->failed = true;
	if (!block || json_array_size(builder->blocks) >= BLOCKS_MAX - 1 ||
		builder->size + size > BLOCKS_SIZE_MAX - REST_SIZE) {
		json_decref(block);
		return false;
	}
	builder->failed |= json_array_append_new(builder->blocks, block) != 0;
	builder->size += size;
	return true;
}

/* One section, or as much of it as still fits; then the rest is cut. */
static void add_section(
	struct builder *builder, const char *text, size_t len, bool fenced)
{
	size_t keep = len;

	if (len == 0 || builder->cut || builder->failed)
		return;
	while (!append(builder, section(text, keep, fenced))) {
		builder->cut = true;
		keep = cut_at(text, keep, utf8_units(text, keep) * 3 / 4);
		if (keep < 64 || builder->failed ||
			json_array_size(builder->blocks) >= BLOCKS_MAX - 1)
			return;
	}
}

static void flush(struct builder *builder)
{
	add_section(
		builder, text_string(&builder->pending), builder->pending.len, false);
	text_clear(&builder->pending);
}

static void add_long(struct builder *builder, const char *text, size_t len, bool fenced)
{
	while (len > 0 && !builder->cut) {
		size_t cut = cut_at(text, len, PIECE_MAX);

		add_section(builder, text, cut, fenced);
		text += cut;
		len -= cut;
	}
}

static void add_text(struct builder *builder, const struct text *text)
{
	struct text *pending = &builder->pending;
	const char *string = text_string(text);

	if (utf8_units(text_string(pending), pending->len) +
			utf8_units(string, text->len) + 2 >
		PIECE_MAX)
		flush(builder);
	if (utf8_units(string, text->len) > PIECE_MAX) {
		add_long(builder, string, text->len, false);
		return;
	}
	if (pending->len > 0)
		text_add(pending, "\n\n");
	text_add_bytes(pending, string, text->len);
}

static void add_node(struct builder *builder, cmark_node *node)
{
	struct text text AUTO(text_done) = {0};

	if (cmark_node_get_type(node) == CMARK_NODE_THEMATIC_BREAK) {
		flush(builder);
		if (!append(builder, json_pack("{s:s}", "type", "divider")))
			builder->cut = true;
		return;
	}
	if (mrkdwn_fenced(&text, node)) {
		flush(builder);
		add_long(builder, text_string(&text), text.len, true);
	} else {
		mrkdwn_block(&text, node);
		if (text.len > 0)
			add_text(builder, &text);
	}
	builder->failed |= text.failed;
}

static void finish(struct builder *builder, bool was_long)
{
	flush(builder);
	if (builder->cut || was_long)
		builder->failed |= json_array_append_new(builder->blocks,
					   section(rest_was_cut, strlen(rest_was_cut),
						   false)) != 0;
	else if (json_array_size(builder->blocks) == 0)
		builder->failed |=
			json_array_append_new(builder->blocks,
				section("_(empty)_", strlen("_(empty)_"), false)) != 0;
}

static size_t quoted_size(const char *string, size_t len)
{
	json_t *json AUTO(json_decref) = json_stringn(string, len);

	return json_size(json);
}

static char *fallback(const char *markdown, size_t blocks_size)
{
	struct text text AUTO(text_done) = {0};
	size_t max = MESSAGE_SIZE_MAX - blocks_size;

	if (max > FALLBACK_MAX)
		max = FALLBACK_MAX;
	mrkdwn_escape(&text, *markdown ? markdown : "(empty)");
	if (text_failed(&text))
		return NULL;
	text.len = cut_at(text.data, text.len, max);
	/* Quotes and newlines take two characters or more as JSON. */
	while (quoted_size(text.data, text.len) > max)
		text.len = cut_at(
			text.data, text.len, utf8_units(text.data, text.len) * 3 / 4);
	return text_take(&text);
}

bool blocks_make(struct slack_message *out, const char *markdown, struct fault *fault)
{
	struct slack_message message AUTO(slack_message_done) = {json_array(), NULL};
	struct builder builder = {.blocks = message.blocks};
	char *clean AUTO(free) = utf8_clean(markdown, strlen(markdown));
	size_t len = clean ? text_cut(clean, MARKDOWN_MAX_BYTES) : 0;
	cmark_node *document AUTO(cmark_node_free) =
		clean ? mrkdwn_parse(clean, len) : NULL;

	if (!document)
		return fault_set(fault, FAULT_RETRY, "no memory for a message");
	for (cmark_node *node = cmark_node_first_child(document);
		node && !builder.cut && !builder.failed; node = cmark_node_next(node))
		add_node(&builder, node);
	finish(&builder, clean[len] != '\0');
	builder.failed |= builder.pending.failed;
	text_done(&builder.pending);
	message.text = fallback(clean, json_size(message.blocks));
	if (builder.failed || !message.text)
		return fault_set(fault, FAULT_RETRY, "no memory for a message");
	out->blocks = TAKE(message.blocks);
	out->text = TAKE(message.text);
	return true;
}
