// SPDX-License-Identifier: Apache-2.0
// Answers of models: what is accepted makes a conversation that can go on, and what is
// refused says why.
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "agent-worker/conversation.h"
#include "agent-worker/model.h"
#include "common/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct journal journal AUTO(journal_done) = {0};
	struct next next AUTO(next_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;
	json_t *scope AUTO(json_decref) = json_object();
	json_t *messages AUTO(json_decref) = NULL;
	struct fault fault = {0};

	if (!model_answer(&answer, data, len, &fault)) {
		assert(fault.kind == FAULT_REJECT && fault.text[0]);
		return 0;
	}
	assert(journal_add(&journal, ENTRY_MODEL, "m", answer, &fault));
	assert(conversation_next(&next, &journal, &fault));
	assert(next.kind == NEXT_CALL || next.kind == NEXT_ANSWER);
	assert(next.kind != NEXT_CALL || (next.id[0] && next.tool[0]));
	assert(next.kind != NEXT_CALL || next.arguments || next.problem);
	messages = conversation_messages(&journal, NULL, scope);
	assert(json_array_size(messages) == 3);
	return 0;
}
