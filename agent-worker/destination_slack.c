// SPDX-License-Identifier: Apache-2.0
// A message in a channel or thread, edited in place. Its metadata carry the run's id:
// by them a worker that takes the run over finds what the one before it posted.
#include <stdio.h>
#include <string.h>

#include "agent-worker/blocks.h"
#include "agent-worker/credential.h"
#include "agent-worker/destination.h"
#include "agent-worker/slack_api.h"
#include "agent-worker/template.h"
#include "common/clock.h"
#include "common/json.h"

enum {
	QUERY_SIZE = 700,
	PAGES_MAX = 20,
	PAGE = 200,
	BEFORE_S = 300, /* clocks differ; posts are looked for from so long before */
};

#define MARKER_TYPE "tocsin_run"

static bool get_token(const char **out, const struct post *post, struct fault *fault)
{
	return credential_choose(out, post->config,
		&(struct credential){.service = "Slack",
			.own = "/integrations/slack/bot_token",
			.operators = post->endpoints->slack_token,
			.setting = "TOCSIN_SLACK_BOT_TOKEN",
			.type = IDENTIFIER_SLACK_CHANNEL_ID,
			.place = post->destination->channel},
		fault);
}

static json_t *message_body(
	const struct post *post, const struct slack_message *message, const char *ts)
{
	const pb_destination *destination = post->destination;
	json_t *body AUTO(json_decref) = json_pack(
		"{s:s, s:s, s:O, s:b, s:b, s:{s:s, s:{s:s}}}", "channel",
		destination->channel, "text", message->text, "blocks", message->blocks,
		"unfurl_links", 0, "unfurl_media", 0, "metadata", "event_type",
		MARKER_TYPE, "event_payload", "run_id", post->task->run_id);
	bool bad = !body;

	if (ts)
		bad |= json_object_set_new(body, "ts", json_string(ts)) != 0;
	else if (*destination->thread)
		bad |= json_object_set_new(body, "thread_ts",
			       json_string(destination->thread)) != 0;
	return bad ? NULL : TAKE(body);
}

static bool blames_blocks(const char *error)
{
	return strcmp(error, "invalid_blocks") == 0 ||
		strcmp(error, "invalid_blocks_format") == 0 ||
		strcmp(error, "msg_blocks_too_long") == 0;
}

/* Posts, or edits `ts`. If Slack does not like the blocks, once more without them. */
static bool send(json_t **answer, const struct post *post, const char *channel,
	const char *ts, struct fault *fault)
{
	struct slack_message message AUTO(slack_message_done) = {0};
	json_t *body AUTO(json_decref) = NULL;
	struct slack_call call = {.url = post->endpoints->slack_url,
		.method = ts ? "chat.update" : "chat.postMessage",
		.timeout_ms = post->timeout_ms};
	char error[SLACK_ERROR_SIZE];
	int64_t until_ms = clock_mono_ms() + post->timeout_ms;

	if (!get_token(&call.token, post, fault) ||
		!blocks_make(&message, post->markdown, fault))
		return false;
	body = message_body(post, &message, ts);
	if (!body ||
		(channel &&
			json_object_set_new(body, "channel", json_string(channel)) !=
				0))
		return fault_set(fault, FAULT_RETRY, "no memory for a Slack message");
	call.body = body;
	if (slack_api(answer, error, post->http, &call, fault))
		return true;
	if (!blames_blocks(error))
		return false;
	/* Both together have the time that one has. */
	call.timeout_ms = (long)(until_ms - clock_mono_ms());
	if (call.timeout_ms <= 0)
		return fault_set(fault, FAULT_RETRY, "slack: no time to post again");
	*fault = (struct fault){0};
	if (json_object_set_new(body, "blocks", json_array()) != 0)
		return fault_set(fault, FAULT_RETRY, "no memory for a Slack message");
	return slack_api(answer, error, post->http, &call, fault);
}

