// SPDX-License-Identifier: Apache-2.0
// Bodies of deliveries: the keys that mean something, in the places where they are.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/delivery.h"

#define USER "\"login\":\"%s\",\"id\":21031067,\"type\":\"%s\",\"site_admin\":false"
#define REPOSITORY                                                               \
	"\"repository\":{\"id\":186853002,\"name\":\"%s\",\"full_name\":\"%s\"," \
	"\"private\":false,\"html_url\":\"https://github.com/%s\","              \
	"\"owner\":{\"login\":\"%.*s\",\"id\":1,\"type\":\"Organization\"},"     \
	"\"default_branch\":\"main\"}"
#define SENDER "\"sender\":{" USER "}"

static char *took(struct text *text)
{
	char *body = text_take(text);

	cr_assert(body);
	return body;
}

/* `,"repository":{…},"sender":{…}}`: how every body ends. */
static char *end(
	struct text *text, const char *repository, const char *login, const char *type)
{
	size_t owner = strcspn(repository, "/");

	text_printf(text, "," REPOSITORY "," SENDER "}", repository + owner + 1,
		repository, repository, (int)owner, repository, login, type);
	return took(text);
}

char *body_of_comment(const struct comment *comment)
{
	const char *type = comment->type ? comment->type : "User";
	struct text text = {0};

	text_printf(&text,
		"{\"action\":\"created\",\"issue\":{\"number\":%ld,\"title\":"
		"\"Checkout is slow\",\"state\":\"open\",\"html_url\":"
		"\"https://github.com/%s/issues/%ld\",\"user\":{" USER "},"
		"\"labels\":[]%s,\"body\":\"It takes 9 s.\"},",
		comment->number, comment->repository, comment->number, "grace", "User",
		comment->on_pull_request
			? ",\"pull_request\":{\"url\":\"https://api.github.com/pulls\"}"
			: "");
	text_printf(&text,
		"\"comment\":{\"id\":492700400,\"html_url\":\"https://github.com/%s/"
		"issues/%ld#issuecomment-492700400\",\"user\":{" USER "},"
		"\"created_at\":\"2026-05-15T15:20:21Z\","
		"\"author_association\":\"MEMBER\",\"body\":\"%s\"}",
		comment->repository, comment->number, comment->login, type,
		comment->text);
	return end(&text, comment->repository, comment->login, type);
}

char *body_of_check_run(const char *repository, const char *conclusion, long number)
{
	struct text text = {0};

	text_printf(&text,
		"{\"action\":\"completed\",\"check_run\":{\"id\":128620228,"
		"\"name\":\"unit tests\",\"head_sha\":"
		"\"ec26c3e57ca3a959ca5aad62de7213c562f8c821\",\"status\":"
		"\"completed\",\"conclusion\":\"%s\",\"html_url\":"
		"\"https://github.com/%s/runs/128620228\",\"output\":{\"title\":"
		"\"3 tests failed\",\"summary\":\"cart_test: expected 2\"},"
		"\"app\":{\"slug\":\"ci\",\"name\":\"ci\"},\"check_suite\":{"
		"\"head_branch\":\"changes\"},\"pull_requests\":[",
		conclusion, repository);
	if (number > 0)
		text_printf(&text,
			"{\"number\":%ld,\"url\":\"https://api.github.com/repos/%s/"
			"pulls/%ld\",\"head\":{\"ref\":\"changes\"}}",
			number, repository, number);
	text_add(&text, "]}");
	return end(&text, repository, "ada", "User");
}

char *body_of_pull_request(const char *repository, const char *action, long number)
{
	struct text text = {0};

	text_printf(&text,
		"{\"action\":\"%s\",\"number\":%ld,\"pull_request\":{\"number\":%ld,"
		"\"state\":\"open\",\"title\":\"Cache the cart\",\"html_url\":"
		"\"https://github.com/%s/pull/%ld\",\"user\":{" USER "},"
		"\"body\":\"Saves a query.\",\"draft\":false,\"merged\":false,"
		"\"head\":{\"ref\":\"changes\",\"sha\":"
		"\"ec26c3e57ca3a959ca5aad62de7213c562f8c821\"},"
		"\"base\":{\"ref\":\"main\"}}",
		action, number, number, repository, number, "ada", "User");
	return end(&text, repository, "ada", "User");
}

