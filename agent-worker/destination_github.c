// SPDX-License-Identifier: Apache-2.0
// A comment on an issue or pull request (GitHub has one endpoint for both), edited in
// place, found again by the marker at its end.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent-worker/credential.h"
#include "agent-worker/destination.h"
#include "agent-worker/github_body.h"
#include "common/clock.h"
#include "common/json.h"

enum {
	HEADER_SIZE = 512,
	PAGES_MAX = 30,
	ANSWER_MAX_BYTES = 16 << 20, /* a hundred comments */
	BEFORE_S = 300,
	NO_HINT_MS = 60000, /* GitHub asks for a minute when it names no time */
};

static bool get_token(const char **out, const struct post *post, struct fault *fault)
{
	return credential_choose(out, post->config,
		&(struct credential){.service = "GitHub",
			.own = "/integrations/github/token",
			.operators = post->endpoints->github_token,
			.setting = "TOCSIN_GITHUB_TOKEN",
			.type = IDENTIFIER_GITHUB_REPO,
			.place = post->destination->repository},
		fault);
}

static long wait_ms(const struct http_reply *reply)
{
	int64_t reset_ms =
		strtoll(reply->rate_reset, NULL, 10) * 1000 - clock_wall_us() / 1000;

	if (reply->retry_after_ms > 0)
		return reply->retry_after_ms;
	return reset_ms > 0 && reset_ms < 3600000 ? (long)reset_ms : NO_HINT_MS;
}

static bool status_fault(
	const struct http_reply *reply, const char *what, struct fault *fault)
{
	json_t *json AUTO(json_decref) = NULL;
	struct fault ignored = {0};
	const char *why = "";
	bool limited;

	if (json_parse(&json, reply->body, reply->len, &ignored))
		why = json_string_or(json, "/message", "");
	limited = reply->status == 429 ||
		(reply->status == 403 &&
			(reply->retry_after_ms >= 0 || strcasestr(why, "rate limit")));
	(void)fault_set(fault,
		limited || reply->status >= 500 ? FAULT_RETRY : FAULT_REJECT,
		"github %s: HTTP %d %.150s", what, reply->status, why);
	if (limited)
		fault->retry_after_ms = wait_ms(reply);
	return false;
}

struct request {
	const char *method, *url, *what;
	char *body; /* NULL: none */
};

static bool ask(struct http_reply *reply, const struct request *request,
	const struct post *post, struct fault *fault)
{
	char authorization[HEADER_SIZE];
	const char *token;
	const char *headers[] = {authorization, "Accept: application/vnd.github+json",
		"X-GitHub-Api-Version: 2022-11-28", "User-Agent: tocsin",
		"Content-Type: application/json", NULL};

	if (!get_token(&token, post, fault))
		return false;
	(void)snprintf(authorization, sizeof(authorization), "Authorization: Bearer %s",
		token);
	if (!http_fetch(post->http,
		    &(struct http_call){.method = request->method,
			    .url = request->url,
			    .headers = headers,
			    .body = request->body,
			    .body_len = request->body ? strlen(request->body) : 0,
			    .timeout_ms = post->timeout_ms,
			    .max_answer = ANSWER_MAX_BYTES},
		    reply, fault))
		return false;
	return (reply->status >= 200 && reply->status < 300) ||
		status_fault(reply, request->what, fault);
}

static bool print_body(char **out, const struct post *post, struct fault *fault)
{
	char *comment AUTO(free) = github_body(post->markdown, post->task->run_id);
	json_t *json AUTO(json_decref) =
		comment ? json_pack("{s:s}", "body", comment) : NULL;

	*out = json_print(json);
	return *out || fault_set(fault, FAULT_RETRY, "no memory for a comment");
}

