// SPDX-License-Identifier: Apache-2.0
#include "provisioner/order.h"

#include <stdio.h>

#include "common/log.h"
#include "common/wire.h"

void order_done(struct order *order)
{
	pb_provision_begin_reply_free(TAKE(order->run));
}

const char *order_key(const struct order *order)
{
	const pb_command *command = order->command;

	return *command->idempotency_key ? command->idempotency_key : command->id;
}

bool order_ask(const struct order *order, const char *service,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply,
	void **out, struct fault *fault)
{
	const struct rpc_request call = {
		.service = service,
		.org = order->command->org,
		.team = order->command->team,
		.request = request,
		.reply = reply,
	};

	return order->world->ask(order->world->context, &call, out, fault);
}

bool order_begin(struct order *order, struct fault *fault)
{
	char *payload AUTO(free) =
		json_dumps(order->payload, JSON_COMPACT | JSON_SORT_KEYS);
	pb_provision_begin_request request;

	if (!payload)
		return fault_set(fault, FAULT_RETRY, "payload: out of memory");
	pb_provision_begin_request_init(&request);
	request.id = order->command->id;
	request.verb = order->command->verb;
	request.idempotency_key = wire_string(order_key(order));
	request.request_json = payload;
	request.actor = order->command->actor;
	request.worker = wire_string(order->worker);
	request.lease_ms = order->lease_ms;
	return ORDER_ASK(order, "provision.begin", &request, provision_begin,
		&order->run, fault);
}

bool order_is_done(const struct order *order, const char *step)
{
	for (size_t i = 0; i < order->run->n_steps; i++)
		if (strcmp(order->run->steps[i]->name, step) == 0 &&
			strcmp(order->run->steps[i]->state, "succeeded") == 0)
			return true;
	return false;
}

/* Sends `request` with what every record has. */
static bool record(const struct order *order, pb_provision_record_request *request,
	struct fault *fault)
{
	pb_provision_record_reply *reply AUTO(pb_provision_record_reply_free) = NULL;

	request->id = order->run->id;
	request->worker = wire_string(order->worker);
	if (!ORDER_ASK(order, "provision.record", request, provision_record, &reply,
		    fault))
		return false;
	if (!reply->held)
		return fault_set(fault, FAULT_RETRY,
			"run %s: its lease was lost to another provisioner",
			order->run->id);
	return true;
}

/* The run's id; the command's own as long as no run has been granted. */
static const char *run_id(const struct order *order)
{
	return order->run ? order->run->id : order->command->id;
}

static bool tell(const struct order *order, const struct saga_record *record,
	const char *action, struct fault *fault)
{
	struct text once AUTO(text_done) = {0};
	json_t *detail AUTO(json_decref) = json_pack("{s:s, s:s, s:s*, s:O*, s:s*}",
		"run", run_id(order), "verb", order->command->verb, "step",
		record->step, "result", record->result, "error", record->error);
	char *detail_json AUTO(free) = json_print(detail);

	/* A failure may be followed by another attempt, which is another story. */
	text_printf(&once, "%s:%s", run_id(order), record->step ? record->step : "");
	if (record->error)
		text_printf(&once, ":%s", order->worker);
	if (!detail_json || text_failed(&once))
		return fault_set(fault, FAULT_RETRY, "audit: out of memory");

	const struct audit audit = {
		.area = "provision",
		.action = action,
		.org = order->command->org,
		.team = order->command->team,
		.actor = order->command->actor,
		.reason = record->error,
		.detail_json = detail_json,
		.traceparent = order->command->traceparent,
		.once = text_string(&once),
	};
	return order->world->tell(order->world->context, &audit, fault);
}

bool order_tell_started(const struct order *order, struct fault *fault)
{
	return tell(order, &(struct saga_record){0}, "provision.started", fault);
}

static bool record_step(
	const struct order *order, const struct saga_record *ended, struct fault *fault)
{
	char *result AUTO(free) = json_print(ended->result);
	pb_provision_record_request request;
	pb_provision_step step;

	if (ended->result && !result)
		return fault_set(
			fault, FAULT_RETRY, "step %s: out of memory", ended->step);
	if (!tell(order, ended, "provision.step", fault))
		return false;

	pb_provision_step_init(&step);
	step.name = wire_string(ended->step);
	step.state = wire_string(ended->succeeded ? "succeeded" : "failed");
	step.result_json = wire_string(result);
	step.error = wire_string(ended->error);
	pb_provision_record_request_init(&request);
	request.step = &step;
	request.lease_ms = order->lease_ms;
	return record(order, &request, fault);
}

static bool record_end(
	const struct order *order, const struct saga_record *ended, struct fault *fault)
{
	pb_provision_record_request request;

	if (!tell(order, ended,
		    ended->succeeded ? "provision.succeeded" : "provision.failed",
		    fault))
		return false;
	pb_provision_record_request_init(&request);
	request.state = wire_string(ended->succeeded ? "succeeded" : "failed");
	request.error = wire_string(ended->error);
	return record(order, &request, fault);
}

bool order_record(
	const struct order *order, const struct saga_record *ended, struct fault *fault)
{
	return ended->step ? record_step(order, ended, fault)
			   : record_end(order, ended, fault);
}

void order_release(const struct order *order)
{
	struct fault fault = {0};
	pb_provision_record_request request;

	pb_provision_record_request_init(&request);
	/* Not released it runs out: the next attempt only comes later. */
	if (!record(order, &request, &fault))
		log_line(LOG_DEBUG, "lease not given up", "run=%s why=%s",
			order->run->id, log_quote(fault.text));
}

bool order_refuse(const struct order *order, struct fault *fault, const char *why, ...)
{
	char words[sizeof(fault->text)];
	va_list arguments;

	va_start(arguments, why);
	(void)vsnprintf(words, sizeof(words), why, arguments);
	va_end(arguments);
	if (!tell(order, &(struct saga_record){.error = words}, "provision.failed",
		    fault))
		return false;
	return fault_set(fault, FAULT_REJECT, "%s", words);
}
