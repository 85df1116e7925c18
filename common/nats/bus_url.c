// SPDX-License-Identifier: Apache-2.0
#include "common/nats/bus_url.h"

#include <stdio.h>
#include <string.h>

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

bool bus_urls_are_good(const char *urls)
{
	while (*urls) {
		if (!starts_with(urls, "nats://") && !starts_with(urls, "tls://"))
			return false;
		urls = strchrnul(urls, ',');
		urls += *urls == ',';
	}
	return true;
}

void bus_urls_show(char out[BUS_URLS_SIZE], const char *urls)
{
	size_t used = 0;

	out[0] = '\0';
	while (*urls && used < BUS_URLS_SIZE - 1) {
		size_t len = strcspn(urls, ",");
		const char *slashes = memmem(urls, len, "://", 3);
		const char *host = memrchr(urls, '@', len);
		size_t scheme = slashes ? (size_t)(slashes + 3 - urls) : 0;

		host = host ? host + 1 : urls + scheme;
		used += (size_t)snprintf(out + used, BUS_URLS_SIZE - used, "%s%.*s%.*s",
			used ? "," : "", (int)scheme, urls, (int)(urls + len - host),
			host);
		urls += len + (urls[len] == ',');
	}
}
