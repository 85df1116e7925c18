// SPDX-License-Identifier: Apache-2.0
// Story: what must not start a run does not, and the trail says why.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "tests/support/seen.h"
#include "tests/support/stack.h"

enum { RECORD_MS = 15000, STAMP_SIZE = 24, SIGNATURE_SIZE = 96 };

static const char delivery_id[] = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
static const char body[] = "{\"type\":\"event_callback\",\"event_id\":\"Ev0\"}";

static const struct stack_options doors = {.doors_only = true,
	.settings = (const char *const[]){"TOCSIN_INGRESS_MAX_BODY=1000000", NULL}};
static struct stack stack;

static long refused(void)
{
	return number_of(stack.database,
		"SELECT count(*) FROM audit.record WHERE action = 'event.refused'");
}

static bool is_settled(void)
{
	return stack_stream_is_done(&stack, "AUDIT") &&
		stack_stream_is_done(&stack, "EVENTS") &&
		stack_stream_is_done(&stack, "TASKS");
}

static int send_once(struct exchange *exchange)
{
	int status;

	(void)exchange_run(exchange, stack.addresses[INGRESS], RECORD_MS);
	status = exchange->status;
	if (status == 401) {
		cr_expect_not(strstr(exchange->body, GITHUB_SECRET));
		cr_expect_not(strstr(exchange->body, SLACK_SECRET));
	}
	exchange_done(exchange);
	return status;
}

/* Sends a request that must be refused: 401, and one record more. */
static void check_refused(struct exchange *exchange, const char *what)
{
	static long before;

	if (before == 0)
		before = refused();
	cr_expect_eq(send_once(exchange), 401, "%s", what);
	cr_expect(WAIT_UNTIL(refused() == before + 1, RECORD_MS),
		"%s: %ld records, expected %ld", what, refused(), before + 1);
	before = refused();
}

static void refuse_github(void)
{
	char good[SIGNATURE_SIZE], upper[SIGNATURE_SIZE], cut[SIGNATURE_SIZE],
		longer[SIGNATURE_SIZE], sha1[SIGNATURE_SIZE], other[SIGNATURE_SIZE];
	const struct {
		const char *what, *signature;
	} cases[] = {
		{"GitHub: missing", ""},
		{"GitHub: of another secret", other},
		{"GitHub: upper case", upper},
		{"GitHub: cut", cut},
		{"GitHub: longer", longer},
		{"GitHub: no scheme", good + strlen("sha256=")},
		{"GitHub: SHA-1", sha1},
		{"GitHub: only a scheme", "sha256="},
		{"GitHub: not hex", "sha256=zz"},
	};

	(void)github_sign(good, GITHUB_SECRET, body);
	(void)github_sign(other, "another secret", body);
	(void)snprintf(upper, sizeof(upper), "%s", good);
	for (char *p = upper + strlen("sha256="); *p; p++)
		*p = *p >= 'a' ? (char)(*p - 32) : *p;
	(void)snprintf(cut, sizeof(cut), "%.*s", (int)strlen(good) - 1, good);
	(void)snprintf(longer, sizeof(longer), "%s0", good);
	(void)snprintf(sha1, sizeof(sha1), "sha1=%.40s", good + strlen("sha256="));
	for (size_t i = 0; i < countof(cases); i++) {
		struct exchange exchange = {0};

		github_write(&exchange,
			&(struct github_delivery){.event = "push",
				.id = delivery_id,
				.body = body,
				.signature = cases[i].signature});
		check_refused(&exchange, cases[i].what);
	}
}

static void stamp(char *out, long offset)
{
	(void)snprintf(out, STAMP_SIZE, "%ld", (long)time(NULL) + offset);
}

