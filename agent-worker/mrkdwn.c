// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/mrkdwn.h"

#include <cmark-gfm-core-extensions.h>
#include <pthread.h>
#include <string.h>

#include "agent-worker/mrkdwn_table.h"

enum {
	NESTING_MAX = 24, /* deeper nodes are shown as their words */
	LINK_MAX_LEN =
		900, /* longer ones are shown as text, so that none is ever cut */
};

static void inlines(struct text *out, cmark_node *parent, int depth);
static void block(struct text *out, cmark_node *node, int depth);

cmark_node *mrkdwn_parse(const char *markdown, size_t len)
{
	static const char *const names[] = {"table", "strikethrough", "autolink"};
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	cmark_parser *parser;
	cmark_node *document;

	(void)pthread_once(&once, cmark_gfm_core_extensions_ensure_registered);
	parser = cmark_parser_new(CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8);
	if (!parser)
		return NULL;
	for (size_t i = 0; i < countof(names); i++) {
		cmark_syntax_extension *extension =
			cmark_find_syntax_extension(names[i]);

		if (extension)
			cmark_parser_attach_syntax_extension(parser, extension);
	}
	cmark_parser_feed(parser, markdown, len);
	document = cmark_parser_finish(parser);
	cmark_parser_free(parser);
	return document;
}

/* The library does not export the types of extensions, only their names. */
static bool is_extension(cmark_node *node, const char *name)
{
	return strcmp(cmark_node_get_type_string(node), name) == 0;
}

/* `c`, or what stands for it where it would end something. */
static char instead_of(char c, const char *enders, char other)
{
	if (strchr(enders, c))
		return other;
	return c;
}

static void escape_char(struct text *out, char c)
{
	if (c == '&')
		text_add(out, "&amp;");
	else if (c == '<')
		text_add(out, "&lt;");
	else if (c == '>')
		text_add(out, "&gt;");
	else
		text_add_char(out, c);
}

void mrkdwn_escape(struct text *out, const char *string)
{
	for (; string && *string; string++)
		escape_char(out, *string);
}

void mrkdwn_plain(struct text *out, cmark_node *node)
{
	cmark_iter *iter = cmark_iter_new(node);
	cmark_event_type event;

	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *here = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(here);

		if (event != CMARK_EVENT_ENTER)
			continue;
		if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK)
			text_add_char(out, ' ');
		else
			mrkdwn_escape(out, cmark_node_get_literal(here));
	}
	cmark_iter_free(iter);
}

static bool is_web(const char *url)
{
	return strncasecmp(url, "http://", 7) == 0 ||
		strncasecmp(url, "https://", 8) == 0 ||
		strncasecmp(url, "mailto:", 7) == 0;
}

/* Between "<" and "|": no character that ends either part. */
static void link_url(struct text *out, const char *url)
{
	for (; *url; url++)
		if (strchr("<>|\"", *url) || (unsigned char)*url <= ' ')
			text_printf(out, "%%%02X", (unsigned char)*url);
		else
			escape_char(out, *url);
}

static void link_node(struct text *out, cmark_node *node)
{
	const char *url = cmark_node_get_url(node);
	struct text words AUTO(text_done) = {0};

	mrkdwn_plain(&words, node);
	if (!url || !is_web(url) || strlen(url) + words.len > LINK_MAX_LEN) {
		text_add(out, text_string(&words));
		return;
	}
	text_add_char(out, '<');
	link_url(out, url);
	if (words.len > 0 && strcmp(text_string(&words), url) != 0) {
		text_add_char(out, '|');
		for (const char *p = text_string(&words); *p; p++)
			text_add_char(out, instead_of(*p, "|\n", ' '));
	}
	text_add_char(out, '>');
}

static void code(struct text *out, const char *literal)
{
	text_add_char(out, '`');
	for (; literal && *literal; literal++)
		escape_char(out, instead_of(*literal, "`", '\''));
	text_add_char(out, '`');
}

static void wrapped(struct text *out, const char *mark, cmark_node *node, int depth)
{
	text_add(out, mark);
	inlines(out, node, depth + 1);
	text_add(out, mark);
}

