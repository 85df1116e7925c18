// SPDX-License-Identifier: Apache-2.0
// Slack's Web API, the part that writes: HTTP is 200 also for a refusal, "ok" tells.
#include "tests/standin/standin.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"

enum { TEXT_MAX = 40000, UPDATE_TEXT_MAX = 4000, BURST = 3 };

void slack_refuse(struct answer *answer, const char *error, const char *detail)
{
	answer->status = 200;
	answer->body = json_pack("{s:b, s:s}", "ok", 0, "error", error);
	if (detail)
		(void)json_object_set_new(answer->body, "response_metadata",
			json_pack("{s:[s++]}", "messages", "[ERROR] ", detail, ""));
}

bool slack_is_ts(const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (len != 17 || text[10] != '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (i != 10 && !isdigit((unsigned char)text[i]))
			return false;
	return true;
}

bool slack_authorised(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	const char *given = http_header(request, "Authorization");

	if (!given || strncasecmp(given, "Bearer ", 7) != 0) {
		slack_refuse(answer, "not_authed", NULL);
		return false;
	}
	if (strcmp(given + 7, standin->options.slack_token) != 0) {
		slack_refuse(answer, "invalid_auth", NULL);
		return false;
	}
	return true;
}

static json_t *find_message(
	struct standin *standin, const char *channel, const char *ts)
{
	json_t *message;
	size_t i;

	json_array_foreach(standin->messages, i,
		message) if (strcmp(json_string_or(message, "/ts", ""), ts) == 0 &&
		strcmp(json_string_or(message, "/channel", ""), channel) ==
			0) return message;
	return NULL;
}

/* One bucket a channel; false, with the 429 in `answer`, when it is empty. */
static bool within_rate(
	struct standin *standin, const char *channel, struct answer *answer)
{
	double rate = standin->options.slack_rate, tokens = BURST;
	int64_t now = clock_mono_ms();
	const json_t *bucket = json_object_get(standin->allowance, channel);

	if (rate <= 0)
		return true;
	if (bucket) {
		tokens = json_real_value(json_object_get(bucket, "tokens")) +
			rate *
				(double)(now -
					json_integer_value(
						json_object_get(bucket, "at_ms"))) /
				1000;
		if (tokens > BURST)
			tokens = BURST;
	}
	(void)json_object_set_new(standin->allowance, channel,
		json_pack("{s:f, s:I}", "tokens", tokens < 1 ? tokens : tokens - 1,
			"at_ms", (json_int_t)now));
	if (tokens >= 1)
		return true;
	answer->status = 429;
	answer->body = json_pack("{s:b, s:s}", "ok", 0, "error", "ratelimited");
	(void)snprintf(answer->retry_after, sizeof(answer->retry_after), "%ld",
		1 + (long)((1 - tokens) / rate));
	return false;
}

/* The arguments, which the caller owns, or NULL with the refusal in `answer`. */
static json_t *arguments(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	const char *type = http_header(request, "Content-Type");
	json_t *body;

	if (!slack_authorised(standin, request, answer))
		return NULL;
	if (!type || strncasecmp(type, "application/json", 16) != 0) {
		slack_refuse(answer, "invalid_post_type", type);
		return NULL;
	}
	body = standin_body(request);
	if (!body)
		slack_refuse(answer, "json_not_object", NULL);
	return body;
}

static const char *content_refusal(const json_t *body, const char **detail)
{
	const json_t *blocks = json_object_get(body, "blocks");
	const json_t *metadata = json_object_get(body, "metadata");
	const char *text = json_string_or(body, "/text", "");

	*detail = NULL;
	if (!*text && json_array_size(blocks) == 0)
		return "no_text";
	if (metadata &&
		(!json_is_string(json_at(metadata, "/event_type")) ||
			!json_is_object(json_at(metadata, "/event_payload"))))
		return "invalid_metadata_format";
	return blocks ? blocks_refusal(blocks, detail) : NULL;
}

static const char *post_refusal(
	struct standin *standin, const json_t *body, const char **detail)
{
	const char *channel = json_string_or(body, "/channel", "");
	const json_t *thread = json_object_get(body, "thread_ts");

	*detail = "missing required field: channel";
	if (!*channel)
		return "invalid_arguments";
	*detail = NULL;
	if (!standin_knows(standin->options.channels, channel))
		return "channel_not_found";
	if (thread && !slack_is_ts(json_string_value(thread)))
		return "invalid_thread_ts";
	return content_refusal(body, detail);
}

static json_t *new_message(struct standin *standin, const json_t *body)
{
	int64_t now = clock_wall_us();
	char ts[24];
	json_t *message;
	static const char *const kept[] = {"text", "blocks", "metadata", "thread_ts"};

	standin->last_ts_us = now > standin->last_ts_us ? now : standin->last_ts_us + 1;
	(void)snprintf(ts, sizeof(ts), "%010lld.%06lld",
		(long long)standin->last_ts_us / 1000000,
		(long long)standin->last_ts_us % 1000000);
	message = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "type", "message", "ts",
		ts, "channel", json_string_or(body, "/channel", ""), "user", "U0TOCSIN",
		"bot_id", "B0TOCSIN", "updates", 0);
	for (size_t i = 0; i < countof(kept); i++)
		if (json_object_get(body, kept[i]))
			(void)json_object_set(
				message, kept[i], json_object_get(body, kept[i]));
	(void)json_array_append_new(standin->messages, message);
	return message;
}

