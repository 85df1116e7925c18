// SPDX-License-Identifier: Apache-2.0
// Whatever is decoded has exactly one spelling; whatever is encoded can be decoded.
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/auto.h"
#include "common/hmac.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void encode_and_back(const uint8_t *data, size_t len)
{
	char *coded AUTO(free) = malloc(4 * ((len + 2) / 3) + 1);
	uint8_t *plain AUTO(free) = malloc(len + 3);
	size_t coded_len = base64_encode(coded, data, len), plain_len;

	assert(coded_len == strlen(coded));
	assert(base64_decode(plain, &plain_len, coded, coded_len));
	assert(plain_len == len && memcmp(plain, data, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *plain AUTO(free) = malloc(3 * len / 4 + 1);
	char *again AUTO(free) = malloc(len + 5);
	size_t plain_len;

	encode_and_back(data, len);
	if (!base64_decode(plain, &plain_len, (const char *)data, len))
		return 0;
	assert(base64_encode(again, plain, plain_len) == len);
	assert(memcmp(again, data, len) == 0);
	return 0;
}
