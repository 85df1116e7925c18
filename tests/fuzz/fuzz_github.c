// SPDX-License-Identifier: Apache-2.0
// GitHub bodies. The first byte chooses event and content type, the rest is the body.
#include <assert.h>
#include <stdint.h>

#include "common/wire.h"
#include "router/identify.h"
#include "router/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const kinds[] = {"push", "pull_request", "issues",
		"issue_comment", "check_run", "workflow_run"};
	struct finding finding AUTO(finding_done) = {0};
	struct fault fault = {0};
	pb_event event;

	if (len == 0)
		return 0;
	pb_event_init(&event);
	event.source = wire_string("github");
	event.kind = wire_string(kinds[data[0] % countof(kinds)]);
	event.content_type =
		wire_string(data[0] & 0x40 ? "application/json"
					   : "application/x-www-form-urlencoded");
	event.body.data = (uint8_t *)(uintptr_t)(data + 1);
	event.body.len = len - 1;
	if (!identify(&finding, &event, &fault)) {
		assert(fault.kind == FAULT_REJECT && *fault.text);
		return 0;
	}
	assert(text_is_utf8(text_string(&finding.text), finding.text.len));
	assert(words_length(text_string(&finding.text), FINDING_TEXT_MAX) ==
		finding.text.len);
	assert(finding.place.kind == PLACE_NONE || finding.place.number > 0);
	return 0;
}