static void tell(const struct standin *standin, const json_t *message, const char *did)
{
	char where[160];

	(void)snprintf(where, sizeof(where), "slack %s %s, ts %s, thread %s", did,
		json_string_or(message, "/channel", ""),
		json_string_or(message, "/ts", ""),
		json_string_or(message, "/thread_ts", "-"));
	standin_print(standin, where, json_string_or(message, "/text", "(blocks)"));
}

static void accept_message(struct answer *answer, json_t *message)
{
	answer->status = 200;
	answer->body = json_pack("{s:b, s:O, s:O, s:o}", "ok", 1, "channel",
		json_object_get(message, "channel"), "ts",
		json_object_get(message, "ts"), "message", json_deep_copy(message));
}

void slack_post(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	json_t *body AUTO(json_decref) = arguments(standin, request, answer);
	const char *refusal, *detail;
	json_t *message;

	if (!body)
		return;
	refusal = post_refusal(standin, body, &detail);
	if (refusal) {
		slack_refuse(answer, refusal, detail);
		return;
	}
	if (!within_rate(standin, json_string_or(body, "/channel", ""), answer))
		return;
	message = new_message(standin, body);
	if (standin_characters(json_string_or(message, "/text", "")) > TEXT_MAX)
		(void)json_object_set_new(message, "cut", json_true());
	tell(standin, message, "post to");
	accept_message(answer, message);
}

/* Text without blocks removes the old blocks, as it does at Slack. */
static void change(json_t *message, const json_t *body)
{
	json_t *blocks = json_object_get(body, "blocks");
	json_t *metadata = json_object_get(body, "metadata");

	(void)json_object_set_new(
		message, "text", json_string(json_string_or(body, "/text", "")));
	if (blocks)
		(void)json_object_set(message, "blocks", blocks);
	else
		(void)json_object_del(message, "blocks");
	if (metadata)
		(void)json_object_set(message, "metadata", metadata);
	(void)json_object_set_new(message, "updates",
		json_integer(json_integer_or(message, "/updates", 0) + 1));
}

void slack_update(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	json_t *body AUTO(json_decref) = arguments(standin, request, answer);
	const char *refusal, *detail, *channel, *ts;
	json_t *message;

	if (!body)
		return;
	channel = json_string_or(body, "/channel", "");
	ts = json_string_or(body, "/ts", "");
	if (!*channel || !*ts) {
		slack_refuse(answer, "invalid_arguments",
			"missing required field: channel or ts");
		return;
	}
	message = find_message(standin, channel, ts);
	refusal = !message ? "message_not_found" : content_refusal(body, &detail);
	if (!refusal &&
		standin_characters(json_string_or(body, "/text", "")) > UPDATE_TEXT_MAX)
		refusal = "msg_too_long";
	if (refusal) {
		slack_refuse(answer, refusal, message ? detail : NULL);
		return;
	}
	change(message, body);
	tell(standin, message, "edit in");
	accept_message(answer, message);
}

void slack_auth_test(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	if (!slack_authorised(standin, request, answer))
		return;
	answer->status = 200;
	answer->body =
		json_pack("{s:b, s:s, s:s, s:s, s:s}", "ok", 1, "team_id", "T0ACME",
			"user", "tocsin", "user_id", "U0TOCSIN", "bot_id", "B0TOCSIN");
}

void slack_unknown(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	(void)standin;
	(void)request;
	slack_refuse(answer, "unknown_method", NULL);
}