static void inline_node(struct text *out, cmark_node *node, int depth)
{
	cmark_node_type type = cmark_node_get_type(node);
	bool is_words = depth > NESTING_MAX; /* marks are left out */

	if (!is_words && type == CMARK_NODE_SOFTBREAK)
		text_add_char(out, ' ');
	else if (!is_words && type == CMARK_NODE_LINEBREAK)
		text_add_char(out, '\n');
	else if (!is_words && type == CMARK_NODE_CODE)
		code(out, cmark_node_get_literal(node));
	else if (!is_words && type == CMARK_NODE_EMPH)
		wrapped(out, "_", node, depth);
	else if (!is_words && type == CMARK_NODE_STRONG)
		wrapped(out, "*", node, depth);
	else if (!is_words && is_extension(node, "strikethrough"))
		wrapped(out, "~", node, depth);
	else if (type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE)
		link_node(out, node);
	else
		mrkdwn_plain(out, node);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by NESTING_MAX */
static void inlines(struct text *out, cmark_node *parent, int depth)
{
	for (cmark_node *node = cmark_node_first_child(parent); node;
		node = cmark_node_next(node))
		inline_node(out, node, depth);
}

/* Appends `inner` with `prefix` before each line, or before each but the first. */
static void prefixed(
	struct text *out, const char *inner, const char *prefix, bool first_too)
{
	if (first_too)
		text_add(out, prefix);
	for (; *inner; inner++) {
		text_add_char(out, *inner);
		if (*inner == '\n')
			text_add(out, prefix);
	}
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by NESTING_MAX */
static void children(struct text *out, cmark_node *parent, const char *gap, int depth)
{
	for (cmark_node *node = cmark_node_first_child(parent); node;
		node = cmark_node_next(node)) {
		if (cmark_node_previous(node))
			text_add(out, gap);
		block(out, node, depth + 1);
	}
}

static void list(struct text *out, cmark_node *node, int depth)
{
	bool ordered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST;
	int number = cmark_node_get_list_start(node);

	for (cmark_node *item = cmark_node_first_child(node); item;
		item = cmark_node_next(item)) {
		struct text inner AUTO(text_done) = {0};

		if (cmark_node_previous(item))
			text_add_char(out, '\n');
		if (ordered)
			text_printf(out, "%d. ", number++);
		else
			text_add(out, "• ");
		children(&inner, item, "\n", depth);
		prefixed(out, text_string(&inner), "    ", false);
	}
}

static void fenced_content(struct text *out, const char *literal)
{
	size_t len = literal ? strlen(literal) : 0;

	while (len > 0 && literal[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len; i++) {
		/* Three in a row would end the fence: a zero-width space parts them. */
		if (i >= 2 && strncmp(literal + i - 2, "```", 3) == 0)
			text_add(out, "\u200b");
		escape_char(out, literal[i]);
	}
}

bool mrkdwn_fenced(struct text *out, cmark_node *node)
{
	cmark_node_type type = cmark_node_get_type(node);

	if (type == CMARK_NODE_CODE_BLOCK)
		fenced_content(out, cmark_node_get_literal(node));
	else if (is_extension(node, "table"))
		mrkdwn_table(out, node);
	else
		return false;
	return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by NESTING_MAX */
static void block(struct text *out, cmark_node *node, int depth)
{
	cmark_node_type type = cmark_node_get_type(node);
	struct text inner AUTO(text_done) = {0};

	if (depth > NESTING_MAX) {
		mrkdwn_plain(out, node);
	} else if (type == CMARK_NODE_PARAGRAPH) {
		inlines(out, node, depth);
	} else if (type == CMARK_NODE_HEADING) {
		mrkdwn_plain(&inner, node);
		if (inner.len > 0)
			text_printf(out, "*%s*", text_string(&inner));
	} else if (type == CMARK_NODE_LIST) {
		list(out, node, depth);
	} else if (type == CMARK_NODE_BLOCK_QUOTE) {
		children(&inner, node, "\n", depth);
		prefixed(out, text_string(&inner), "> ", true);
	} else if (type == CMARK_NODE_THEMATIC_BREAK) {
		text_add(out, "———");
	} else if (mrkdwn_fenced(&inner, node)) {
		text_printf(out, "```%s```", text_string(&inner));
	} else {
		fenced_content(out, cmark_node_get_literal(node));
	}
	out->failed |= inner.failed;
}

void mrkdwn_block(struct text *out, cmark_node *node)
{
	block(out, node, 0);
}
