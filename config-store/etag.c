// SPDX-License-Identifier: Apache-2.0
#include "config-store/etag.h"

#include <string.h>

#define BETWEEN " \t,"

/* The end of the tag that `item` begins with; commas may stand between its quotes. */
static const char *end_of(const char *item)
{
	const char *closing = *item == '"' ? strchr(item + 1, '"') : NULL;

	return closing ? closing + 1 : item + strcspn(item, BETWEEN);
}

static bool is_tag(const char *item, const char *end, const char *tag)
{
	size_t len = strlen(tag);

	return (size_t)(end - item) == len + 2 && *item == '"' && end[-1] == '"' &&
		strncmp(item + 1, tag, len) == 0;
}

bool etag_listed(const char *list, const char *tag, bool weak)
{
	if (!list)
		return false;
	for (const char *item = list + strspn(list, BETWEEN); *item;) {
		bool is_weak = strncmp(item, "W/", 2) == 0;
		const char *quoted = is_weak ? item + 2 : item;
		const char *end = end_of(quoted);

		if (end - item == 1 && *item == '*')
			return true;
		if ((weak || !is_weak) && is_tag(quoted, end, tag))
			return true;
		item = end + strspn(end, BETWEEN);
	}
	return false;
}