static bool slack_post(json_t **reference, const struct post *post, struct fault *fault)
{
	json_t *answer AUTO(json_decref) = NULL;
	const char *ts;

	if (!*post->destination->channel)
		return fault_set(fault, FAULT_REJECT,
			"the slack destination names no channel_id");
	if (!send(&answer, post, NULL, NULL, fault))
		return false;
	ts = json_string_at(answer, "/ts");
	if (!ts)
		return fault_set(fault, FAULT_RETRY, "slack: the answer names no ts");
	*reference = json_pack("{s:s, s:s}", "channel",
		json_string_or(answer, "/channel", post->destination->channel), "ts",
		ts);
	return *reference || fault_set(fault, FAULT_RETRY, "no memory for a post");
}

static bool slack_edit(
	const json_t *reference, const struct post *post, struct fault *fault)
{
	json_t *answer AUTO(json_decref) = NULL;
	const char *ts = json_string_at(reference, "/ts");

	if (!ts)
		return fault_set(fault, FAULT_REJECT, "slack: the post has no ts");
	return send(&answer, post, json_string_at(reference, "/channel"), ts, fault);
}

/* Sets *reference when one of the page's messages has the run's marker. */
static bool find_in(json_t **reference, const json_t *page, const struct post *post,
	struct fault *fault)
{
	const json_t *messages = json_object_get(page, "messages");

	for (size_t i = 0; i < json_array_size(messages); i++) {
		const json_t *message = json_array_get(messages, i);
		const char *ts = json_string_at(message, "/ts");

		if (!ts ||
			strcmp(json_string_or(message, "/metadata/event_type", ""),
				MARKER_TYPE) != 0 ||
			strcmp(json_string_or(
				       message, "/metadata/event_payload/run_id", ""),
				post->task->run_id) != 0)
			continue;
		*reference = json_pack(
			"{s:s, s:s}", "channel", post->destination->channel, "ts", ts);
		return *reference ||
			fault_set(fault, FAULT_RETRY, "no memory for a post");
	}
	return true;
}

static bool page_query(char *out, const struct post *post, const char *cursor)
{
	const pb_destination *destination = post->destination;
	struct text query AUTO(text_done) = {0};
	json_t *values AUTO(json_decref) = json_pack("{s:s, s:s, s:s, s:I}", "channel",
		destination->channel, "ts", destination->thread, "cursor", cursor,
		"oldest", (json_int_t)(post->task->created_at_us / 1000000 - BEFORE_S));

	slot_fill(&query,
		*destination->thread
			? "conversations.replies?channel={channel}&ts={ts}&oldest={"
			  "oldest}"
			: "conversations.history?channel={channel}&oldest={oldest}",
		values, SLOT_URL);
	text_printf(&query, "&include_all_metadata=true&limit=%d", PAGE);
	if (*cursor)
		slot_fill(&query, "&cursor={cursor}", values, SLOT_URL);
	return values && !text_failed(&query) &&
		snprintf(out, QUERY_SIZE, "%s", text_string(&query)) < QUERY_SIZE;
}

static bool slack_find(json_t **reference, const struct post *post, struct fault *fault)
{
	struct slack_call call = {
		.url = post->endpoints->slack_url, .timeout_ms = post->timeout_ms};
	char query[QUERY_SIZE], error[SLACK_ERROR_SIZE], cursor[256] = "";

	if (!get_token(&call.token, post, fault))
		return false;
	for (int i = 0; i < PAGES_MAX && !*reference; i++) {
		json_t *page AUTO(json_decref) = NULL;

		if (!page_query(query, post, cursor))
			return fault_set(fault, FAULT_REJECT,
				"slack: the channel, thread or cursor is too long");
		call.method = query;
		if (!slack_api(&page, error, post->http, &call, fault) ||
			!find_in(reference, page, post, fault))
			return false;
		(void)snprintf(cursor, sizeof(cursor), "%s",
			json_string_or(page, "/response_metadata/next_cursor", ""));
		if (!*cursor)
			break;
	}
	return true;
}

const struct destination_type destination_slack = {
	.name = "slack",
	.shows_progress = true,
	.post = slack_post,
	.edit = slack_edit,
	.find = slack_find,
};
