// SPDX-License-Identifier: Apache-2.0
#include "common/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_FIRST_SIZE = 256, TEXT_LIMIT = 64 << 20, SEQUENCE_MAX_LEN = 4 };

void text_done(struct text *text)
{
	free(text->data);
	*text = (struct text){.limit = text->limit};
}

/* Makes room for `more` bytes and a NUL. */
static bool grow(struct text *text, size_t more)
{
	size_t limit = text->limit ? text->limit : TEXT_LIMIT;
	size_t size = text->size ? text->size : TEXT_FIRST_SIZE;
	char *data;

	if (text->failed || more > limit || text->len > limit - more) {
		text->failed = true;
		return false;
	}
	if (text->len + more < text->size)
		return true;
	while (size <= text->len + more)
		size *= 2;
	data = realloc(text->data, size);
	if (!data) {
		text->failed = true;
		return false;
	}
	text->data = data;
	text->size = size;
	return true;
}

void text_add_bytes(struct text *text, const void *bytes, size_t len)
{
	if (!grow(text, len))
		return;
	if (len > 0)
		memcpy(text->data + text->len, bytes, len);
	text->len += len;
	text->data[text->len] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_add_char(struct text *text, char c)
{
	text_add_bytes(text, &c, 1);
}

void text_vprintf(struct text *text, const char *format_text, va_list arguments)
{
	va_list again;
	int len;

	va_copy(again, arguments);
	len = vsnprintf(NULL, 0, format_text, again);
	va_end(again);
	if (len < 0)
		text->failed = true;
	if (len < 0 || !grow(text, (size_t)len))
		return;
	(void)vsnprintf(
		text->data + text->len, (size_t)len + 1, format_text, arguments);
	text->len += (size_t)len;
}

void text_printf(struct text *text, const char *format_text, ...)
{
	va_list arguments;

	va_start(arguments, format_text);
	text_vprintf(text, format_text, arguments);
	va_end(arguments);
}

void text_clear(struct text *text)
{
	text->len = 0;
	text->failed = false;
	if (text->data)
		text->data[0] = '\0';
}

bool text_failed(const struct text *text)
{
	return text->failed;
}

const char *text_string(const struct text *text)
{
	return text->data ? text->data : "";
}

char *text_take(struct text *text)
{
	char *string = NULL;

	if (!text->failed && grow(text, 0)) {
		text->data[text->len] = '\0';
		string = TAKE(text->data);
	}
	text_done(text);
	return string;
}

size_t text_join(char *out, size_t size, const char *const *parts, size_t count)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		size_t part = strlen(parts[i]), left = size - 1 - len;

		part = part < left ? part : left;
		memcpy(out + len, parts[i], part);
		len += part;
	}
	out[len] = '\0';
	return len;
}

size_t text_cut(const char *string, size_t max)
{
	size_t len = strnlen(string, max), back = 0;

	if (len < max || string[max] == '\0')
		return len;
	while (back < len && ((unsigned char)string[len - back] & 0xC0) == 0x80)
		back++;
	/* A longer run is no UTF-8, and nothing is lost by splitting it. */
	return back <= SEQUENCE_MAX_LEN - 1 ? len - back : len;
}

/* The length of the sequence that starts with `lead`, or 0. */
static size_t sequence_len(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xC2 && lead <= 0xDF)
		return 2;
	if (lead >= 0xE0 && lead <= 0xEF)
		return 3;
	return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
static bool second_byte_fits(unsigned char lead, unsigned char second)
{
	switch (lead) {
	case 0xE0:
		return second >= 0xA0;
	case 0xED:
		return second <= 0x9F;
	case 0xF0:
		return second >= 0x90;
	case 0xF4:
		return second <= 0x8F;
	default:
		return true;
	}
}

bool text_is_utf8(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len;) {
		uint64_t words[2];
		size_t n;

		/* Most text is ASCII: many bytes at a time. */
		for (; len - i >= sizeof(words); i += sizeof(words)) {
			memcpy(words, p + i, sizeof(words));
			if ((words[0] | words[1]) & UINT64_C(0x8080808080808080))
				break;
		}
		if (i == len)
			break;
		n = sequence_len(p[i]);

		if (n == 0 || n > len - i ||
			(n > 1 && !second_byte_fits(p[i], p[i + 1])))
			return false;
		for (size_t k = 1; k < n; k++)
			if ((p[i + k] & 0xC0) != 0x80)
				return false;
		i += n;
	}
	return true;
}
