// SPDX-License-Identifier: Apache-2.0
// Templates: any source and any value; what is put into a URL stays in its part of it.
#include <assert.h>
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "agent-worker/template.h"
#include "agent-worker/utf8.h"
#include "common/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *source AUTO(free) = utf8_clean((const char *)data, len);
	json_t *scope AUTO(json_decref) = json_pack(
		"{s:s, s:{s:s, s:[i]}}", "v", source, "a", "b", source, "list", 1);
	json_t *arguments AUTO(json_decref) = json_pack("{s:s}", "v", source);
	json_t *filled AUTO(json_decref) = template_fill_json(scope, scope);
	json_t *slots AUTO(json_decref) = slot_fill_json(scope, arguments);
	struct text out AUTO(text_done) = {0};
	struct text url AUTO(text_done) = {0};
	struct text header AUTO(text_done) = {0};

	template_fill(&out, source, scope);
	slot_fill(&url, "{v}", arguments, SLOT_URL);
	slot_fill(&header, "{v}", arguments, SLOT_HEADER);
	assert(filled && slots && !text_failed(&out));
	for (const char *p = text_string(&url); *p; p++)
		assert(isalnum((unsigned char)*p) || strchr("%-._~", *p));
	for (const char *p = text_string(&header); *p; p++)
		assert((unsigned char)*p >= 0x20 && *p != 0x7F);
	return 0;
}
