// SPDX-License-Identifier: Apache-2.0
// Lists of entity tags as clients send them: what a strong comparison finds a weak one
// finds too, and a tag that is found stands in the list.
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/auto.h"
#include "config-store/etag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const tags[] = {
		"7", "0", "0123456789abcdef0123456789abcdef"};
	char *list AUTO(free) = strndup((const char *)data, len);

	for (size_t i = 0; i < countof(tags); i++) {
		bool strong = etag_listed(list, tags[i], false);
		bool weak = etag_listed(list, tags[i], true);

		assert(!strong || weak);
		assert(!weak || strchr(list, '*') || strstr(list, tags[i]));
	}
	return 0;
}
