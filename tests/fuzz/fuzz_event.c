// SPDX-License-Identifier: Apache-2.0
// An event as bytes, all the way to task and audit detail; and the same bytes as an
// entry of the routes bucket.
#include <assert.h>
#include <stdint.h>

#include "router/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* acme.shop has the repository acme/shop. */
static const char route[] = "\x0A\x04"
			    "acme"
			    "\x12\x04"
			    "shop"
			    "\x22\x18\x0A\x0B"
			    "github_repo"
			    "\x12\x09"
			    "acme/shop";

static void check(const struct decision *decision, const pb_event *event)
{
	const struct moment moment = {1, 2};
	char *detail AUTO(free) = task_detail(decision, event, &moment);
	struct wire wire AUTO(wire_done) = {0};
	pb_task *task AUTO(pb_task_free) = NULL;
	struct fault fault = {0};

	assert(!detail || text_is_utf8(detail, strlen(detail)));
	if (decision->outcome != OUTCOME_ROUTED)
		return;
	assert(task_pack(&wire, decision, event, "", &moment, &fault));
	task = pb_task_unpack(wire.data, wire.len);
	assert(task && id_is_uuid(task->run_id) && id_is_name(task->org));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	pb_event *event AUTO(pb_event_free) = pb_event_unpack(data, len);
	struct decision decision AUTO(decision_done) = {0};
	struct index *index AUTO(index_free) = NULL;
	struct fault fault = {0};

	assert(index_new(&index, &fault));
	assert(index_put(index, "acme.shop", 1, route, sizeof(route) - 1, &fault));
	(void)!index_put(index, "acme.shop", 2, data, len, &fault);
	assert(index_count(index) == 1);
	fault = (struct fault){0};
	if (!event)
		return 0;
	if (decide(&decision, index, event, &fault))
		check(&decision, event);
	else
		assert(fault.kind == FAULT_REJECT && *fault.text);
	return 0;
}
