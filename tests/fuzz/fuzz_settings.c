// SPDX-License-Identifier: Apache-2.0
// Durations and sizes: a number and a unit, never negative, or REJECT.
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text AUTO(free) = strndup((const char *)data, len);
	struct fault fault = {0};
	long value = -1;

	if (settings_duration(&value, text, &fault))
		assert(value >= 0 && text[0] >= '0' && text[0] <= '9');
	else
		assert(value == -1 && fault.kind == FAULT_REJECT);
	value = -1;
	fault = (struct fault){0};
	if (settings_size(&value, text, &fault))
		assert(value >= 0 && text[0] >= '0' && text[0] <= '9');
	else
		assert(value == -1 && fault.kind == FAULT_REJECT);
	return 0;
}
