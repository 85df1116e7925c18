// SPDX-License-Identifier: Apache-2.0
#include "audit-sink/step.h"

#include "proto/names.h"

static void step_free(void *message)
{
	pb_step_free(message);
}

bool step_of_message(
	struct row *row, const struct row_message *message, struct fault *fault)
{
	pb_step *step = pb_step_unpack(message->data, message->len);

	if (!step)
		return fault_set(fault, FAULT_REJECT, "%s: %zu bytes that are no step",
			message->subject, message->len);
	row->message = step;
	row->message_free = step_free;
	if (!step->run_id[0] || !step->kind[0])
		return fault_set(fault, FAULT_REJECT,
			"%s: a step without run id or kind", message->subject);

	row_add(row, step->run_id);
	row_add(row, step->event_id);
	row_add(row, step->org);
	row_add(row, step->team);
	row_add_number(row, step->number);
	row_add_number(row, step->attempt);
	row_add(row, step->worker);
	row_add(row, step->kind);
	row_add(row, step->name);
	row_add_number(row, step->at_us > 0 ? step->at_us : message->stored_at_us);
	row_add_number(row, step->duration_ms);
	row_add(row, step->payload_json[0] ? step->payload_json : NULL);
	return true;
}
