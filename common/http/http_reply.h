// SPDX-License-Identifier: Apache-2.0
// What http_client.c keeps of an answer's head.
#pragma once

#include <stddef.h>
#include <time.h>

#include "common/http/http_client.h"

/*
 * One line of a head as it came; a status line forgets the lines before it (100
 * Continue). `now` is for a Retry-After that is a date.
 */
void http_reply_head(
	struct http_reply *reply, const char *line, size_t len, time_t now);
