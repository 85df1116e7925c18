// SPDX-License-Identifier: Apache-2.0
// Slack's forms: a slash command is a question, in the channel it was typed in. What
// people press and fill in (a form with "payload") is no question.
#include <string.h>

#include "common/http/form.h"
#include "router/identify.h"
#include "router/words.h"

static void find_facts(struct finding *finding, const struct form *form)
{
	static const struct {
		const char *name, *field;
	} facts[] = {
		{"channel", "channel_id"},
		{"user", "user_id"},
		{"command", "command"},
		{"team", "team_id"},
		{"enterprise", "enterprise_id"},
	};

	for (size_t i = 0; i < countof(facts); i++)
		finding_fact(finding, facts[i].name, form_value(form, facts[i].field));
}

/* What the finding borrows must live in finding->body: the form ends here. */
static const char *keep(
	struct finding *finding, const struct form *form, const char *field)
{
	const char *value = form_value(form, field);

	if (!finding->body)
		finding->body = json_object();
	if (value && json_object_set_new(finding->body, field, json_string(value)) != 0)
		finding->text.failed = true;
	return json_string_at(json_object_get(finding->body, field), "");
}

bool identify_slack_form(
	struct finding *finding, const pb_event *event, struct fault *fault)
{
	struct form form AUTO(form_done) = {0};
	const char *channel, *user, *text;

	if (!form_parse(&form, event->body.data, event->body.len, fault))
		return false;
	if (!form_value(&form, "command"))
		return finding_ignore(finding, "not of interest");
	find_facts(finding, &form);
	channel = keep(finding, &form, "channel_id");
	user = keep(finding, &form, "user_id");
	finding->actor = user;
	finding_identifier(finding, IDENTIFIER_SLACK_CHANNEL_ID, channel);
	if (channel)
		finding->place = (struct place){PLACE_SLACK_THREAD, .channel = channel,
			.thread = "", .user = user ? user : ""};
	text = form_value(&form, "text");
	text_add(&finding->text, text ? text : "");
	words_trim(&finding->text);
	if (finding->text.len == 0 && !text_failed(&finding->text))
		return finding_ignore(finding, "empty command");
	return true;
}
