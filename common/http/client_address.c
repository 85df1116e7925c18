// SPDX-License-Identifier: Apache-2.0
#include "common/http/client_address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { HOPS_MAX = 32, ENTRY_SIZE = INET6_ADDRSTRLEN + 8 };

struct address {
	struct sockaddr_storage name;
};

static bool parse_plain(struct address *out, const char *text)
{
	struct sockaddr_in *four = (void *)&out->name;
	struct sockaddr_in6 *six = (void *)&out->name;

	*out = (struct address){0};
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		return true;
	}
	if (inet_pton(AF_INET6, text, &six->sin6_addr) != 1)
		return false;
	six->sin6_family = AF_INET6;
	return true;
}

/* "192.0.2.1", "192.0.2.1:443", "2001:db8::1", "[2001:db8::1]:443" */
static bool parse(struct address *out, const char *from, size_t len)
{
	char text[ENTRY_SIZE], *colon;

	if (len == 0 || len >= sizeof(text))
		return false;
	memcpy(text, from, len);
	text[len] = '\0';
	if (text[0] == '[') {
		char *end = strchr(text, ']');

		if (!end)
			return false;
		*end = '\0';
		return parse_plain(out, text + 1);
	}
	colon = strchr(text, ':');
	if (colon && !strchr(colon + 1, ':'))
		*colon = '\0';
	return parse_plain(out, text);
}

static void print(char out[CLIENT_SIZE], const struct address *address)
{
	const struct sockaddr_in *four = (const void *)&address->name;
	struct sockaddr_in6 six;

	if (address->name.ss_family == AF_INET) {
		(void)inet_ntop(AF_INET, &four->sin_addr, out, CLIENT_SIZE);
		return;
	}
	memcpy(&six, &address->name, sizeof(six));
	if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
		(void)inet_ntop(AF_INET, &six.sin6_addr.s6_addr[12], out, CLIENT_SIZE);
		return;
	}
	memset(&six.sin6_addr.s6_addr[8], 0, 8);
	(void)inet_ntop(AF_INET6, &six.sin6_addr, out, CLIENT_SIZE);
	(void)snprintf(out + strlen(out), CLIENT_SIZE - strlen(out), "/64");
}

static bool is_trusted(const struct http_guard *trusted, const struct address *address)
{
	return http_guard_lists(trusted, (const struct sockaddr *)&address->name);
}

/* The entry that ends at `end`, without white space; *start is where it begins. */
static size_t last_entry(const char *from, const char *end, const char **start)
{
	const char *p = end;

	while (p > from && p[-1] != ',')
		p--;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*start = p;
	return (size_t)(end - p);
}

static const char *comma_before(const char *from, const char *p)
{
	while (p > from && p[-1] != ',')
		p--;
	return p > from ? p - 1 : NULL;
}

void client_address(char out[CLIENT_SIZE], const struct http_guard *trusted,
	const char *peer, const char *forwarded)
{
	struct address client, next;
	const char *end = forwarded ? forwarded + strlen(forwarded) : NULL;

	(void)snprintf(out, CLIENT_SIZE, "%s", peer);
	if (!parse(&client, peer, strlen(peer)))
		return;
	for (int i = 0; end && i < HOPS_MAX && is_trusted(trusted, &client); i++) {
		const char *start;
		size_t len = last_entry(forwarded, end, &start);

		if (!parse(&next, start, len))
			break;
		client = next;
		end = comma_before(forwarded, start);
	}
	print(out, &client);
}
