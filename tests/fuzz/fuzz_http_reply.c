// SPDX-License-Identifier: Apache-2.0
// Lines of an answer's head, as a server of anybody may send them.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "common/http/http_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct http_reply reply = {.retry_after_ms = -1};
	const char *line = (const char *)data, *end = line + len;

	while (line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t line_len = (size_t)((newline ? newline + 1 : end) - line);

		http_reply_head(&reply, line, line_len, 1700000000);
		line += line_len;
	}
	assert(reply.retry_after_ms >= -1);
	assert(memchr(reply.content_type, '\0', sizeof(reply.content_type)));
	assert(memchr(reply.link, '\0', sizeof(reply.link)));
	assert(memchr(reply.etag, '\0', sizeof(reply.etag)));
	assert(memchr(reply.rate_reset, '\0', sizeof(reply.rate_reset)));
	http_reply_done(&reply);
	return 0;
}
