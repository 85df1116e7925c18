// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/steps.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/nats/subjects.h"
#include "common/wire.h"

enum {
	READ_MS = 5000, /* for the next step of a log that is there */
	APPEND_MS = 5000,
};

DEFINE_AUTO(natsSubscription, natsSubscription_Destroy)

void steps_init(struct steps *steps, struct publisher *publisher, const pb_task *task,
	const char *worker, int attempt)
{
	*steps = (struct steps){.publisher = publisher,
		.task = task,
		.worker = worker,
		.attempt = attempt};
	(void)pthread_mutex_init(&steps->lock, NULL);
}

void steps_done(struct steps *steps)
{
	journal_done(&steps->journal);
	(void)pthread_mutex_destroy(&steps->lock);
}

static void print_subject(char *out, const pb_task *task)
{
	(void)snprintf(
		out, SUBJECT_SIZE, SUBJECT_STEP, task->org, task->team, task->run_id);
}

static bool read_step(
	struct steps *steps, natsMsg *message, uint64_t sequence, struct fault *fault)
{
	pb_step *step AUTO(pb_step_free) = pb_step_unpack(
		natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));
	json_t *payload AUTO(json_decref) = NULL;

	if (!step || !json_parse_object(&payload, step->payload_json, fault))
		return fault_set(fault, FAULT_REJECT,
			"step at sequence %llu of STEPS cannot be read",
			(unsigned long long)sequence);
	steps->last_sequence = sequence;
	steps->last_number = step->number;
	return journal_add(
		&steps->journal, entry_kind_of(step->kind), step->name, payload, fault);
}

static bool read_until(struct steps *steps, natsSubscription *subscription,
	uint64_t last, struct fault *fault)
{
	while (steps->last_sequence < last) {
		natsMsg *message AUTO(natsMsg_Destroy) = NULL;
		jsMsgMetaData *meta = NULL;
		natsStatus status =
			natsSubscription_NextMsg(&message, subscription, READ_MS);
		uint64_t sequence;

		if (status == NATS_OK)
			status = natsMsg_GetMetaData(&meta, message);
		if (status != NATS_OK)
			return bus_fault(fault, status, "reading a run's log");
		sequence = meta->Sequence.Stream;
		jsMsgMetaData_Destroy(meta);
		if (!read_step(steps, message, sequence, fault))
			return false;
	}
	return true;
}

bool steps_read(struct steps *steps, struct bus *bus, struct fault *fault)
{
	natsSubscription *subscription AUTO(natsSubscription_Destroy) = NULL;
	natsMsg *last AUTO(natsMsg_Destroy) = NULL;
	char subject[SUBJECT_SIZE];
	jsSubOptions options;
	natsStatus status;

	print_subject(subject, steps->task);
	status = js_GetLastMsg(&last, bus_js(bus), STREAM_STEPS, subject, NULL, NULL);
	if (status == NATS_NOT_FOUND)
		return true;
	if (status != NATS_OK)
		return bus_fault(fault, status, "looking for a run's log");
	(void)jsSubOptions_Init(&options);
	options.Stream = STREAM_STEPS;
	options.Ordered = true;
	status = js_SubscribeSync(
		&subscription, bus_js(bus), subject, NULL, &options, NULL);
	if (status != NATS_OK)
		return bus_fault(fault, status, "reading a run's log");
	return read_until(steps, subscription, natsMsg_GetSequence(last), fault);
}

static void fill(
	pb_step *out, struct steps *steps, const struct step *step, char *payload)
{
	pb_step_init(out);
	out->run_id = steps->task->run_id;
	out->event_id = steps->task->event_id;
	out->org = steps->task->org;
	out->team = steps->task->team;
	out->number = steps->last_number + 1;
	out->attempt = steps->attempt;
	out->worker = wire_string(steps->worker);
	out->kind = wire_string(entry_kind_name(step->kind));
	out->name = wire_string(step->name);
	out->at_us = clock_wall_us();
	out->duration_ms = step->duration_ms;
	out->payload_json = payload;
}

/* The caller holds the lock. */
static bool publish(struct steps *steps, const struct step *step, struct fault *fault)
{
	struct wire wire AUTO(wire_done) = {0};
	char *payload AUTO(free) = json_print(step->payload);
	char subject[SUBJECT_SIZE], expected[24];
	struct published published = {0};
	struct header headers[] = {{HEADER_EXPECTED_LAST_SUBJECT, expected},
		{HEADER_TRACE, steps->task->traceparent}};
	pb_step message;

	if (!payload)
		return fault_set(fault, FAULT_RETRY, "no memory for a step");
	fill(&message, steps, step, payload);
	if (!wire_pack(&wire, &message.base, fault))
		return false;
	print_subject(subject, steps->task);
	(void)snprintf(expected, sizeof(expected), "%llu",
		(unsigned long long)steps->last_sequence);
	if (publisher_send_wait(steps->publisher,
		    &(struct outgoing){.subject = subject,
			    .headers = headers,
			    .header_count = *steps->task->traceparent ? 2 : 1,
			    .body = wire.data,
			    .body_len = wire.len,
			    .deadline_ms = APPEND_MS},
		    &published, fault)) {
		steps->last_sequence = published.sequence;
		steps->last_number++;
		return true;
	}
	steps->lost = published_was_late(&published);
	fault->kind = FAULT_RETRY; /* the run goes on elsewhere, or later */
	return false;
}

bool steps_append(struct steps *steps, const struct step *step, struct fault *fault)
{
	json_t *payload AUTO(json_decref) = step->payload;
	bool good;

	(void)pthread_mutex_lock(&steps->lock);
	good = steps->fault.kind == FAULT_NONE && publish(steps, step, &steps->fault);
	if (!good)
		*fault = steps->fault;
	(void)pthread_mutex_unlock(&steps->lock);
	return good &&
		(step->kind == ENTRY_POSTED ||
			journal_add(&steps->journal, step->kind, step->name, payload,
				fault));
}

bool steps_lost(struct steps *steps)
{
	bool lost;

	(void)pthread_mutex_lock(&steps->lock);
	lost = steps->lost;
	(void)pthread_mutex_unlock(&steps->lock);
	return lost;
}
