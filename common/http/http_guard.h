// SPDX-License-Identifier: Apache-2.0
// Which addresses a URL of a tenant may lead to: public ones, and those an operator
// allowed. Addresses are checked after they were resolved, so names cannot get around
// it.
#pragma once

#include <sys/socket.h>

#include "common/fault.h"

enum { HTTP_GUARD_ALLOWED_MAX = 64 };

/* IPv4 is kept as ::ffff:a.b.c.d. */
struct http_guard_range {
	unsigned char start[16];
	unsigned bits;
};

struct http_guard {
	size_t count;
	struct http_guard_range allowed[HTTP_GUARD_ALLOWED_MAX];
};

/* "127.0.0.1,10.1.0.0/16,[::1]"; REJECT when it cannot be read. */
NODISCARD bool http_guard_init(
	struct http_guard *guard, const char *allow, struct fault *fault);

/* Whether it is one of those that init() was told. */
bool http_guard_lists(const struct http_guard *guard, const struct sockaddr *address);

bool http_guard_permits(const struct http_guard *guard, const struct sockaddr *address);
