// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/github_body.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "agent-worker/utf8.h"
#include "common/text.h"

enum { MARKER_SIZE = 80, ROOM = 200 };

static const char rest_was_cut[] =
	"\n\n_The answer is longer than a comment may be: the rest was cut._";

static void print_marker(char *out, const char *run)
{
	(void)snprintf(out, MARKER_SIZE, "<!-- tocsin:run_id=%s -->", run);
}

char *github_body(const char *markdown, const char *run)
{
	char *clean AUTO(free) = utf8_clean(markdown, strlen(markdown));
	struct text body AUTO(text_done) = {0};
	char marker[MARKER_SIZE];
	size_t len;

	if (!clean)
		return NULL;
	len = text_cut(clean, GITHUB_BODY_MAX - ROOM);
	print_marker(marker, run);
	text_add_bytes(&body, clean, len);
	if (clean[len])
		text_add(&body, rest_was_cut);
	text_printf(&body, "\n\n%s", marker);
	return text_take(&body);
}

bool github_has_marker(const char *body, const char *run)
{
	char marker[MARKER_SIZE];
	size_t len = strlen(body), marker_len;

	print_marker(marker, run);
	marker_len = strlen(marker);
	while (len > 0 && isspace((unsigned char)body[len - 1]))
		len--;
	return len >= marker_len &&
		strncmp(body + len - marker_len, marker, marker_len) == 0;
}

static size_t name_len(const char *name)
{
	size_t len = 0;

	while (isalnum((unsigned char)name[len]) ||
		(name[len] && strchr("._-", name[len])))
		len++;
	return strspn(name, ".") >= len ? 0 : len;
}

bool github_is_repository(const char *name)
{
	size_t owner = name_len(name);

	return owner > 0 && owner <= 100 && name[owner] == '/' &&
		name_len(name + owner + 1) > 0 && name_len(name + owner + 1) <= 100 &&
		name[owner + 1 + name_len(name + owner + 1)] == '\0';
}

bool github_next(char *out, const char *link, const char *base)
{
	while ((link = strchr(link, '<'))) {
		const char *end = strchr(link, '>');
		const char *comma = end ? strchr(end, ',') : NULL;
		const char *rel = end ? strstr(end, "rel=\"next\"") : NULL;

		if (!rel)
			return false;
		if (comma && rel > comma) {
			link = comma;
			continue;
		}
		return (size_t)snprintf(out, GITHUB_URL_SIZE, "%.*s",
			       (int)(end - link - 1), link + 1) < GITHUB_URL_SIZE &&
			strncmp(out, base, strlen(base)) == 0 &&
			out[strlen(base)] == '/';
	}
	return false;
}
