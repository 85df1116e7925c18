// SPDX-License-Identifier: Apache-2.0
// The paths, and what happens around every call: failures on order, the lock, the
// record of what was refused.
#include "tests/standin/standin.h"

#include <string.h>

#include "common/clock.h"

static bool is_refusal(const struct answer *answer)
{
	return answer->status >= 400 || !json_bool_or(answer->body, "/ok", true);
}

static const char *why(const json_t *body)
{
	const char *text = json_string_at(body, "/error");

	if (!text)
		text = json_string_at(body, "/error/message");
	return text ? text : json_string_or(body, "/message", "");
}

static void run(struct standin *standin, struct http_request *request,
	struct failure *failure, struct answer *answer)
{
	const operation *wanted = http_route_data(request);

	(void)pthread_mutex_lock(&standin->lock);
	(*wanted)(standin, request, answer);
	if (is_refusal(answer))
		(void)json_array_append_new(standin->refused,
			json_pack("{s:s, s:s, s:i, s:s, s:O}", "method",
				http_method(request), "path", http_path(request),
				"status", answer->status, "error", why(answer->body),
				"answer", answer->body));
	(void)pthread_mutex_unlock(&standin->lock);
	if (answer->delay_ms > 0 && !failure->hang_up)
		clock_sleep_ms(answer->delay_ms);
}

static void reply(struct http_request *request, const struct answer *answer)
{
	char *body AUTO(free) = json_dumps(answer->body, JSON_COMPACT);
	struct http_answer_header headers[3] = {{0}};
	size_t count = 0;

	if (answer->retry_after[0])
		headers[count++] =
			(struct http_answer_header){"Retry-After", answer->retry_after};
	if (answer->link[0])
		headers[count++] = (struct http_answer_header){"Link", answer->link};
	http_answer(request,
		&(struct http_answer){.status = answer->status,
			.body = body,
			.len = body ? strlen(body) : 0,
			.headers = headers});
}

static void serve(void *context, struct http_request *request)
{
	struct standin *standin = context;
	struct answer answer = {0};
	struct failure failure;

	(void)pthread_mutex_lock(&standin->lock);
	failure = failure_take(standin, request);
	(void)pthread_mutex_unlock(&standin->lock);
	if (failure.hang_ms > 0)
		clock_sleep_ms(failure.hang_ms);
	if (failure.status)
		failure_answer(&failure, http_path(request), &answer);
	else
		run(standin, request, &failure, &answer);
	if (failure.linger_ms > 0)
		clock_sleep_ms(failure.linger_ms);
	if (failure.hang_up)
		failure_hang_up(standin->address);
	reply(request, &answer);
	json_decref(answer.body);
}

static const operation post_message = slack_post, update = slack_update,
		       replies = slack_replies, history = slack_history,
		       auth_test = slack_auth_test, unknown = slack_unknown,
		       list = github_list, create = github_create, edit = github_edit,
		       get = github_get, complete = model_complete, tool = tool_call,
		       state = control_state, reset = control_reset,
		       fail = control_fail, script = control_script;

#define CALL(method, path, what)                      \
	{                                             \
		method, path, serve, &(what), 0, true \
	}
#define COMMENTS "/github/repos/{owner}/{name}/issues/{number}/comments"
#define COMMENT "/github/repos/{owner}/{name}/issues/comments/{id}"

const struct http_route standin_routes[] = {
	CALL("POST", "/slack/api/chat.postMessage", post_message),
	CALL("POST", "/slack/api/chat.update", update),
	CALL("GET", "/slack/api/conversations.replies", replies),
	CALL("GET", "/slack/api/conversations.history", history),
	CALL("GET", "/slack/api/auth.test", auth_test),
	CALL("POST", "/slack/api/auth.test", auth_test),
	CALL("GET", "/slack/api/{method}", unknown),
	CALL("POST", "/slack/api/{method}", unknown),
	CALL("GET", COMMENTS, list),
	CALL("POST", COMMENTS, create),
	CALL("GET", COMMENT, get),
	CALL("PATCH", COMMENT, edit),
	CALL("POST", "/model/v1/chat/completions", complete),
	CALL("GET", "/tools/{name}", tool),
	CALL("HEAD", "/tools/{name}", tool),
	CALL("POST", "/tools/{name}", tool),
	CALL("PUT", "/tools/{name}", tool),
	CALL("PATCH", "/tools/{name}", tool),
	CALL("DELETE", "/tools/{name}", tool),
	CALL("POST", "/hooks/{name}", tool),
	CALL("GET", "/_standin/state", state),
	CALL("POST", "/_standin/reset", reset),
	CALL("POST", "/_standin/fail", fail),
	CALL("POST", "/_standin/model", script),
	{0},
};
