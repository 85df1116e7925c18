// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/api.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "agent-worker/run.h"
#include "common/clock.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/nats/rpc.h"
#include "common/nats/subjects.h"
#include "common/wire.h"

enum { MESSAGE_MAX = 20000, AGENT_MAX = 64, RETRY_S = 2, BODY_MAX = 128 << 10 };

static bool may_run(const pb_auth_verify_reply *caller)
{
	for (size_t i = 0; i < caller->n_scopes; i++)
		if (strcmp(caller->scopes[i], "runs:write") == 0)
			return !caller->read_only;
	return false;
}

/* The token's owner into *out. Answers the request itself when it returns false. */
static bool authenticate(pb_auth_verify_reply **out, const struct process *process,
	struct http_request *request)
{
	pb_auth_verify_reply *reply AUTO(pb_auth_verify_reply_free) = NULL;
	const char *header = http_header(request, "Authorization");
	pb_auth_verify_request question;
	struct fault fault = {0};

	if (!header || strncasecmp(header, "Bearer ", 7) != 0) {
		http_answer_error(request, 401, "unauthorized",
			"send a team token: Authorization: Bearer <token>");
		return false;
	}
	pb_auth_verify_request_init(&question);
	question.token = wire_string(header + 7);
	if (!RPC(process->bus, "auth.verify", NULL, NULL, &question, auth_verify,
		    &reply, &fault)) {
		http_answer_unavailable(request, RETRY_S, &fault);
		return false;
	}
	if (!*reply->kind) {
		http_answer_error(request, 401, "unauthorized", "%s",
			*reply->reason ? reply->reason : "the token is not valid");
		return false;
	}
	if (strcmp(reply->kind, "team") != 0) {
		http_answer_error(request, 403, "forbidden",
			"a run belongs to a team: use a team token");
		return false;
	}
	if (!may_run(reply)) {
		http_answer_error(request, 403, "insufficient_scope",
			"the token lacks the scope runs:write");
		return false;
	}
	*out = TAKE(reply);
	return true;
}

/* To this process's own pool: the caller chose whom to ask. */
static bool publish(const struct process *process, pb_task *task, struct fault *fault)
{
	struct wire wire AUTO(wire_done) = {0};
	char subject[SUBJECT_SIZE];
	struct header headers[] = {
		{HEADER_MESSAGE_ID, task->run_id}, {HEADER_TRACE, task->traceparent}};

	(void)snprintf(subject, sizeof(subject), SUBJECT_TASK, process->pool, task->org,
		task->team);
	return wire_pack(&wire, &task->base, fault) &&
		publisher_send_wait(process->publisher,
			&(struct outgoing){.subject = subject,
				.headers = headers,
				.header_count = countof(headers),
				.body = wire.data,
				.body_len = wire.len},
			NULL, fault);
}

static bool read_body(json_t **out, struct http_request *request)
{
	json_t *body AUTO(json_decref) = NULL;
	struct fault fault = {0};
	const char *message;
	size_t len;
	const void *data = http_body(request, &len);

	if (!json_parse(&body, data, len, &fault)) {
		http_answer_error(request, 400, "invalid_body", "%s", fault.text);
		return false;
	}
	message = json_string_or(body, "/message", "");
	if (!*message || strlen(message) > MESSAGE_MAX ||
		strlen(json_string_or(body, "/agent", "")) > AGENT_MAX) {
		http_answer_error(request, 400, "invalid_body",
			"send {\"message\": 1 to %d bytes, \"agent\": optional, at "
			"most %d}",
			MESSAGE_MAX, AGENT_MAX);
		return false;
	}
	*out = TAKE(body);
	return true;
}

static void post_run(void *context, struct http_request *request)
{
	const struct process *process = context;
	pb_auth_verify_reply *caller AUTO(pb_auth_verify_reply_free) = NULL;
	json_t *body AUTO(json_decref) = NULL;
	char run[UUID_SIZE], event[UUID_SIZE], trace[TRACEPARENT_SIZE];
	struct fault fault = {0};
	pb_destination log, *destinations[] = {&log};
	pb_task task;

	if (!authenticate(&caller, process, request) || !read_body(&body, request))
		return;
	/* Nothing to post to: the answer is in the run's record, and in the log. */
	pb_destination_init(&log);
	log.type = wire_string("log");
	pb_task_init(&task);
	task.destinations = destinations;
	task.n_destinations = countof(destinations);
	task.event_id = wire_string(id_make(event));
	task.run_id = wire_string(id_of_run(run, event, caller->org, caller->team));
	task.org = caller->org;
	task.team = caller->team;
	task.agent = wire_string(json_string_or(body, "/agent", ""));
	task.source = wire_string("api");
	task.kind = wire_string("run");
	task.text = wire_string(json_string_or(body, "/message", ""));
	task.actor = caller->subject;
	task.traceparent =
		wire_string(id_child_trace(trace, http_header(request, HEADER_TRACE)));
	task.created_at_us = clock_wall_us();
	task.event_received_at_us = http_received_at_us(request);
	if (!publish(process, &task, &fault)) {
		http_answer_unavailable(request, RETRY_S, &fault);
		return;
	}
	http_answer_json(request, 202, json_pack("{s:s}", "run_id", run));
}

const struct http_route api_routes[] = {
	{"POST", "/api/v1/run", post_run, NULL, BODY_MAX, true},
	{0},
};
