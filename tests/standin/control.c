// SPDX-License-Identifier: Apache-2.0
// What a test asks of the stand-in: what it saw, to forget it, and what to do next.
#include "tests/standin/standin.h"

static void good(struct answer *answer)
{
	answer->status = 200;
	answer->body = json_pack("{s:b}", "ok", 1);
}

static void bad(struct answer *answer, const char *why)
{
	answer->status = 400;
	answer->body = json_pack("{s:s, s:s}", "error", "bad_request", "message", why);
}

void control_state(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	(void)request;
	answer->status = 200;
	answer->body = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "messages",
		json_deep_copy(standin->messages), "comments",
		json_deep_copy(standin->comments), "model_calls",
		json_deep_copy(standin->model_calls), "tool_calls",
		json_deep_copy(standin->tool_calls), "refused",
		json_deep_copy(standin->refused), "failures",
		json_deep_copy(standin->failures));
}

void control_reset(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	(void)request;
	standin_reset(standin);
	good(answer);
}

/* {"path","method"?,"contains"?,"skip"?,"count"?,"status"?,"retry_after"?,"hang_ms"?,"linger_ms"?,
 * "hang_up"?} */
void control_fail(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	json_t *order = standin_body(request);

	if (!order || !json_string_at(order, "/path")) {
		json_decref(order);
		bad(answer, "an object with a path is wanted");
		return;
	}
	(void)json_array_append_new(standin->failures, order);
	good(answer);
}

/*
 * {"turns":[{"content"?,"calls"?:[{"name","arguments":{}}],"delay_ms"?}]}; $ask in a
 * text is the first word of the question that starts with "q-".
 */
void control_script(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	json_t *body AUTO(json_decref) = standin_body(request);
	json_t *turns = body ? json_object_get(body, "turns") : NULL;

	if (!json_is_array(turns)) {
		bad(answer, "an object with an array of turns is wanted");
		return;
	}
	json_decref(standin->script);
	standin->script = json_incref(turns);
	good(answer);
}