static void refuse_slack(void)
{
	char now[STAMP_SIZE], stale[STAMP_SIZE], early[STAMP_SIZE], spaced[STAMP_SIZE],
		plus[STAMP_SIZE], milli[STAMP_SIZE], signature[SIGNATURE_SIZE];
	const struct {
		const char *what, *timestamp, *signature;
	} cases[] = {
		{"Slack: missing signature", now, ""},
		{"Slack: missing time", "", signature},
		{"Slack: of another time", stale, signature},
		{"Slack: stale", stale, NULL},
		{"Slack: from the future", early, NULL},
		{"Slack: time with a sign", plus, NULL},
		{"Slack: time in milliseconds", milli, NULL},
		{"Slack: time that is no number", "yesterday", NULL},
		{"Slack: time with a fraction", spaced, NULL},
		{"Slack: time too long", "00000000000000000000001795926230", NULL},
	};

	stamp(now, 0);
	stamp(stale, -302);
	stamp(early, 330);
	(void)snprintf(plus, sizeof(plus), "+%.20s", now);
	(void)snprintf(milli, sizeof(milli), "%.12s000", now);
	(void)snprintf(spaced, sizeof(spaced), "%.12s.0", now);
	(void)slack_sign(signature, SLACK_SECRET, now, body);
	for (size_t i = 0; i < countof(cases); i++) {
		struct exchange exchange = {0};

		slack_write(&exchange,
			&(struct slack_delivery){.body = body,
				.signature = cases[i].signature,
				.timestamp = cases[i].timestamp});
		check_refused(&exchange, cases[i].what);
	}
}

Test(refusals, a_bad_signature_is_401_one_record_and_no_event, .timeout = 100)
{
	long events;

	stack_start(&stack, &doors);
	events = stack_stream_count(&stack, "EVENTS");
	refuse_github();
	refuse_slack();
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), events);
	stack_stop(&stack);
}

Test(refusals, a_signature_of_either_secret_and_in_any_header_case_is_good,
	.timeout = 100)
{
	struct exchange exchange = {0};
	char *push = body_of_push("nobody/knows", "main");

	stack_start(&stack, &doors);
	github_write(&exchange,
		&(struct github_delivery){.event = "push",
			.id = delivery_id,
			.body = push,
			.secret = GITHUB_NEXT_SECRET});
	cr_expect_eq(send_once(&exchange), 200);
	free(push);
	stack_stop(&stack);
}

/* What is stored, but leads to no run: with the action that says so. */
static void check_no_run(const char *event_id, const char *action, const char *what)
{
	cr_expect(stack_wait_action(&stack, event_id, action, RECORD_MS), "%s: %s",
		what, stack_trail(&stack, event_id));
	cr_expect(WAIT_UNTIL(is_settled(), RECORD_MS), "%s", what);
	cr_expect_eq(
		number_of(stack.database,
			"SELECT count(*) FROM audit.record WHERE event_id = '%s' "
			"AND action = '%s' AND (reason <> '' OR detail IS NOT NULL)",
			event_id, action),
		1, "%s", what);
	cr_expect_eq(stack_runs(&stack, event_id), 0, "%s", what);
}

static char *comment_of(const char *login, const char *type, const char *text)
{
	return body_of_comment(&(struct comment){.repository = "acme/shop",
		.number = 7,
		.login = login,
		.type = type,
		.text = text});
}

Test(refusals, own_posts_and_what_nobody_wants_start_no_run, .timeout = 100)
{
	struct {
		const char *what, *event, *action;
		char *body;
	} cases[] = {
		{"a bot's comment", "issue_comment", "event.ignored",
			comment_of("tocsin[bot]", "Bot", "done")},
		{"a comment with our marker", "issue_comment", "event.ignored",
			comment_of("ada", "User",
				"done\\n\\n<!-- tocsin:run_id="
				"0192d3a0-0000-7000-8000-000000000000 -->")},
		{"a build that passed", "check_run", "event.ignored",
			body_of_check_run("acme/shop", "success", 7)},
		{"an event of no interest", "star", "event.ignored",
			body_of_issue("acme/shop", "created", 7)},
		{"a repository of nobody", "issues", "event.unrouted",
			body_of_issue("nobody/knows", "opened", 7)},
	};
	json_t *state AUTO(json_decref) = NULL;

	stack_start(&stack, NULL);
	for (size_t i = 0; i < countof(cases); i++) {
		char id[64], event_id[64];

		(void)snprintf(id, sizeof(id), "%.34s%02zu", delivery_id, i);
		cr_expect_eq(stack_send_github(&stack, cases[i].event, id,
				     cases[i].body, event_id),
			200, "%s", cases[i].what);
		check_no_run(event_id, cases[i].action, cases[i].what);
	}
	state = stack_standin(&stack);
	cr_expect_eq(seen_count(state, "comments") + seen_count(state, "messages"), 0);
	stack_stop(&stack);
}

