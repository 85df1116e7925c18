// SPDX-License-Identifier: Apache-2.0
#include "router/words.h"

#include <string.h>

static const char white[] = " \t\r\n";
static const char more[] = "...";

size_t words_length(const char *string, size_t max)
{
	size_t len = 0;

	for (; string[len]; len++)
		if (((unsigned char)string[len] & 0xC0) != 0x80 && max-- == 0)
			break;
	return len;
}

void words_add_line(struct text *text, const char *string, size_t max)
{
	const char *start = string ? string + strspn(string, white) : "";
	size_t line = strcspn(start, "\r\n");
	size_t len = words_length(start, max);

	if (len > line)
		len = line;
	text_add_bytes(text, start, len);
	if (start[len + strspn(start + len, white)])
		text_add(text, more);
}

void words_add_block(struct text *text, const char *string, size_t max)
{
	const char *start = string ? string + strspn(string, white) : "";
	size_t len = words_length(start, max);
	bool cut = start[len] != '\0';

	while (len > 0 && strchr(white, start[len - 1]))
		len--;
	if (len == 0)
		return;
	text_add(text, "\n\n");
	text_add_bytes(text, start, len);
	if (cut)
		text_add(text, more);
}

void words_cut(struct text *text, size_t max)
{
	const size_t dots = sizeof(more) - 1;
	size_t len;

	/* So few bytes are no more characters. */
	if (text->len <= max || text_failed(text))
		return;
	if (words_length(text->data, max) == text->len)
		return;
	len = words_length(text->data, max - dots);
	memcpy(text->data + len, more, dots + 1);
	text->len = len + dots;
}

void words_trim(struct text *text)
{
	size_t start = strspn(text_string(text), white);

	while (text->len > start && strchr(white, text->data[text->len - 1]))
		text->len--;
	if (!text->data)
		return;
	text->len -= start;
	memmove(text->data, text->data + start, text->len);
	text->data[text->len] = '\0';
}
