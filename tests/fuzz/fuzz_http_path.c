// SPDX-License-Identifier: Apache-2.0
// A path against patterns like those in use: what stands for a segment lies within the
// path, is not empty, holds no slash, and decodes to no more than it was.
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/http/http_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct http_match *match, const char *path, size_t len)
{
	char *out AUTO(free) = malloc(len + 1);

	for (size_t i = 0; i < match->count; i++) {
		const char *value = match->segments[i].value;
		size_t value_len = match->segments[i].value_len;

		assert(value >= path && value + value_len <= path + len);
		assert(value_len > 0 && !memchr(value, '/', value_len));
		if (http_decode(out, value, value_len))
			assert(strlen(out) <= value_len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const patterns[] = {"/", "/hooks/github", "/a/{x}",
		"/orgs/{org}/nodes/{node}/config/effective", "/{a}/{b}/{c}",
		"/{1}/{2}/{3}/{4}/{5}/{6}/{7}/{8}/{9}"};
	char *path AUTO(free) = strndup((const char *)data, len);
	struct http_match match;

	for (size_t i = 0; i < countof(patterns); i++)
		if (http_path_match(patterns[i], path, &match))
			check(&match, path, strlen(path));
	return 0;
}
