// SPDX-License-Identifier: Apache-2.0
// GitHub: which events are of interest, and never what we or another bot posted.
#include <string.h>

#include "common/http/form.h"
#include "router/github_words.h"
#include "router/identify.h"

/* What every post of ours holds, so that it is known when it comes back. */
static const char own_marker[] = "<!-- tocsin:run_id=";

static const char *const failures[] = {
	"failure", "timed_out", "action_required", "startup_failure", NULL};

static const struct rule {
	const char *event;
	const char *const actions[4]; /* none: whatever it is */
	const char *conclusion;       /* a pointer: only when it is one of `failures` */
	/*
	 * A pointer to the post, whose author must not be a bot. A failed build has no
	 * post: who started it is no reason to pass over it.
	 */
	const char *post;
	github_describe describe;
} rules[] = {
	{"push", {NULL}, NULL, "", github_describe_push},
	{"pull_request", {"opened", "reopened", "ready_for_review"}, NULL,
		"/pull_request", github_describe_pull_request},
	{"issues", {"opened", "reopened"}, NULL, "/issue", github_describe_issue},
	{"issue_comment", {"created"}, NULL, "/comment", github_describe_comment},
	{"check_run", {"completed"}, "/check_run/conclusion", NULL,
		github_describe_check},
	{"workflow_run", {"completed"}, "/workflow_run/conclusion", NULL,
		github_describe_workflow},
};

static const struct rule *find_rule(const pb_event *event)
{
	const char *name =
		*event->kind ? event->kind : identify_header(event, "x-github-event");

	for (size_t i = 0; i < countof(rules); i++)
		if (strcmp(rules[i].event, name) == 0)
			return &rules[i];
	return NULL;
}

/* GitHub sends JSON, or a form with the JSON in "payload", as the hook's owner chose.
 */
static bool read_body(json_t **out, const pb_event *event, struct fault *fault)
{
	struct form form AUTO(form_done) = {0};
	const char *payload;

	if (!form_is_type(event->content_type))
		return json_parse(out, event->body.data, event->body.len, fault);
	if (!form_parse(&form, event->body.data, event->body.len, fault))
		return false;
	payload = form_value(&form, "payload");
	if (!payload)
		return fault_set(fault, FAULT_REJECT,
			"form: there is no field 'payload'; GitHub sends one");
	return json_parse(out, payload, strlen(payload), fault);
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count && words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static bool is_bot_post(const json_t *body, const struct rule *rule)
{
	const json_t *post, *app;

	if (!rule->post)
		return false;
	post = json_at(body, rule->post);
	app = json_at(post, "/performed_via_github_app");
	return strcmp(json_string_or(body, "/sender/type", ""), "Bot") == 0 ||
		(app && !json_is_null(app)) ||
		strstr(json_string_or(post, "/body", ""), own_marker);
}

/* Why the event is of no interest; NULL when it is. */
static const char *why_not(const json_t *body, const struct rule *rule)
{
	const char *action = json_string_or(body, "/action", "");

	if (rule->actions[0] &&
		!is_one_of(action, rule->actions, countof(rule->actions)))
		return "action not of interest";
	if (rule->conclusion &&
		!is_one_of(json_string_or(body, rule->conclusion, ""), failures,
			countof(failures)))
		return "did not fail";
	if (json_bool_or(body, "/deleted", false))
		return "branch or tag deleted";
	return is_bot_post(body, rule) ? "own or bot post" : NULL;
}

bool identify_github(
	struct finding *finding, const pb_event *event, struct fault *fault)
{
	const struct rule *rule = find_rule(event);
	const char *repository, *reason;

	if (!rule)
		return finding_ignore(finding, "not of interest");
	if (!read_body(&finding->body, event, fault))
		return false;

	repository = json_string_or(finding->body, "/repository/full_name", "");
	finding_identifier(finding, IDENTIFIER_GITHUB_REPO, repository);
	finding->actor = json_string_at(finding->body, "/sender/login");
	reason = why_not(finding->body, rule);
	if (reason)
		return finding_ignore(finding, reason);
	if (*repository)
		finding_fact(finding, "repo", repository);
	finding_fact(finding, "action", json_string_at(finding->body, "/action"));
	finding_fact(finding, "author", finding->actor);
	rule->describe(finding, repository);
	return true;
}
