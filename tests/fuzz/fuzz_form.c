// SPDX-License-Identifier: Apache-2.0
// Form bodies: what is accepted is found again under its name, and is UTF-8.
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/http/form.h"
#include "common/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct form form AUTO(form_done) = {0};
	struct fault fault = {0};

	if (!form_parse(&form, data, len, &fault)) {
		assert(fault.kind == FAULT_REJECT && fault.text[0]);
		return 0;
	}
	for (size_t i = 0; i < form.count; i++) {
		const struct form_field *field = &form.fields[i];

		assert(form_value(&form, field->name) == field->value);
		assert(text_is_utf8(field->value, strlen(field->value)));
	}
	return 0;
}
