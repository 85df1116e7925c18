// SPDX-License-Identifier: Apache-2.0
#include "common/http/http_reply.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

enum { VALUE_SIZE = 512, WAIT_MOST_S = 7 * 24 * 3600 };

static const struct {
	const char *name;
	size_t offset, size;
} kept[] = {
	{"content-type", offsetof(struct http_reply, content_type),
		sizeof(((struct http_reply *)0)->content_type)},
	{"etag", offsetof(struct http_reply, etag),
		sizeof(((struct http_reply *)0)->etag)},
	{"link", offsetof(struct http_reply, link),
		sizeof(((struct http_reply *)0)->link)},
	{"x-ratelimit-reset", offsetof(struct http_reply, rate_reset),
		sizeof(((struct http_reply *)0)->rate_reset)},
};

void http_reply_done(struct http_reply *reply)
{
	free(reply->body);
	*reply = (struct http_reply){.retry_after_ms = -1};
}

/* Seconds, or a date. -1 for anything else. */
static long retry_after_ms(const char *value, time_t now)
{
	char *end;
	unsigned long seconds = strtoul(value, &end, 10);
	time_t at;

	if (value[0] < '0' || value[0] > '9' || *end) {
		at = curl_getdate(value, NULL);
		if (at < 0)
			return -1;
		seconds = at > now ? (unsigned long)(at - now) : 0;
	}
	return (seconds < WAIT_MOST_S ? (long)seconds : WAIT_MOST_S) * 1000L;
}

static void keep(
	struct http_reply *reply, const char *name, size_t name_len, const char *value)
{
	for (size_t i = 0; i < countof(kept); i++) {
		char *field = (char *)reply + kept[i].offset;
		size_t len = strlen(value);

		/* Half of a value would mislead; the caller sees none. */
		if (strlen(kept[i].name) == name_len &&
			strncasecmp(name, kept[i].name, name_len) == 0 &&
			len < kept[i].size)
			memcpy(field, value, len + 1);
	}
}

void http_reply_head(struct http_reply *reply, const char *line, size_t len, time_t now)
{
	const char *colon = memchr(line, ':', len), *from, *end = line + len;
	char value[VALUE_SIZE];
	size_t name_len;

	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		*reply = (struct http_reply){.retry_after_ms = -1};
		return;
	}
	if (!colon)
		return;
	name_len = (size_t)(colon - line);
	from = colon + 1;
	while (from < end && (*from == ' ' || *from == '\t'))
		from++;
	while (end > from && strchr(" \t\r\n", end[-1]))
		end--;
	if ((size_t)(end - from) >= sizeof(value) ||
		memchr(from, '\0', (size_t)(end - from)))
		return;
	memcpy(value, from, (size_t)(end - from));
	value[end - from] = '\0';
	if (name_len == 11 && strncasecmp(line, "retry-after", 11) == 0)
		reply->retry_after_ms = retry_after_ms(value, now);
	else
		keep(reply, line, name_len, value);
}
