// SPDX-License-Identifier: Apache-2.0
// Slack event bodies; and the same bytes as a message with and without an own user.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "common/wire.h"
#include "router/identify.h"
#include "router/slack_text.h"
#include "router/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void read_as_message(const char *message, const char *own)
{
	struct text text AUTO(text_done) = {0};

	slack_text_add(&text, message, own);
	assert(text.len <= strlen(message));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct finding finding AUTO(finding_done) = {0};
	char *message AUTO(free) = strndup((const char *)data, len);
	struct fault fault = {0};
	pb_event event;

	assert(message);
	read_as_message(message, NULL);
	read_as_message(message, "B1");
	pb_event_init(&event);
	event.source = wire_string("slack");
	event.body.data = (uint8_t *)(uintptr_t)data;
	event.body.len = len;
	if (!identify(&finding, &event, &fault)) {
		assert(fault.kind == FAULT_REJECT && *fault.text);
		return 0;
	}
	assert(finding.ignored || finding.text.len > 0);
	assert(text_is_utf8(text_string(&finding.text), finding.text.len));
	return 0;
}
