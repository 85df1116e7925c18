// SPDX-License-Identifier: Apache-2.0
// Slack: a mention of the bot is a question, in the thread it stands in.
#include <string.h>

#include "common/http/form.h"
#include "router/identify.h"
#include "router/slack_text.h"

/* The bot's own user id where Slack says so, else NULL. */
static const char *own_user(const json_t *body)
{
	return json_bool_or(body, "/authorizations/0/is_bot", false)
		? json_string_at(body, "/authorizations/0/user_id")
		: NULL;
}

/* Why the event is no question to us; NULL when it is one. */
static const char *why_not(const json_t *body, const char *own)
{
	const char *user = json_string_at(body, "/event/user");

	if (strcmp(json_string_or(body, "/type", ""), "event_callback") != 0 ||
		strcmp(json_string_or(body, "/event/type", ""), "app_mention") != 0)
		return "not of interest";
	if (json_string_at(body, "/event/bot_id") ||
		(own && user && strcmp(own, user) == 0))
		return "own or bot post";
	if (json_string_at(body, "/event/subtype"))
		return "message subtype";
	return NULL;
}

static void find_facts(struct finding *finding)
{
	static const struct {
		const char *name, *pointer;
	} facts[] = {
		{"channel", "/event/channel"},
		{"user", "/event/user"},
		{"ts", "/event/ts"},
		{"team", "/team_id"},
		{"enterprise", "/enterprise_id"},
	};

	for (size_t i = 0; i < countof(facts); i++)
		finding_fact(finding, facts[i].name,
			json_string_at(finding->body, facts[i].pointer));
}

/* Where it was asked. An answer needs the channel; without a ts it starts a thread. */
static void find_place(struct finding *finding)
{
	const json_t *body = finding->body;
	const char *channel = json_string_or(body, "/event/channel", "");
	const char *thread = json_string_or(
		body, "/event/thread_ts", json_string_or(body, "/event/ts", ""));

	finding->actor = json_string_at(body, "/event/user");
	finding_identifier(finding, IDENTIFIER_SLACK_CHANNEL_ID, channel);
	if (*thread)
		finding_fact(finding, "thread_ts", thread);
	if (!*channel)
		return;
	finding->place = (struct place){PLACE_SLACK_THREAD, .channel = channel,
		.thread = thread, .user = finding->actor ? finding->actor : ""};
	if (*thread)
		text_printf(&finding->session, "slack:%s:%s:%s",
			json_string_or(body, "/team_id", ""), channel, thread);
}

bool identify_slack(struct finding *finding, const pb_event *event, struct fault *fault)
{
	const char *own, *reason;

	if (form_is_type(event->content_type))
		return identify_slack_form(finding, event, fault);
	if (!json_parse(&finding->body, event->body.data, event->body.len, fault))
		return false;
	own = own_user(finding->body);
	find_facts(finding);
	find_place(finding);
	reason = why_not(finding->body, own);
	if (reason)
		return finding_ignore(finding, reason);

	slack_text_add(
		&finding->text, json_string_or(finding->body, "/event/text", ""), own);
	if (finding->text.len == 0 && !text_failed(&finding->text))
		return finding_ignore(finding, "empty mention");
	return true;
}
