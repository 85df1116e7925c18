// SPDX-License-Identifier: Apache-2.0
// One schedule of a team, put into its configuration or taken out. Asked for twice it is
// what it is after the first.
#include "common/wire.h"
#include "provisioner/steps.h"

static char *name_of(const struct order *order)
{
	return wire_string(json_string_or(order->payload, "/name", ""));
}

/* A later order came first; doing this one now would undo it. */
static json_t *overtaken(const char *name)
{
	return json_pack("{s:s, s:b}", "name", name, "overtaken", 1);
}

static bool make_schedule(void *context, json_t **result, struct fault *fault)
{
	const struct order *order = context;
	json_t *schedule AUTO(json_decref) =
		json_copy((json_t *)(uintptr_t)order->payload);
	char *text AUTO(free) = NULL;
	pb_schedule_set_reply *reply AUTO(pb_schedule_set_reply_free) = NULL;
	pb_schedule_set_request request;

	(void)json_object_del(schedule, "name");
	text = json_print(schedule);
	if (!text)
		return fault_set(fault, FAULT_RETRY, "out of memory");
	pb_schedule_set_request_init(&request);
	request.name = name_of(order);
	request.schedule_json = text;
	request.actor = order->command->actor;
	request.order_id = order->run->id;
	return ORDER_ASK(
		       order, "schedule.set", &request, schedule_set, &reply, fault) &&
		step_give(result,
			reply->overtaken
				? overtaken(request.name)
				: json_pack("{s:s, s:I, s:b}", "name", request.name,
					  "version", (json_int_t)reply->version,
					  "changed", (int)reply->changed),
			fault);
}

static bool undo_schedule(void *context, json_t **result, struct fault *fault)
{
	const struct order *order = context;
	pb_schedule_remove_reply *reply AUTO(pb_schedule_remove_reply_free) = NULL;
	pb_schedule_remove_request request;

	pb_schedule_remove_request_init(&request);
	request.name = name_of(order);
	request.actor = order->command->actor;
	request.order_id = order->run->id;
	return ORDER_ASK(order, "schedule.remove", &request, schedule_remove, &reply,
		       fault) &&
		step_give(result,
			reply->overtaken ? overtaken(request.name)
					 : json_pack("{s:s, s:I, s:b, s:b}", "name",
						   request.name, "version",
						   (json_int_t)reply->version,
						   "removed", (int)reply->removed,
						   "inherited", (int)reply->inherited),
			fault);
}

const struct saga_step schedule_steps[] = {
	{"schedule", make_schedule, undo_schedule},
	{0},
};
