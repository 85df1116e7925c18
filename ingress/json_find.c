// SPDX-License-Identifier: Apache-2.0
#include "ingress/json_find.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_SIZE = 256, REPLACEMENT = 0xFFFD };

/* Each function gets a place inside the document and returns the one behind what it
 * skips. */
static const char *skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* Most of a document is strings, and memchr() looks at many bytes at once. A quote ends
 * the string unless an odd number of backslashes stands before it. */
static const char *skip_string(const char *p, const char *end)
{
	const char *start = p + 1, *quote = p;

	while (quote + 1 < end &&
		(quote = memchr(quote + 1, '"', (size_t)(end - quote - 1)))) {
		const char *before = quote;

		while (before > start && before[-1] == '\\')
			before--;
		if ((quote - before) % 2 == 0)
			return quote + 1;
	}
	return end;
}

static const char *skip_container(const char *p, const char *end)
{
	size_t depth = 0;

	while (p < end) {
		if (*p == '"') {
			p = skip_string(p, end);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		if ((*p == '}' || *p == ']') && --depth == 0)
			return p + 1;
		p++;
	}
	return end;
}

static const char *skip_value(const char *p, const char *end)
{
	if (p == end)
		return end;
	if (*p == '"')
		return skip_string(p, end);
	if (*p == '{' || *p == '[')
		return skip_container(p, end);
	while (p < end && !strchr(",]} \t\r\n", *p))
		p++;
	return p;
}

static unsigned hex4(const char *p)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++) {
		unsigned c = (unsigned char)p[i];

		value = value << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return value;
}

/* The code point of the escape behind a backslash; *p moves behind it. */
static uint32_t read_escape(const char **p, const char *end)
{
	static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
	const char *letter;
	uint32_t code, low;

	if (**p != 'u') {
		const char c = *(*p)++;

		letter = strchr(letters, c);
		return (uint32_t)(letter ? meanings[letter - letters] : c);
	}
	code = hex4(*p + 1);
	*p += 5;
	if (code < 0xD800 || code > 0xDFFF)
		return code;
	if (code > 0xDBFF || end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
		return REPLACEMENT;
	low = hex4(*p + 2);
	if (low < 0xDC00 || low > 0xDFFF)
		return REPLACEMENT;
	*p += 6;
	return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
}

static size_t encode(char *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xC0 | code >> 6);
		out[1] = (char)(0x80 | (code & 63));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xE0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 63));
		out[2] = (char)(0x80 | (code & 63));
		return 3;
	}
	out[0] = (char)(0xF0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 63));
	out[2] = (char)(0x80 | (code >> 6 & 63));
	out[3] = (char)(0x80 | (code & 63));
	return 4;
}

/* One character of a string, 1 to 4 bytes; 0 for a NUL. *p moves behind it. */
static size_t next_character(char out[4], const char **p, const char *end)
{
	unsigned char c = (unsigned char)**p;
	size_t len = 1;

	if (c == '\\') {
		uint32_t code;

		(*p)++;
		code = read_escape(p, end);
		return code == 0 ? 0 : encode(out, code);
	}
	if (c >= 0xC0)
		len = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
	if ((size_t)(end - *p) < len)
		len = (size_t)(end - *p);
	memcpy(out, *p, len);
	*p += len;
	return len;
}

long json_span_string(char *out, size_t size, const struct json_span *span, bool cut)
{
	const char *p = span->start + 1, *end = span->start + span->len - 1;
	size_t used = 0;

	if (span->len < 2 || span->start[0] != '"')
		return -1;
	while (p < end) {
		char character[4];
		size_t len = next_character(character, &p, end);

		if (len == 0)
			return -1;
		if (used + len + 1 > size) {
			if (!cut)
				return -1;
			break;
		}
		memcpy(out + used, character, len);
		used += len;
	}
	out[used] = '\0';
	return (long)used;
}

long json_span_scalar(char *out, size_t size, const struct json_span *span)
{
	if (span->len == 0 || span->len >= size || strchr("\"{[n", span->start[0]))
		return -1;
	memcpy(out, span->start, span->len);
	out[span->len] = '\0';
	return (long)span->len;
}

/* One reference token, unescaped; returns what follows it, NULL when it is too long. */
static const char *next_token(const char *p, char *token)
{
	size_t len = 0;

	for (; *p && *p != '/'; p++) {
		if (len == TOKEN_SIZE - 1)
			return NULL;
		if (*p == '~' && (p[1] == '0' || p[1] == '1'))
			token[len++] = *++p == '0' ? '~' : '/';
		else
			token[len++] = *p;
	}
	token[len] = '\0';
	return p;
}

static bool is_key(const struct json_span *key, const char *token)
{
	char text[TOKEN_SIZE];

	if (!memchr(key->start, '\\', key->len))
		return key->len - 2 == strlen(token) &&
			memcmp(key->start + 1, token, key->len - 2) == 0;
	return json_span_string(text, sizeof(text), key, false) >= 0 &&
		strcmp(text, token) == 0;
}

static bool find_member(struct json_span *at, const char *token)
{
	const char *p = at->start + 1, *end = at->start + at->len;
	bool found = false;

	for (p = skip_space(p, end); p < end && *p == '"';) {
		struct json_span key = {p, 0};
		const char *value;

		p = skip_string(p, end);
		key.len = (size_t)(p - key.start);
		value = skip_space(p, end);
		if (value < end) /* the colon */
			value = skip_space(value + 1, end);
		p = skip_value(value, end);
		if (is_key(&key, token)) {
			*at = (struct json_span){value, (size_t)(p - value)};
			found = true;
		}
		p = skip_space(p, end);
		if (p < end && *p == ',')
			p = skip_space(p + 1, end);
	}
	return found;
}

static bool find_item(struct json_span *at, const char *token)
{
	const char *p = at->start + 1, *end = at->start + at->len;
	unsigned long index;
	char *behind;

	if (token[0] < '0' || token[0] > '9' || (token[0] == '0' && token[1] != '\0'))
		return false;
	index = strtoul(token, &behind, 10);
	if (*behind)
		return false;
	for (p = skip_space(p, end); p < end && *p != ']';) {
		const char *value = p;

		p = skip_value(p, end);
		if (index-- == 0) {
			*at = (struct json_span){value, (size_t)(p - value)};
			return true;
		}
		p = skip_space(p, end);
		if (p < end && *p == ',')
			p = skip_space(p + 1, end);
	}
	return false;
}

bool json_find(struct json_span *out, const char *json, size_t len, const char *pointer)
{
	const char *end = json + len, *start = skip_space(json, end);
	struct json_span at = {start, (size_t)(skip_value(start, end) - start)};
	char token[TOKEN_SIZE];

	while (*pointer) {
		if (*pointer != '/')
			return false;
		pointer = next_token(pointer + 1, token);
		if (!pointer || at.len == 0)
			return false;
		if (*at.start == '{' ? !find_member(&at, token)
				     : *at.start != '[' || !find_item(&at, token))
			return false;
	}
	*out = at;
	return at.len > 0;
}
