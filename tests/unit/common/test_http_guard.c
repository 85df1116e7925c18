// SPDX-License-Identifier: Apache-2.0
#include "common/http/http_guard.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>

static bool permits(const char *allow, const char *address)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct http_guard guard;
	struct fault fault;

	cr_assert(http_guard_init(&guard, allow, &fault));
	if (inet_pton(AF_INET, address, &four.sin_addr) == 1)
		return http_guard_permits(&guard, (struct sockaddr *)&four);
	cr_assert_eq(inet_pton(AF_INET6, address, &six.sin6_addr), 1, "%s", address);
	return http_guard_permits(&guard, (struct sockaddr *)&six);
}

Test(http_guard, knows_public_addresses)
{
	static const struct {
		const char *allow, *address;
		bool permitted;
	} cases[] = {
		{"", "1.1.1.1", true},
		{"", "9.255.255.255", true},
		{"", "11.0.0.0", true},
		{"", "100.63.255.255", true},
		{"", "100.64.0.0", false},
		{"", "100.127.255.255", false},
		{"", "100.128.0.0", true},
		{"", "172.15.255.255", true},
		{"", "172.16.0.1", false},
		{"", "172.31.255.255", false},
		{"", "172.32.0.0", true},
		{"", "192.168.1.1", false},
		{"", "169.254.169.254", false},
		{"", "224.0.0.1", false},
		{"", "255.255.255.255", false},
		{"", "0.0.0.0", false},
		{"", "2606:4700::1111", true},
		{"", "::", false},
		{"", "::1", false},
		{"", "::ffff:10.0.0.1", false},
		{"", "::ffff:1.1.1.1", true},
		{"", "::10.0.0.1", false},
		{"", "64:ff9b::10.0.0.1", false},
		{"", "64:ff9b::1.1.1.1", true},
		{"", "fc00::1", false},
		{"", "fdff::1", false},
		{"", "fe80::1", false},
		{"", "febf::1", false},
		{"", "fec0::1", false},
		{"", "ff02::1", false},
		{"", "2002:7f00:1::", false},
		{"10.1.0.0/16", "10.1.255.255", true},
		{"10.1.0.0/16", "::ffff:10.1.2.3", true},
		{"10.1.0.0/16", "10.2.0.0", false},
		{"10.0.0.5", "10.0.0.5", true},
		{"10.0.0.5", "10.0.0.4", false},
		{"10.0.0.4/31", "10.0.0.5", true},
		{"[fd00::]/8", "fd12::1", true},
		{"fd00::/8", "fd12::1", true},
		{"0.0.0.0/0", "127.0.0.1", true},
		{"0.0.0.0/0", "::1", false},
		{"::/0", "127.0.0.1", true},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		cr_expect_eq(permits(cases[i].allow, cases[i].address),
			cases[i].permitted, "%s with '%s'", cases[i].address,
			cases[i].allow);
	}
}

Test(http_guard, refuses_lists_it_cannot_read)
{
	static const char *const cases[] = {"example.com", "10.0.0.0/33", "10.0.0.0/",
		"10.0.0.0/-1", "10.0.0/8", "::1/129", "[::1", "[127.0.0.1]",
		"10.0.0.0/8x", "127.0.0.1,nonsense", "127.0.0.1:80"};

	for (size_t i = 0; i < countof(cases); i++) {
		struct http_guard guard;
		struct fault fault = {0};

		cr_expect_not(
			http_guard_init(&guard, cases[i], &fault), "%s", cases[i]);
		cr_expect_eq(fault.kind, FAULT_REJECT);
	}
}
