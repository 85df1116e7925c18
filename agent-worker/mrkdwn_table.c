// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/mrkdwn_table.h"

#include <string.h>

#include "agent-worker/mrkdwn.h"
#include "agent-worker/utf8.h"

enum { COLUMNS_MAX = 20, COLUMN_WIDTH_MAX = 40 };

/* How wide escaped text shows: an entity is one character. */
static size_t width_of(const char *escaped, size_t len)
{
	size_t width = utf8_units(escaped, len);

	for (const char *p = escaped; (p = strchr(p, '&')); p++)
		width -= p[1] == 'a' ? 4 : 3;
	return width;
}

static void cell_text(struct text *out, cmark_node *cell)
{
	struct text words AUTO(text_done) = {0};

	mrkdwn_plain(&words, cell);
	for (char *p = words.data; p && *p; p++) {
		if (*p == '\n')
			*p = ' ';
		else if (*p == '`')
			*p = '\'';
	}
	text_add(out, text_string(&words));
}

static void measure(size_t *widths, cmark_node *table)
{
	for (cmark_node *row = cmark_node_first_child(table); row;
		row = cmark_node_next(row)) {
		cmark_node *cell = cmark_node_first_child(row);

		for (size_t i = 0; cell && i < COLUMNS_MAX; i++) {
			struct text words AUTO(text_done) = {0};
			size_t width;

			cell_text(&words, cell);
			width = width_of(text_string(&words), words.len);
			if (width > COLUMN_WIDTH_MAX)
				width = COLUMN_WIDTH_MAX;
			if (width > widths[i])
				widths[i] = width;
			cell = cmark_node_next(cell);
		}
	}
}

static void add_row(struct text *out, cmark_node *row, const size_t *widths)
{
	cmark_node *cell = cmark_node_first_child(row);

	for (size_t i = 0; cell && i < COLUMNS_MAX; i++) {
		struct text words AUTO(text_done) = {0};
		cmark_node *next = cmark_node_next(cell);

		cell_text(&words, cell);
		text_add(out, i > 0 ? " | " : "");
		text_add(out, text_string(&words));
		for (size_t width = width_of(text_string(&words), words.len);
			next && width < widths[i]; width++)
			text_add_char(out, ' ');
		cell = next;
	}
}

void mrkdwn_table(struct text *out, cmark_node *table)
{
	size_t widths[COLUMNS_MAX] = {0};

	measure(widths, table);
	for (cmark_node *row = cmark_node_first_child(table); row;
		row = cmark_node_next(row)) {
		if (cmark_node_previous(row))
			text_add_char(out, '\n');
		add_row(out, row, widths);
		if (cmark_node_previous(row) || !cmark_node_next(row))
			continue;
		text_add_char(out, '\n');
		for (size_t i = 0; i < COLUMNS_MAX && widths[i] > 0; i++) {
			text_add(out, i > 0 ? "-+-" : "");
			for (size_t k = 0; k < widths[i]; k++)
				text_add_char(out, '-');
		}
	}
}
