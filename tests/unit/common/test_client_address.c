// SPDX-License-Identifier: Apache-2.0
#include "common/http/client_address.h"

#include <criterion/criterion.h>
#include <string.h>

Test(client_address, is_the_rightmost_address_that_no_trusted_proxy_has)
{
	static const struct {
		const char *peer, *forwarded, *client;
	} cases[] = {
		/* Whoever connects without a proxy may write what he likes. */
		{"198.51.100.7", "1.2.3.4", "198.51.100.7"},
		{"198.51.100.7", NULL, "198.51.100.7"},
		{"10.0.0.1", NULL, "10.0.0.1"},
		{"10.0.0.1", "203.0.113.9", "203.0.113.9"},
		/* What stands to the left was written by the client. */
		{"10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"},
		{"10.0.0.1", "1.1.1.1,203.0.113.9 , 10.2.3.4", "203.0.113.9"},
		{"10.0.0.1", "10.9.9.9", "10.9.9.9"},
		{"10.0.0.1", "203.0.113.9:51234", "203.0.113.9"},
		{"10.0.0.1", "[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::/64"},
		/* What is no address ends the walk at the last one believed. */
		{"10.0.0.1", "unknown", "10.0.0.1"},
		{"10.0.0.1", "203.0.113.9, ", "10.0.0.1"},
		{"10.0.0.1", "", "10.0.0.1"},
		{"10.0.0.1", "203.0.113.9, garbage, 10.1.1.1", "10.1.1.1"},
		{"10.0.0.1", "[2001:db8::1", "10.0.0.1"},
		{"fd00::5", "2001:db8:9:9::1", "2001:db8:9:9::/64"},
		{"2001:db8:7:7:aaaa::1", NULL, "2001:db8:7:7::/64"},
		{"2001:db8:7:7:bbbb::2", NULL, "2001:db8:7:7::/64"},
		{"10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"},
	};
	struct http_guard trusted;
	struct fault fault = {0};

	cr_assert(http_guard_init(&trusted, "10.0.0.0/8,fd00::/8", &fault));
	for (size_t i = 0; i < countof(cases); i++) {
		char client[CLIENT_SIZE];

		client_address(client, &trusted, cases[i].peer, cases[i].forwarded);
		cr_expect_str_eq(client, cases[i].client, "case %zu: %s", i, client);
	}
}

Test(client_address, a_header_of_thousands_of_proxies_ends)
{
	static char forwarded[100000];
	struct http_guard trusted;
	struct fault fault = {0};
	char client[CLIENT_SIZE];

	cr_assert(http_guard_init(&trusted, "10.0.0.0/8", &fault));
	for (size_t i = 0; i + 10 < sizeof(forwarded); i += 10)
		memcpy(forwarded + i, "10.0.0.1, ", 10);
	memcpy(forwarded + sizeof(forwarded) - 11, "10.0.0.2", 9);
	client_address(client, &trusted, "10.0.0.3", forwarded);
	cr_expect_str_eq(client, "10.0.0.1");
}
