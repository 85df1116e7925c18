// SPDX-License-Identifier: Apache-2.0
#include "common/http/http_reply.h"

#include <criterion/criterion.h>
#include <string.h>

static void head(struct http_reply *reply, const char *line)
{
	http_reply_head(reply, line, strlen(line), 1700000000);
}

Test(http_reply, reads_retry_after)
{
	static const struct {
		const char *line;
		long ms;
	} cases[] = {
		{"Retry-After: 0\r\n", 0},
		{"retry-after:120", 120000},
		{"Retry-After: Tue, 14 Nov 2023 22:13:30 GMT\r\n", 10000},
		{"Retry-After: Tue, 14 Nov 2023 22:13:10 GMT\r\n", 0},
		{"Retry-After: soon\r\n", -1},
		{"Retry-After: -5\r\n", -1},
		{"Retry-After:\r\n", -1},
		{"Retry-After: 99999999999999999999\r\n", 604800000},
		{"Retry-After: 44444444444441444444441\r\n", 604800000},
		{"Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n", 604800000},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct http_reply reply = {.retry_after_ms = -1};

		head(&reply, cases[i].line);
		cr_expect_eq(reply.retry_after_ms, cases[i].ms, "%s: %ld",
			cases[i].line, reply.retry_after_ms);
	}
}

Test(http_reply, forgets_what_came_before_the_last_status_line)
{
	struct http_reply reply = {0};

	head(&reply, "HTTP/1.1 103 Early Hints\r\n");
	head(&reply, "Link: <early>\r\n");
	head(&reply, "HTTP/1.1 200 OK\r\n");
	head(&reply, "ETag:   \"a\"  \r\n");
	cr_expect_str_eq(reply.link, "");
	cr_expect_str_eq(reply.etag, "\"a\"");
	cr_expect_eq(reply.retry_after_ms, -1);
}

Test(http_reply, keeps_no_half_values)
{
	struct http_reply reply = {0};
	char line[700] = "Link: ";

	memset(line + 6, 'x', sizeof(line) - 7);
	head(&reply, line);
	cr_expect_str_eq(reply.link, "");
	line[6 + 511] = '\0';
	head(&reply, line);
	cr_expect_eq(strlen(reply.link), 511);
}
