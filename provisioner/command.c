// SPDX-License-Identifier: Apache-2.0
#include "provisioner/command.h"

#include <stdio.h>

#include "common/ids.h"
#include "common/nats/subjects.h"
#include "provisioner/steps.h"

enum { BUSY_WAIT_MS = 2000 };

/* What each verb does. */
static const struct {
	const struct saga_step *steps;
	bool undo;
} sagas[VERB_COUNT] = {
	[VERB_PROVISION] = {steps, false},
	[VERB_DEPROVISION] = {steps, true},
	[VERB_SCHEDULE] = {schedule_steps, false},
	[VERB_UNSCHEDULE] = {schedule_steps, true},
};

static bool is_done(void *context, const char *step)
{
	return order_is_done(context, step);
}

static bool should_stop(void *context)
{
	const struct order *order = context;

	return job_should_stop(order->job);
}

static bool record(void *context, const struct saga_record *ended, struct fault *fault)
{
	return order_record(context, ended, fault);
}

/* What a command says of itself must be what its subject says: permissions hang on it.
 */
static bool check(const pb_command *command, const char *subject, struct fault *fault)
{
	char expected[SUBJECT_SIZE];

	if (!id_is_uuid(command->id))
		return fault_set(fault, FAULT_REJECT, "command id \"%.64s\" is no UUID",
			command->id);
	if (!id_is_name(command->org) || !id_is_name(command->team))
		return fault_set(fault, FAULT_REJECT,
			"command %s: org \"%.64s\" and team \"%.64s\" must be ids",
			command->id, command->org, command->team);
	(void)snprintf(expected, sizeof(expected), SUBJECT_COMMAND, command->verb,
		command->org, command->team);
	if (strcmp(subject, expected) != 0)
		return fault_set(fault, FAULT_REJECT,
			"command %s: came on %.80s, belongs on %.80s", command->id,
			subject, expected);
	return true;
}

static bool run(const struct command_context *commands, struct order *order,
	struct fault *fault)
{
	enum saga_outcome outcome = SAGA_STOPPED;
	const struct saga saga = {
		.steps = sagas[order->verb].steps,
		.undo = sagas[order->verb].undo,
		.last_try = commands->max_deliveries > 0 &&
			job_tries(order->job) >= commands->max_deliveries,
		.context = order,
		.is_done = is_done,
		.should_stop = should_stop,
		.record = record,
	};

	if (order->run->n_steps == 0 && !order_tell_started(order, fault))
		return false;
	if (!saga_run(&saga, &outcome, fault)) {
		if (fault->kind == FAULT_RETRY)
			order_release(order);
		return false;
	}
	if (outcome == SAGA_STOPPED) {
		order_release(order);
		job_postpone(order->job, 0);
	}
	return true;
}

static bool carry_out(const struct command_context *commands, struct order *order,
	struct fault *fault)
{
	long wait_ms;

	if (!order_begin(order, fault))
		return false;

	switch (order->run->outcome) {
	case TOCSIN__V1__PROVISION_BEGIN_REPLY__OUTCOME__GRANTED:
		return run(commands, order, fault);
	case TOCSIN__V1__PROVISION_BEGIN_REPLY__OUTCOME__FINISHED:
		return true;
	case TOCSIN__V1__PROVISION_BEGIN_REPLY__OUTCOME__BUSY:
		wait_ms = (long)order->run->retry_after_ms;
		job_postpone(order->job, wait_ms > 0 ? wait_ms : BUSY_WAIT_MS);
		return true;
	case TOCSIN__V1__PROVISION_BEGIN_REPLY__OUTCOME__CONFLICT:
		return order_refuse(order, fault,
			"idempotency key \"%.64s\" was used for another request, by "
			"run "
			"%s: send this one under a key of its own",
			order_key(order), order->run->id);
	default:
		return fault_set(fault, FAULT_RETRY,
			"provision.begin answered %d, which this version does not know",
			(int)order->run->outcome);
	}
}

static bool handle(const struct command_context *commands, struct job *job,
	const pb_command *command, struct fault *fault)
{
	json_t *payload AUTO(json_decref) = NULL;
	struct fault wrong = {0};
	char worker[UUID_SIZE];
	struct order order AUTO(order_done) = {
		.world = &commands->world,
		.command = command,
		.job = job,
		.worker = id_make(worker),
		.lease_ms = commands->lease_ms,
	};

	if (!verb_parse(&order.verb, command->verb))
		return order_refuse(&order, fault,
			"unknown verb \"%.64s\": provision, deprovision, schedule and "
			"unschedule are known",
			command->verb);
	if (!payload_parse(&payload, order.verb, command->payload_json, &wrong))
		return order_refuse(&order, fault, "%s", wrong.text);
	order.payload = payload;
	return carry_out(commands, &order, fault);
}

bool command_handle(void *context, struct job *job, struct fault *fault)
{
	size_t len;
	const void *data = job_data(job, &len);
	pb_command *command AUTO(pb_command_free) = pb_command_unpack(data, len);

	if (!command)
		return fault_set(
			fault, FAULT_REJECT, "%zu bytes that are no command", len);
	return check(command, job_subject(job), fault) &&
		handle(context, job, command, fault);
}