static bool comments_url(
	char *out, const struct post *post, const char *query, struct fault *fault)
{
	const pb_destination *destination = post->destination;

	if (!github_is_repository(destination->repository) || destination->number < 1)
		return fault_set(fault, FAULT_REJECT,
			"the github destination names no issue: repo %.80s, number "
			"%lld",
			destination->repository, (long long)destination->number);
	(void)snprintf(out, GITHUB_URL_SIZE, "%s/repos/%s/issues/%lld/comments%s",
		post->endpoints->github_url, destination->repository,
		(long long)destination->number, query);
	return true;
}

static json_t *reference_to(const json_t *comment)
{
	const json_t *id = json_object_get(comment, "id");

	if (!json_is_integer(id))
		return NULL;
	return json_pack("{s:I, s:s}", "id", json_integer_value(id), "url",
		json_string_or(comment, "/html_url", ""));
}

static bool github_post(
	json_t **reference, const struct post *post, struct fault *fault)
{
	struct http_reply reply AUTO(http_reply_done) = {0};
	json_t *comment AUTO(json_decref) = NULL;
	char *body AUTO(free) = NULL;
	char url[GITHUB_URL_SIZE];
	struct fault why = {0};

	if (!comments_url(url, post, "", fault) || !print_body(&body, post, fault) ||
		!ask(&reply, &(struct request){"POST", url, "comment", body}, post,
			fault))
		return false;
	if (json_parse(&comment, reply.body, reply.len, &why))
		*reference = reference_to(comment);
	return *reference ||
		fault_set(fault, FAULT_RETRY, "github comment: the answer names no id");
}

static bool github_edit(
	const json_t *reference, const struct post *post, struct fault *fault)
{
	struct http_reply reply AUTO(http_reply_done) = {0};
	char *body AUTO(free) = NULL;
	char url[GITHUB_URL_SIZE];

	if (!comments_url(url, post, "", fault) || !print_body(&body, post, fault))
		return false;
	(void)snprintf(url, sizeof(url), "%s/repos/%s/issues/comments/%ld",
		post->endpoints->github_url, post->destination->repository,
		json_integer_or(reference, "/id", 0));
	return ask(&reply, &(struct request){"PATCH", url, "edit of a comment", body},
		post, fault);
}

static bool find_in(json_t **reference, const struct http_reply *reply,
	const struct post *post, struct fault *fault)
{
	json_t *page AUTO(json_decref) = NULL;
	struct fault why = {0};

	if (!json_parse(&page, reply->body, reply->len, &why))
		return fault_set(
			fault, FAULT_RETRY, "github comments: %.200s", why.text);
	for (size_t i = 0; i < json_array_size(page) && !*reference; i++) {
		const json_t *comment = json_array_get(page, i);

		if (github_has_marker(
			    json_string_or(comment, "/body", ""), post->task->run_id))
			*reference = reference_to(comment);
	}
	return true;
}

static bool github_find(
	json_t **reference, const struct post *post, struct fault *fault)
{
	time_t since = (time_t)(post->task->created_at_us / 1000000) - BEFORE_S;
	char url[GITHUB_URL_SIZE], query[80];
	struct tm utc;

	(void)gmtime_r(&since, &utc);
	(void)strftime(
		query, sizeof(query), "?per_page=100&since=%Y-%m-%dT%H:%M:%SZ", &utc);
	if (!comments_url(url, post, query, fault))
		return false;
	for (int i = 0; i < PAGES_MAX && !*reference; i++) {
		struct http_reply reply AUTO(http_reply_done) = {0};

		if (!ask(&reply, &(struct request){"GET", url, "comments", NULL}, post,
			    fault) ||
			!find_in(reference, &reply, post, fault))
			return false;
		if (!github_next(url, reply.link, post->endpoints->github_url))
			break;
	}
	return true;
}

const struct destination_type destination_github_issue = {
	.name = "github_issue_comment",
	.shows_progress = true,
	.post = github_post,
	.edit = github_edit,
	.find = github_find,
};

const struct destination_type destination_github_pr = {
	.name = "github_pr_comment",
	.shows_progress = true,
	.post = github_post,
	.edit = github_edit,
	.find = github_find,
};
