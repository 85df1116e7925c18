// SPDX-License-Identifier: Apache-2.0
// POST and DELETE of /api/v1/admin/provision/team and schedules/team: a command for the
// provisioner.
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/subjects.h"
#include "common/payload.h"
#include "common/wire.h"
#include "ingress/admin.h"
#include "proto/names.h"

/* What of the body is the command's payload, checked as the provisioner will. */
static bool make_payload(char **out, const struct admin_order *order, enum verb verb,
	struct http_request *request)
{
	json_t *copy AUTO(json_decref) = json_copy(order->body);
	json_t *checked AUTO(json_decref) = NULL;
	char *text AUTO(free) = NULL;
	struct fault fault = {.kind = FAULT_RETRY, .text = "no memory"};

	(void)json_object_del(copy, "org_id");
	(void)json_object_del(copy, "team_node_id");
	text = json_print(copy);
	if (text && payload_parse(&checked, verb, text, &fault)) {
		*out = TAKE(text);
		return true;
	}
	if (fault.kind == FAULT_REJECT)
		http_answer_error(request, 400, "invalid_body", "%s", fault.text);
	else
		admin_unavailable(request, &fault);
	return false;
}

static bool publish(struct admin *admin, const struct admin_order *order,
	const char *payload, struct http_request *request,
	const struct admin_caller *caller, struct fault *fault)
{
	struct wire wire AUTO(wire_done) = {0};
	char subject[SUBJECT_SIZE], trace[TRACEPARENT_SIZE], now[CLOCK_TEXT_SIZE];
	struct header headers[] = {{HEADER_MESSAGE_ID, order->id},
		{HEADER_TRACE, trace}, {HEADER_CE_ID, order->id},
		{HEADER_CE_SOURCE, "/tocsin/ingress"},
		{HEADER_CE_TYPE, "command.created"}, {HEADER_CE_VERSION, CE_VERSION},
		{HEADER_CE_TIME, clock_text(clock_wall_us(), now)}};
	pb_command command;

	(void)id_child_trace(trace, http_header(request, HEADER_TRACE));
	pb_command_init(&command);
	command.id = wire_string(order->id);
	command.verb = wire_string(order->verb);
	command.org = wire_string(order->org);
	command.team = wire_string(order->team);
	command.idempotency_key = wire_string(order->key);
	command.actor = wire_string(caller->subject);
	command.created_at_us = http_received_at_us(request);
	command.payload_json = wire_string(payload);
	command.traceparent = trace;
	(void)snprintf(subject, sizeof(subject), SUBJECT_COMMAND, order->verb,
		order->org, order->team);
	return wire_pack(&wire, &command.base, fault) &&
		publisher_send_wait(admin->publisher,
			&(struct outgoing){.subject = subject,
				.headers = headers,
				.header_count = countof(headers),
				.body = wire.data,
				.body_len = wire.len},
			NULL, fault);
}

static void answer_accepted(struct admin *admin, struct http_request *request,
	const struct admin_order *order)
{
	struct admin_question question = {.what = "provision"};
	char url[96];

	memcpy(question.id, order->id, sizeof(question.id));
	(void)snprintf(url, sizeof(url), "/api/v1/admin/provision/runs/%s", order->id);
	/* A repeated request may have ended long ago: then that is the answer. */
	admin_accept(admin, request, &question,
		order->is_first || order->wait_s > 0 ? order->wait_s : 1,
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "provisioning_run_id",
			order->id, "status", "queued", "org_id", order->org, "team_id",
			order->team, "team_node_id", order->team, "url", url));
}

static void carry_out(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller, enum verb verb)
{
	struct admin_order order AUTO(admin_order_done) = {.verb = verb_word(verb)};
	char *payload AUTO(free) = NULL;
	struct fault fault = {0};

	if (!admin_order_read(&order, request, caller))
		return;
	if (verb == VERB_UNSCHEDULE)
		(void)admin_order_field(&order, request, "name"); /* checked below */
	if (!make_payload(&payload, &order, verb, request) ||
		!admin_begin(admin, &order, request, caller))
		return;
	if (publish(admin, &order, payload, request, caller, &fault))
		answer_accepted(admin, request, &order);
	else
		admin_unavailable(request, &fault);
}

void admin_provision(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller)
{
	carry_out(admin, request, caller, VERB_PROVISION);
}

void admin_deprovision(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller)
{
	carry_out(admin, request, caller, VERB_DEPROVISION);
}

void admin_schedule(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller)
{
	carry_out(admin, request, caller, VERB_SCHEDULE);
}

void admin_unschedule(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller)
{
	carry_out(admin, request, caller, VERB_UNSCHEDULE);
}
