// SPDX-License-Identifier: Apache-2.0
// Slack's Web API, the part that reads: small pages, and metadata only for those who
// ask.
#include "tests/standin/standin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * These methods take their arguments from the query. (At Slack also from a form; JSON
 * bodies they do not read.)
 */
static const char *argument(struct http_request *request, const char *name)
{
	const char *value = http_query(request, name);

	return value ? value : "";
}

static bool is_in_thread(const json_t *message, const char *ts)
{
	return strcmp(json_string_or(message, "/ts", ""), ts) == 0 ||
		strcmp(json_string_or(message, "/thread_ts", ""), ts) == 0;
}

static bool is_in_channel(const json_t *message, const char *channel)
{
	return strcmp(json_string_or(message, "/channel", ""), channel) == 0;
}

/* The person's message that a thread hangs on, which was never posted here. */
static json_t *asked(const char *ts)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "message", "user",
		"U0ASKER", "ts", ts, "thread_ts", ts, "text", "(asked)");
}

static json_t *shown(const json_t *message, bool with_metadata)
{
	json_t *copy = json_deep_copy(message);

	if (!with_metadata)
		(void)json_object_del(copy, "metadata");
	(void)json_object_del(copy, "updates");
	(void)json_object_del(copy, "channel");
	return copy;
}

static long page_limit(const struct standin *standin, struct http_request *request)
{
	const char *asked_for = argument(request, "limit");
	long limit = *asked_for ? strtol(asked_for, NULL, 10) : 100;

	return limit < standin->options.page_size ? limit : standin->options.page_size;
}

/* Cuts the page out of `all`, whose reference it takes. */
static void give_page(struct standin *standin, struct http_request *request,
	json_t *all, struct answer *answer)
{
	const char *cursor = argument(request, "cursor");
	long limit = page_limit(standin, request), from = 0;
	bool more;
	json_t *page = json_array();
	char next[32] = "";

	if (*cursor && sscanf(cursor, "page:%ld", &from) != 1)
		from = -1;
	if (from < 0 || limit < 1) {
		slack_refuse(
			answer, from < 0 ? "invalid_cursor" : "invalid_limit", NULL);
		json_decref(page);
		json_decref(all);
		return;
	}
	for (long i = from; i < from + limit; i++)
		(void)json_array_append(page, json_array_get(all, (size_t)i));
	more = (size_t)(from + limit) < json_array_size(all);
	if (more)
		(void)snprintf(next, sizeof(next), "page:%ld", from + limit);
	answer->status = 200;
	answer->body = json_pack("{s:b, s:o, s:b, s:{s:s}}", "ok", 1, "messages", page,
		"has_more", more, "response_metadata", "next_cursor", next);
	json_decref(all);
}

static bool may_read(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	const char *channel = argument(request, "channel");

	if (!slack_authorised(standin, request, answer))
		return false;
	if (!*channel) {
		slack_refuse(
			answer, "invalid_arguments", "missing required field: channel");
		return false;
	}
	if (!standin_knows(standin->options.channels, channel)) {
		slack_refuse(answer, "channel_not_found", NULL);
		return false;
	}
	return true;
}

static bool wants_metadata(struct http_request *request)
{
	const char *value = argument(request, "include_all_metadata");

	return strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
}

void slack_replies(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	const char *channel = argument(request, "channel");
	const char *ts = argument(request, "ts");
	bool metadata = wants_metadata(request), has_parent = false;
	json_t *all, *message;
	size_t i;

	if (!may_read(standin, request, answer))
		return;
	if (!slack_is_ts(ts)) {
		slack_refuse(answer, *ts ? "thread_not_found" : "invalid_arguments",
			*ts ? NULL : "missing required field: ts");
		return;
	}
	all = json_array();
	json_array_foreach(standin->messages, i, message)
	{
		if (!is_in_channel(message, channel) || !is_in_thread(message, ts))
			continue;
		has_parent |= strcmp(json_string_or(message, "/ts", ""), ts) == 0;
		(void)json_array_append_new(all, shown(message, metadata));
	}
	if (!has_parent)
		(void)json_array_insert_new(all, 0, asked(ts));
	give_page(standin, request, all, answer);
}

void slack_history(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	const char *channel = argument(request, "channel");
	const char *oldest = argument(request, "oldest");
	bool metadata = wants_metadata(request);
	json_t *all, *message;
	size_t i;

	if (!may_read(standin, request, answer))
		return;
	all = json_array();
	json_array_foreach(
		standin->messages, i, message) if (is_in_channel(message, channel) &&
		!json_object_get(message, "thread_ts") &&
		strcmp(json_string_or(message, "/ts", ""), oldest) > 0)(void)
		json_array_insert_new(all, 0, shown(message, metadata));
	give_page(standin, request, all, answer);
}
