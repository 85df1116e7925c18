// SPDX-License-Identifier: Apache-2.0
#include "common/nats/subjects.h"

#include <stdbool.h>
#include <stddef.h>

static bool is_token_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		(c >= '0' && c <= '9') || c == '_' || c == '-';
}

const char *subject_token(char *out, const char *word)
{
	size_t len = 0;

	for (; word[len] && len < SUBJECT_TOKEN_SIZE - 1; len++)
		out[len] = (char)(is_token_char(word[len]) ? word[len] : '_');
	if (len == 0)
		out[len++] = '-';
	out[len] = '\0';
	return out;
}
