// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "common/http/http_private.h"

bool http_path_match(const char *pattern, const char *path, struct http_match *match)
{
	match->count = 0;
	while (*pattern) {
		size_t name_len, value_len;

		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		name_len = strcspn(pattern + 1, "}");
		value_len = strcspn(path, "/");
		if (value_len == 0 || match->count == HTTP_SEGMENTS_MAX)
			return false;
		match->segments[match->count].name = pattern + 1;
		match->segments[match->count].name_len = name_len;
		match->segments[match->count].value = path;
		match->segments[match->count++].value_len = value_len;
		pattern += name_len + 2;
		path += value_len;
	}
	return *path == '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool http_decode(char *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (text[i] != '%') {
			*out++ = text[i];
			continue;
		}
		high = len - i > 2 ? hex_value(text[i + 1]) : -1;
		low = len - i > 2 ? hex_value(text[i + 2]) : -1;
		if (high < 0 || low < 0 || (high == 0 && low == 0))
			return false;
		*out++ = (char)(high << 4 | low);
		i += 2;
	}
	*out = '\0';
	return true;
}
