// SPDX-License-Identifier: Apache-2.0
// A command's payload: whatever is accepted is accepted again, and means the same.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "common/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text AUTO(free) = strndup((const char *)data, len);

	assert(text);
	for (enum verb verb = VERB_PROVISION; verb < VERB_COUNT; verb++) {
		json_t *first AUTO(json_decref) = NULL;
		json_t *second AUTO(json_decref) = NULL;
		struct fault fault = {0};

		if (!payload_parse(&first, verb, text, &fault)) {
			assert(fault.kind == FAULT_REJECT && *fault.text);
			continue;
		}
		char *printed AUTO(free) = json_print(first);

		assert(printed && payload_parse(&second, verb, printed, &fault));
		assert(json_equal(first, second));
	}
	return 0;
}
