// SPDX-License-Identifier: Apache-2.0
// When a schedule runs, as somebody wrote it: judged without harm, and what is good has
// five fields or is a nickname.
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config-store/config/cron.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t fields_of(const char *text)
{
	size_t count = 0;

	for (text += strspn(text, " \t"); *text; text += strspn(text, " \t")) {
		text += strcspn(text, " \t");
		count++;
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text AUTO(free) = malloc(len + 1);
	struct fault fault = {0};

	assert(text);
	memcpy(text, data, len);
	text[len] = '\0';
	if (cron_check(text, &fault)) {
		assert(strlen(text) <= CRON_MAX);
		assert(text[0] == '@' || fields_of(text) == 5);
	} else
		assert(fault.kind == FAULT_REJECT && fault.text[0]);
	if (zone_is_known(text))
		assert(strlen(text) <= ZONE_MAX && !strstr(text, ".."));
	return 0;
}
