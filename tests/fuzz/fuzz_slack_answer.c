// SPDX-License-Identifier: Apache-2.0
// Answers of Slack's Web API, with the status in the first byte.
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "agent-worker/slack_api.h"
#include "common/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const int statuses[] = {200, 429, 500, 404};
	json_t *answer AUTO(json_decref) = NULL;
	char *body AUTO(free) = NULL;
	char error[SLACK_ERROR_SIZE];
	struct fault fault = {0};
	struct http_reply reply = {.retry_after_ms = -1};

	if (len == 0)
		return 0;
	body = calloc(1, len);
	assert(body);
	memcpy(body, data + 1, len - 1);
	reply.status = data[0] == '{' ? 200 : statuses[data[0] % countof(statuses)];
	reply.body = body;
	reply.len = len - 1;
	if (slack_answer(&answer, error, "chat.update", &reply, &fault)) {
		assert(reply.status == 200 && json_is_object(answer));
		return 0;
	}
	assert(fault.kind == FAULT_REJECT || fault.kind == FAULT_RETRY);
	assert(fault.text[0] && strlen(error) < SLACK_ERROR_SIZE);
	return 0;
}
