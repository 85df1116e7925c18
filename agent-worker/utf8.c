// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/utf8.h"

#include <stdlib.h>

#include "common/text.h"

static size_t sequence(const char *bytes, size_t left)
{
	for (size_t n = 1; n <= 4 && n <= left; n++)
		if (text_is_utf8(bytes, n))
			return n;
	return 0;
}

char *utf8_clean(const char *bytes, size_t len)
{
	char *out = malloc(len + 1);
	size_t used = 0;

	for (size_t i = 0; out && i < len;) {
		size_t n = bytes[i] ? sequence(bytes + i, len - i) : 0;

		if (n == 0)
			out[used++] = '?';
		for (size_t k = 0; k < n; k++)
			out[used++] = bytes[i + k];
		i += n ? n : 1;
	}
	if (out)
		out[used] = '\0';
	return out;
}

/* Of the character that starts with `lead`; 0 for what continues one. */
static size_t units_of(unsigned char lead)
{
	if ((lead & 0xC0) == 0x80)
		return 0;
	return lead >= 0xF0 ? 2 : 1;
}

size_t utf8_units(const char *text, size_t len)
{
	size_t units = 0;

	for (size_t i = 0; i < len; i++)
		units += units_of((unsigned char)text[i]);
	return units;
}

size_t utf8_fit(const char *text, size_t len, size_t max)
{
	size_t units = 0;

	for (size_t i = 0; i < len; i++) {
		units += units_of((unsigned char)text[i]);
		if (units > max)
			return i;
	}
	return len;
}
