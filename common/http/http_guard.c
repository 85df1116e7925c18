// SPDX-License-Identifier: Apache-2.0
#include "common/http/http_guard.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { ADDRESS_SIZE = 16, MAPPED_BITS = 96, ENTRY_SIZE = 64 };

/* IANA's special-purpose registries: whatever is no address of the public internet. */
static const char *const refused[] = {
	"0.0.0.0/8",
	"10.0.0.0/8",
	"100.64.0.0/10",
	"127.0.0.0/8",
	"169.254.0.0/16",
	"172.16.0.0/12",
	"192.0.0.0/24",
	"192.0.2.0/24",
	"192.88.99.0/24",
	"192.168.0.0/16",
	"198.18.0.0/15",
	"198.51.100.0/24",
	"203.0.113.0/24",
	"224.0.0.0/3",
	"::/96",
	"64:ff9b:1::/48",
	"100::/64",
	"2001::/32",
	"2001:db8::/32",
	"2002::/16",
	"fc00::/7",
	"fe80::/9",
	"ff00::/8",
};

static void map_four(unsigned char out[ADDRESS_SIZE], const void *four)
{
	static const unsigned char mapped[12] = {[10] = 0xFF, [11] = 0xFF};

	memcpy(out, mapped, sizeof(mapped));
	memcpy(out + sizeof(mapped), four, 4);
}

/* The prefix length after a slash; all of `most` without one. */
static bool parse_bits(unsigned *out, const char *slash, unsigned most)
{
	char *end;
	unsigned long bits;

	*out = most;
	if (!slash)
		return true;
	bits = strtoul(slash + 1, &end, 10);
	*out = (unsigned)bits;
	return isdigit((unsigned char)slash[1]) && *end == '\0' && bits <= most;
}

/* "10.1.0.0/16", "[::1]", "fd00::/8" */
static bool parse_range(struct http_guard_range *range, const char *text)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	bool bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';
	char address[INET6_ADDRSTRLEN];
	unsigned char four[4];

	if (bracketed) {
		text++;
		len -= 2;
	}
	if (len >= sizeof(address))
		return false;
	(void)snprintf(address, sizeof(address), "%.*s", (int)len, text);
	if (!bracketed && inet_pton(AF_INET, address, four) == 1) {
		map_four(range->start, four);
		if (!parse_bits(&range->bits, slash, 8 * ADDRESS_SIZE - MAPPED_BITS))
			return false;
		range->bits += MAPPED_BITS;
		return true;
	}
	return inet_pton(AF_INET6, address, range->start) == 1 &&
		parse_bits(&range->bits, slash, 8 * ADDRESS_SIZE);
}

bool http_guard_init(struct http_guard *guard, const char *allow, struct fault *fault)
{
	guard->count = 0;
	for (const char *p = allow; *p;) {
		size_t len;
		char entry[ENTRY_SIZE];

		p += strspn(p, ", ");
		len = strcspn(p, ", ");
		if (len == 0)
			break;
		(void)snprintf(entry, sizeof(entry), "%.*s", (int)len, p);
		p += len;
		if (guard->count == HTTP_GUARD_ALLOWED_MAX)
			return fault_set(fault, FAULT_REJECT,
				"over %d addresses are allowed; use ranges",
				HTTP_GUARD_ALLOWED_MAX);
		if (len >= sizeof(entry) ||
			!parse_range(&guard->allowed[guard->count++], entry))
			return fault_set(fault, FAULT_REJECT,
				"'%s' is no address; write 127.0.0.1, 10.1.0.0/16 or "
				"[::1]",
				entry);
	}
	return true;
}

static bool contains(
	const struct http_guard_range *range, const unsigned char address[ADDRESS_SIZE])
{
	size_t whole = range->bits / 8;
	unsigned rest = range->bits % 8;
	unsigned char mask = (unsigned char)(0xFF00U >> rest);

	return memcmp(range->start, address, whole) == 0 &&
		(rest == 0 || ((range->start[whole] ^ address[whole]) & mask) == 0);
}

/* False for what is no IP address. NAT64 is looked through to the IPv4 address in it.
 */
static bool normalise(unsigned char out[ADDRESS_SIZE], const struct sockaddr *address)
{
	static const unsigned char nat64[12] = {0x00, 0x64, 0xFF, 0x9B};
	const struct sockaddr_in6 *six = (const void *)address;

	if (address->sa_family == AF_INET) {
		map_four(out,
			&((const struct sockaddr_in *)(const void *)address)->sin_addr);
		return true;
	}
	if (address->sa_family != AF_INET6)
		return false;
	memcpy(out, &six->sin6_addr, ADDRESS_SIZE);
	if (memcmp(out, nat64, sizeof(nat64)) == 0)
		map_four(out, six->sin6_addr.s6_addr + sizeof(nat64));
	return true;
}

static bool is_listed(
	const struct http_guard *guard, const unsigned char normal[ADDRESS_SIZE])
{
	for (size_t i = 0; i < guard->count; i++)
		if (contains(&guard->allowed[i], normal))
			return true;
	return false;
}

bool http_guard_lists(const struct http_guard *guard, const struct sockaddr *address)
{
	unsigned char normal[ADDRESS_SIZE];

	return normalise(normal, address) && is_listed(guard, normal);
}

bool http_guard_permits(const struct http_guard *guard, const struct sockaddr *address)
{
	unsigned char normal[ADDRESS_SIZE];
	struct http_guard_range range;

	if (!normalise(normal, address))
		return false;
	if (is_listed(guard, normal))
		return true;
	for (size_t i = 0; i < countof(refused); i++)
		if (!parse_range(&range, refused[i]) || contains(&range, normal))
			return false;
	return true;
}
