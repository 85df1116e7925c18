// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/slack_api.h"

#include <stdio.h>
#include <string.h>

#include "common/json.h"

enum { URL_SIZE = 1024, HEADER_SIZE = 512, ANSWER_MAX_BYTES = 4 << 20 };

static bool is_passing(const char *error)
{
	static const char *const passing[] = {"fatal_error", "internal_error",
		"rate_limited", "ratelimited", "request_timeout",
		"service_unavailable"};

	for (size_t i = 0; i < countof(passing); i++)
		if (strcmp(passing[i], error) == 0)
			return true;
	return false;
}

bool slack_answer(json_t **out, char *error, const char *method,
	const struct http_reply *reply, struct fault *fault)
{
	json_t *json AUTO(json_decref) = NULL;
	struct fault why = {0};

	error[0] = '\0';
	if (reply->status == 429) {
		(void)fault_set(fault, FAULT_RETRY, "slack %s: rate limited", method);
		fault->retry_after_ms =
			reply->retry_after_ms > 0 ? reply->retry_after_ms : 1000;
		return false;
	}
	if (reply->status != 200)
		return fault_set(
			fault, FAULT_RETRY, "slack %s: HTTP %d", method, reply->status);
	if (!json_parse(&json, reply->body, reply->len, &why))
		return fault_set(fault, FAULT_RETRY, "slack %s: the answer is %.150s",
			method, why.text);
	if (json_is_true(json_object_get(json, "ok"))) {
		*out = TAKE(json);
		return true;
	}
	(void)snprintf(error, SLACK_ERROR_SIZE, "%s",
		json_string_or(json, "/error", "unknown_error"));
	return fault_set(fault, is_passing(error) ? FAULT_RETRY : FAULT_REJECT,
		"slack %s: %s", method, error);
}

bool slack_api(json_t **out, char *error, struct http_client *http,
	const struct slack_call *call, struct fault *fault)
{
	struct http_reply reply AUTO(http_reply_done) = {0};
	char *body AUTO(free) = json_print(call->body);
	char url[URL_SIZE], authorization[HEADER_SIZE], method[SLACK_ERROR_SIZE];
	const char *headers[] = {
		authorization, "Content-Type: application/json; charset=utf-8", NULL};
	int len = snprintf(url, sizeof(url), "%s/%s", call->url, call->method);

	error[0] = '\0';
	if (call->body && !body)
		return fault_set(fault, FAULT_RETRY, "no memory for a Slack message");
	if (len >= URL_SIZE)
		return fault_set(fault, FAULT_REJECT, "slack: the URL is too long");
	if (!body)
		headers[1] = NULL;
	(void)snprintf(authorization, sizeof(authorization), "Authorization: Bearer %s",
		call->token);
	(void)snprintf(method, sizeof(method), "%.*s", (int)strcspn(call->method, "?"),
		call->method);
	return http_fetch(http,
		       &(struct http_call){.method = body ? "POST" : "GET",
			       .url = url,
			       .headers = headers,
			       .body = body,
			       .body_len = body ? strlen(body) : 0,
			       .timeout_ms = call->timeout_ms,
			       .max_answer = ANSWER_MAX_BYTES},
		       &reply, fault) &&
		slack_answer(out, error, method, &reply, fault);
}
