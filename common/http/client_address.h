// SPDX-License-Identifier: Apache-2.0
// Who sent a request, behind proxies. X-Forwarded-For is believed only as far as trusted
// proxies wrote it: the rightmost address that is none of theirs is the client.
#pragma once

#include <netinet/in.h>

#include "common/http/http_guard.h"

enum { CLIENT_SIZE = INET6_ADDRSTRLEN + 4 };

/*
 * Writes the client of a connection from `peer` ("192.0.2.1") with the header's value
 * `forwarded` (NULL: none). IPv4 stands as it is; IPv6 as its /64, "2001:db8:1:2::/64",
 * because a household has that many addresses. What is no address ends the walk: the last
 * proxy that could be believed is then the client.
 */
void client_address(char out[CLIENT_SIZE], const struct http_guard *trusted,
	const char *peer, const char *forwarded);
