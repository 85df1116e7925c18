// SPDX-License-Identifier: Apache-2.0
// POST /api/v1/admin/agents/run: a task, whose run's id derives from the idempotency key, so
// that one request starts one run, however often it is sent.
#include <stdio.h>
#include <string.h>

#include "common/audit.h"
#include "common/clock.h"
#include "common/nats/subjects.h"
#include "common/wire.h"
#include "ingress/admin.h"
#include "proto/names.h"

enum { AGENT_MAX = 64, MESSAGE_MAX = 20000, TIMEOUT_MAX_S = 86400, TURNS_MAX = 1000 };

struct wish {
	const char *agent, *message;
	char *context; /* owned */
	long timeout_s, turns;
};

static void wish_done(struct wish *wish)
{
	free(wish->context);
}
DEFINE_AUTO_DONE(struct wish, wish_done)

static bool complain(struct http_request *request, const char *text)
{
	http_answer_error(request, 400, "invalid_body", "%s", text);
	return false;
}

static bool check_keys(const json_t *body, struct http_request *request)
{
	static const char *const known[] = {"org_id", "team_node_id", "agent_name",
		"message", "context", "timeout", "max_turns"};
	const char *key;
	json_t *ignored;

	json_object_foreach((json_t *)(uintptr_t)body, key, ignored)
	{
		bool found = false;

		for (size_t i = 0; i < countof(known); i++)
			found = found || strcmp(known[i], key) == 0;
		if (!found) {
			http_answer_error(request, 400, "invalid_body",
				"unknown key \"%.64s\"", key);
			return false;
		}
	}
	return true;
}

/* Absent or null is 0. */
static bool read_number(long *out, const json_t *body, const char *key, long most)
{
	const json_t *value = json_object_get(body, key);

	*out = 0;
	if (!value || json_is_null(value))
		return true;
	*out = (long)json_integer_value(value);
	return json_is_integer(value) && *out >= 1 && *out <= most;
}

static const char *read_string(const json_t *body, const char *key)
{
	const json_t *value = json_object_get(body, key);

	return !value || json_is_null(value) ? "" : json_string_value(value);
}

static bool read_wish(
	struct wish *out, const json_t *body, struct http_request *request)
{
	const json_t *context = json_object_get(body, "context");

	if (!check_keys(body, request))
		return false;
	out->agent = read_string(body, "agent_name");
	out->message = read_string(body, "message");
	if (!out->agent || strlen(out->agent) > AGENT_MAX)
		return complain(
			request, "agent_name must be a string of at most 64 bytes");
	if (!out->message || !*out->message || strlen(out->message) > MESSAGE_MAX)
		return complain(
			request, "message must be a string of 1 to 20000 bytes");
	if (context && !json_is_null(context) && !json_is_object(context))
		return complain(request, "context must be an object");
	if (!read_number(&out->timeout_s, body, "timeout", TIMEOUT_MAX_S) ||
		!read_number(&out->turns, body, "max_turns", TURNS_MAX))
		return complain(request,
			"timeout must be 1 to 86400 seconds, max_turns 1 to 1000");
	out->context = json_is_object(context) ? json_print(context) : strdup("{}");
	return out->context || complain(request, "no memory for the context");
}

struct run {
	const struct admin_order *order;
	const struct wish *wish;
	const struct admin_caller *caller;
	char id[UUID_SIZE], trace[TRACEPARENT_SIZE];
};

static void fill_task(
	pb_task *task, const struct run *run, const struct http_request *request)
{
	task->run_id = wire_string(run->id);
	task->event_id = wire_string(run->order->id);
	task->org = wire_string(run->order->org);
	task->team = wire_string(run->order->team);
	task->agent = wire_string(run->wish->agent);
	task->source = wire_string("admin");
	task->kind = wire_string("run");
	task->text = wire_string(run->wish->message);
	task->actor = wire_string(run->caller->subject);
	task->context_json = run->wish->context;
	task->timeout_ms = (int64_t)run->wish->timeout_s * 1000;
	task->max_turns = (int32_t)run->wish->turns;
	task->created_at_us = clock_wall_us();
	task->event_received_at_us = http_received_at_us(request);
	task->traceparent = wire_string(run->trace);
}

static bool publish(struct admin *admin, const struct run *run,
	const struct http_request *request, struct fault *fault)
{
	struct wire wire AUTO(wire_done) = {0};
	const struct header headers[] = {
		{HEADER_MESSAGE_ID, run->id}, {HEADER_TRACE, run->trace}};
	char subject[SUBJECT_SIZE];
	pb_destination log, *destinations[] = {&log};
	pb_task task;

	/* Nothing to post to: the answer is in the run's record. */
	pb_destination_init(&log);
	log.type = wire_string("log");
	pb_task_init(&task);
	fill_task(&task, run, request);
	task.destinations = destinations;
	task.n_destinations = countof(destinations);
	(void)snprintf(subject, sizeof(subject), SUBJECT_TASK, run->order->pool,
		run->order->org, run->order->team);
	return wire_pack(&wire, &task.base, fault) &&
		publisher_send_wait(admin->publisher,
			&(struct outgoing){.subject = subject,
				.headers = headers,
				.header_count = countof(headers),
				.body = wire.data,
				.body_len = wire.len},
			NULL, fault);
}

/* Before the task: no run without the record of who wanted it. */
static bool tell(struct admin *admin, const struct run *run, struct fault *fault)
{
	return audit_wait(admin->publisher,
		&(struct audit){.area = "run",
			.action = "run.requested",
			.org = run->order->org,
			.team = run->order->team,
			.event = run->order->id,
			.run = run->id,
			.actor = run->caller->subject,
			.traceparent = run->trace,
			.once = run->id},
		fault);
}

static void answer_accepted(
	struct admin *admin, struct http_request *request, const struct run *run)
{
	const struct admin_order *order = run->order;
	struct admin_question question = {.what = "run"};
	char url[96];

	memcpy(question.id, run->id, sizeof(question.id));
	(void)snprintf(url, sizeof(url), "/api/v1/admin/events/%s", order->id);
	admin_accept(admin, request, &question,
		order->is_first || order->wait_s > 0 ? order->wait_s : 1,
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "run_id", run->id,
			"event_id", order->id, "status", "queued", "org_id", order->org,
			"team_id", order->team, "team_node_id", order->team,
			"agent_name", run->wish->agent, "url", url));
}

void admin_run(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller)
{
	struct admin_order order AUTO(admin_order_done) = {.verb = "run"};
	struct wish wish AUTO(wish_done) = {0};
	struct run run = {.order = &order, .wish = &wish, .caller = caller};
	struct fault fault = {0};

	if (!admin_order_read(&order, request, caller) ||
		!read_wish(&wish, order.body, request) ||
		!admin_begin(admin, &order, request, caller))
		return;
	(void)id_of_run(run.id, order.id, order.org, order.team);
	(void)id_child_trace(run.trace, http_header(request, HEADER_TRACE));
	if (tell(admin, &run, &fault) && publish(admin, &run, request, &fault))
		answer_accepted(admin, request, &run);
	else
		admin_unavailable(request, &fault);
}
