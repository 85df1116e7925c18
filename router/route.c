// SPDX-License-Identifier: Apache-2.0
#include "router/route.h"

#include <stdio.h>
#include <string.h>

#include "common/audit.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "common/nats/body.h"
#include "common/nats/subjects.h"
#include "router/decision.h"
#include "router/task.h"

/* Of a mark that lies further ahead, because a clock is wrong, no more is believed. */
static const int64_t delay_most_us = INT64_C(3600) * 1000000;

static struct metric events_total = {.type = METRIC_COUNTER,
	.name = "tocsin_router_events_total",
	.help = "Events, by what became of them and source",
	.labels = {"outcome", "source"}};
static struct metric delay = {.type = METRIC_HISTOGRAM,
	.name = "tocsin_router_delay_seconds",
	.help = "Time from storing an event to publishing its task"};

static const struct {
	const char *name, *action;
} outcomes[] = {
	[OUTCOME_ROUTED] = {"routed", "event.routed"},
	[OUTCOME_UNROUTED] = {"unrouted", "event.unrouted"},
	[OUTCOME_IGNORED] = {"ignored", "event.ignored"},
};

static bool publish_task(struct job *job, const struct decision *decision,
	const pb_event *event, const char *trace, const struct moment *moment,
	struct fault *fault)
{
	struct wire wire AUTO(wire_done) = {0};
	char subject[SUBJECT_SIZE], now[CLOCK_TEXT_SIZE];
	const struct header headers[] = {
		{HEADER_MESSAGE_ID, decision->run_id},
		{HEADER_TRACE, trace},
		{HEADER_CE_ID, decision->run_id},
		{HEADER_CE_SOURCE, "/tocsin/router"},
		{HEADER_CE_TYPE, "task.created"},
		{HEADER_CE_VERSION, CE_VERSION},
		{HEADER_CE_TIME, clock_text(moment->now_us, now)},
	};

	(void)snprintf(subject, sizeof(subject), SUBJECT_TASK, decision_pool(decision),
		decision->document->org, decision->document->team);
	if (!task_pack(&wire, decision, event, trace, moment, fault) ||
		!job_publish(job,
			&(struct outgoing){.subject = subject,
				.headers = headers,
				.header_count = countof(headers),
				.body = wire.data,
				.body_len = wire.len},
			fault))
		return false;
	metric_observe_us(metric_with(&delay, NULL, NULL, NULL),
		moment->now_us - moment->stored_at_us);
	return true;
}

static bool publish_audit(struct job *job, const struct decision *decision,
	const pb_event *event, const char *trace, const struct moment *moment,
	struct fault *fault)
{
	char *detail AUTO(free) = task_detail(decision, event, moment);
	const pb_route_document *document = decision->document;

	if (!detail)
		return fault_set(
			fault, FAULT_REJECT, "the event's words are not UTF-8");
	return audit_job(job,
		&(struct audit){.area = "event",
			.action = outcomes[decision->outcome].action,
			.org = document ? document->org : NULL,
			.team = document ? document->team : NULL,
			.event = event->id,
			.run = decision->run_id,
			.actor = "router",
			.reason = decision->finding.ignored,
			.detail_json = detail,
			.traceparent = trace,
			.once = event->id},
		fault);
}

/* Whatever their payload is; the org is in the subject:
 * tocsin.event.custom.<org>.<type>.
 */
static bool ignore_custom(struct job *job, const char *rest, struct fault *fault)
{
	char org[NAME_MAX_LEN + 1] = "", once[32];
	size_t len = strcspn(rest, ".");

	if (len < sizeof(org)) {
		memcpy(org, rest, len);
		org[len] = '\0';
	}
	(void)snprintf(once, sizeof(once), "custom:%llu",
		(unsigned long long)job_stream_sequence(job));
	metric_add(metric_with(&events_total, "ignored", "custom", NULL), 1);
	return audit_job(job,
		&(struct audit){.area = "event",
			.action = outcomes[OUTCOME_IGNORED].action,
			.org = id_is_name(org) ? org : NULL,
			.actor = "router",
			.reason = "custom events are not routed yet",
			.once = once},
		fault);
}

/* True when the event is of a sender over its limit, and its time has not come. */
static bool is_early(struct job *job, const pb_event *event, int64_t now_us)
{
	int64_t wait_us = event->not_before_us - now_us;

	if (wait_us <= 0)
		return false;
	if (wait_us > delay_most_us)
		wait_us = delay_most_us;
	job_postpone(job, (long)(wait_us / 1000) + 1);
	metric_add(metric_with(&events_total, "delayed", event->source, NULL), 1);
	return true;
}

bool route_event(void *context, struct job *job, struct fault *fault)
{
	static const char custom[] = "tocsin.event.custom.";
	const struct route_context *routing = context;
	const size_t custom_len = sizeof(custom) - 1;
	struct decision decision AUTO(decision_done) = {0};
	struct moment moment = {
		.stored_at_us = job_stored_at_us(job), .now_us = clock_wall_us()};
	pb_event *event AUTO(pb_event_free) = NULL;
	char trace[TRACEPARENT_SIZE];
	const void *data;
	size_t len;

	if (strncmp(job_subject(job), custom, custom_len) == 0)
		return ignore_custom(job, job_subject(job) + custom_len, fault);
	data = job_data(job, &len);
	event = pb_event_unpack(data, len);
	if (!event)
		return fault_set(fault, FAULT_REJECT, "the message is no event");
	if (is_early(job, event, moment.now_us))
		return true;
	(void)id_child_trace(trace, event->traceparent);
	if (!body_complete(routing->bus, event, fault) ||
		!decide(&decision, routing->index, event, fault))
		return false;
	if (decision.outcome == OUTCOME_ROUTED &&
		!publish_task(job, &decision, event, trace, &moment, fault))
		return false;
	if (!publish_audit(job, &decision, event, trace, &moment, fault))
		return false;
	metric_add(metric_with(&events_total, outcomes[decision.outcome].name,
			   event->source, NULL),
		1);
	return true;
}
