// SPDX-License-Identifier: Apache-2.0
// The answer to a URL of the team's, once, when it is final. It cannot be looked for: a
// repeat after a crash has the same webhook-id, by which the receiver drops it.
#include <stdio.h>
#include <string.h>

#include "agent-worker/destination.h"
#include "agent-worker/standard_webhook.h"
#include "common/clock.h"
#include "common/json.h"

enum { HEADER_SIZE = 128 };

static char *print_body(const struct post *post)
{
	const pb_task *task = post->task;
	char at[CLOCK_TEXT_SIZE], type[64];
	json_t *body AUTO(json_decref) = NULL;

	(void)snprintf(type, sizeof(type), "tocsin.run.%s", post->state);
	body = json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}}",
		"type", type, "timestamp", clock_text(clock_wall_us(), at), "data",
		"run_id", task->run_id, "event_id", task->event_id, "org_id", task->org,
		"team_id", task->team, "source", task->source, "kind", task->kind,
		"state", post->state, "answer", post->markdown);
	return json_print(body);
}

static bool status_fault(const struct http_reply *reply, struct fault *fault)
{
	bool later =
		reply->status == 408 || reply->status == 429 || reply->status >= 500;

	(void)fault_set(fault, later ? FAULT_RETRY : FAULT_REJECT, "webhook: HTTP %d",
		reply->status);
	fault->retry_after_ms = reply->retry_after_ms > 0 ? reply->retry_after_ms : 0;
	return false;
}

static bool webhook_post(
	json_t **reference, const struct post *post, struct fault *fault)
{
	const char *own = json_string_or(
		post->config, "/integrations/webhook/signing_secret", "");
	char signature[WEBHOOK_SIGNATURE_SIZE], stamp[24];
	char signature_header[HEADER_SIZE], id_header[HEADER_SIZE],
		stamp_header[HEADER_SIZE];
	const char *headers[] = {"Content-Type: application/json", id_header,
		stamp_header, signature_header, NULL};
	struct http_reply reply AUTO(http_reply_done) = {0};
	char *body AUTO(free) = print_body(post);

	if (!body)
		return fault_set(fault, FAULT_RETRY, "no memory for a webhook");
	(void)snprintf(
		stamp, sizeof(stamp), "%lld", (long long)(clock_wall_us() / 1000000));
	if (!webhook_sign(signature, *own ? own : post->endpoints->webhook_secret,
		    post->task->run_id, stamp, body, fault))
		return false;
	(void)snprintf(id_header, HEADER_SIZE, "webhook-id: %s", post->task->run_id);
	(void)snprintf(stamp_header, HEADER_SIZE, "webhook-timestamp: %s", stamp);
	(void)snprintf(
		signature_header, HEADER_SIZE, "webhook-signature: %s", signature);
	if (!http_fetch(post->http,
		    &(struct http_call){.method = "POST",
			    .url = post->destination->url,
			    .headers = headers,
			    .body = body,
			    .body_len = strlen(body),
			    .timeout_ms = post->timeout_ms,
			    .cut_answer = true,
			    .max_answer = 1024,
			    .guarded = true},
		    &reply, fault))
		return false;
	if (reply.status < 200 || reply.status >= 300)
		return status_fault(&reply, fault);
	*reference = json_pack("{s:i}", "status", reply.status);
	return *reference || fault_set(fault, FAULT_RETRY, "no memory for a webhook");
}

const struct destination_type destination_webhook = {
	.name = "webhook",
	.post = webhook_post,
};
