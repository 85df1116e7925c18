// SPDX-License-Identifier: Apache-2.0
#include "router/slack_text.h"

#include <string.h>

#include "router/words.h"

/* The length of the mention "<@ID>" or "<@ID|name>" at `p`, 0 when there is none. */
static size_t mention_length(const char *p)
{
	const char *end;

	if (p[0] != '<' || p[1] != '@')
		return 0;
	end = p + 2 + strcspn(p + 2, "<>");
	return *end == '>' ? (size_t)(end - p) + 1 : 0;
}

/* True when the mention at `p` is of `user`. */
static bool is_of(const char *p, const char *user)
{
	size_t len = strlen(user);

	return len > 0 && strncmp(p + 2, user, len) == 0 &&
		(p[2 + len] == '>' || p[2 + len] == '|');
}

static size_t add_unescaped(struct text *text, const char *p)
{
	static const struct {
		const char *escape;
		char plain;
	} escapes[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}};

	for (size_t i = 0; *p == '&' && i < countof(escapes); i++) {
		size_t len = strlen(escapes[i].escape);

		if (strncmp(p, escapes[i].escape, len) == 0) {
			text_add_char(text, escapes[i].plain);
			return len;
		}
	}
	text_add_char(text, *p);
	return 1;
}

void slack_text_add(struct text *text, const char *message, const char *own)
{
	const char *p = message + strspn(message, " \t\r\n");

	if (!own)
		p += mention_length(p);
	while (*p) {
		size_t mention = mention_length(p);

		if (mention > 0 && own && is_of(p, own)) {
			p += mention;
			/* The space on one side goes with it. */
			if (*p == ' ' &&
				(text->len == 0 || text->data[text->len - 1] == ' '))
				p++;
		} else {
			p += add_unescaped(text, p);
		}
	}
	words_trim(text);
}