Test(refusals, own_mentions_and_unknown_channels_start_no_run, .timeout = 100)
{
	static const struct {
		const char *what, *action;
		struct mention mention;
	} cases[] = {
		{"a bot's mention", "event.ignored",
			{"Ev0BOT", "C0SHOP1", NULL, NULL, "hello", "B0TOCSIN"}},
		{"a channel of nobody", "event.unrouted",
			{"Ev0NOBODY", "C0NOBODY", NULL, NULL, "hello", NULL}},
		{"a channel in another case", "event.unrouted",
			{"Ev0CASE", "c0shop1", NULL, NULL, "hello", NULL}},
	};

	stack_start(&stack, NULL);
	for (size_t i = 0; i < countof(cases); i++) {
		char event_id[64];

		cr_expect_eq(stack_send_slack(&stack,
				     body_of_mention(&cases[i].mention), event_id),
			200, "%s", cases[i].what);
		check_no_run(event_id, cases[i].action, cases[i].what);
	}
	stack_stop(&stack);
}

static int send_raw(const char *line, const char *headers, const char *text)
{
	struct exchange exchange = {0};

	request_write(&exchange.request, line, headers, text, strlen(text));
	return send_once(&exchange);
}

static int send_signed(const char *text)
{
	struct exchange exchange = {0};

	github_write(&exchange,
		&(struct github_delivery){
			.event = "push", .id = delivery_id, .body = text});
	return send_once(&exchange);
}

Test(refusals, what_is_no_delivery_is_answered_as_http_says, .timeout = 100)
{
	char *huge = calloc(1, (2 << 20) + 1);
	long events;

	cr_assert(huge);
	memset(huge, ' ', 2 << 20);
	stack_start(&stack, &doors);
	events = stack_stream_count(&stack, "EVENTS");
	cr_expect_eq(send_signed("{\"ref\":"), 400);
	cr_expect_eq(send_signed(""), 400);
	cr_expect_eq(send_signed("\"\xff\xfe\""), 400);
	cr_expect_eq(send_signed(huge), 413);
	cr_expect_eq(send_raw("GET /webhooks/github", "", ""), 405);
	cr_expect_eq(send_raw("POST /webhooks/gitlab", "", "{}"), 404);
	cr_expect_eq(send_raw("POST /webhooks/github/../github", "", "{}"), 404);
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), events);
	free(huge);
	stack_stop(&stack);
}

Test(refusals, handshakes_are_answered_and_are_no_events, .timeout = 100)
{
	static const char challenge[] = "{\"token\":\"t\",\"challenge\":\"3eZbrw1aB\","
					"\"type\":\"url_verification\"}";
	struct exchange exchange AUTO(exchange_done) = {0};
	long events;

	stack_start(&stack, &doors);
	events = stack_stream_count(&stack, "EVENTS");
	slack_write(&exchange, &(struct slack_delivery){.body = challenge});
	(void)exchange_run(&exchange, stack.addresses[INGRESS], RECORD_MS);
	cr_expect_eq(exchange.status, 200);
	cr_expect(strstr(exchange.body, "3eZbrw1aB"), "%s", exchange.body);
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), events);
	exchange_done(&exchange);

	slack_write(&exchange,
		&(struct slack_delivery){
			.body = challenge, .secret = "not the secret"});
	(void)exchange_run(&exchange, stack.addresses[INGRESS], RECORD_MS);
	cr_expect_eq(exchange.status, 401);
	cr_expect_not(strstr(exchange.body, "3eZbrw1aB"));
	stack_stop(&stack);
}