char *body_of_issue(const char *repository, const char *action, long number)
{
	struct text text = {0};

	text_printf(&text,
		"{\"action\":\"%s\",\"issue\":{\"number\":%ld,\"title\":"
		"\"Checkout is slow\",\"state\":\"open\",\"html_url\":"
		"\"https://github.com/%s/issues/%ld\",\"user\":{" USER "},"
		"\"labels\":[],\"body\":\"It takes 9 s.\"}",
		action, number, repository, number, "ada", "User");
	return end(&text, repository, "ada", "User");
}

char *body_of_push(const char *repository, const char *branch)
{
	struct text text = {0};

	text_printf(&text,
		"{\"ref\":\"refs/heads/%s\",\"before\":"
		"\"6113728f27ae82c7b1a177c8d03f9e96e0adf246\",\"after\":"
		"\"ec26c3e57ca3a959ca5aad62de7213c562f8c821\",\"created\":false,"
		"\"deleted\":false,\"forced\":false,\"compare\":"
		"\"https://github.com/%s/compare/6113728f27ae...ec26c3e57ca3\","
		"\"pusher\":{\"name\":\"ada\",\"email\":\"ada@example.com\"},",
		branch, repository);
	text_add(&text,
		"\"commits\":[{\"id\":\"ec26c3e57ca3a959ca5aad62de7213c562f8c821\","
		"\"message\":\"Cache the cart\",\"author\":{\"name\":\"Ada\"}}],"
		"\"head_commit\":{\"id\":\"ec26c3e57ca3a959ca5aad62de7213c562f8c821\","
		"\"message\":\"Cache the cart\",\"author\":{\"name\":\"Ada\"}}");
	return end(&text, repository, "ada", "User");
}

char *body_of_workflow_run(const char *repository, const char *conclusion)
{
	struct text text = {0};

	text_printf(&text,
		"{\"action\":\"completed\",\"workflow\":{\"id\":1,\"name\":\"CI\"},"
		"\"workflow_run\":{\"id\":289782451,\"name\":\"CI\",\"run_number\":12,"
		"\"head_branch\":\"main\",\"head_sha\":"
		"\"ec26c3e57ca3a959ca5aad62de7213c562f8c821\",\"status\":\"completed\","
		"\"conclusion\":\"%s\",\"html_url\":\"https://github.com/%s/actions/"
		"runs/289782451\",\"pull_requests\":[],\"event\":\"push\"}",
		conclusion, repository);
	return end(&text, repository, "ada", "User");
}

/* A message's time stamp that no other event has. */
static void own_ts(char *out, size_t size, const char *event_id)
{
	unsigned long hash = 5381;

	for (const char *p = event_id; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	(void)snprintf(out, size, "17%08lu.%06lu", hash % 100000000UL,
		hash / 100000000UL % 1000000UL);
}

char *body_of_mention(const struct mention *mention)
{
	struct text text = {0};
	char ts[32];

	own_ts(ts, sizeof(ts), mention->event_id);
	text_printf(&text,
		"{\"token\":\"t\",\"team_id\":\"T0ACME\",\"api_app_id\":\"A0TOCSIN\","
		"\"type\":\"event_callback\",\"event_id\":\"%s\",\"event_time\":"
		"1795926230,\"authorizations\":[{\"team_id\":\"T0ACME\",\"user_id\":"
		"\"U0TOCSIN\",\"is_bot\":true}],\"event\":{\"type\":\"app_mention\",",
		mention->event_id);
	text_printf(&text,
		"\"text\":\"<@U0TOCSIN> %s\",\"team\":\"T0ACME\",\"channel\":\"%s\","
		"\"ts\":\"%s\",\"event_ts\":\"%s\"",
		mention->text, mention->channel, mention->ts ? mention->ts : ts,
		mention->ts ? mention->ts : ts);
	if (mention->thread)
		text_printf(&text, ",\"thread_ts\":\"%s\"", mention->thread);
	if (mention->bot)
		text_printf(&text, ",\"bot_id\":\"%s\"", mention->bot);
	else
		text_add(&text, ",\"user\":\"U0ADA\"");
	text_add(&text, "}}");
	return took(&text);
}
