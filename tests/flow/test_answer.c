// SPDX-License-Identifier: Apache-2.0
// Story: somebody asks, and one answer stands where it was asked, with a trail that
// tells how it came there.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/seen.h"
#include "tests/support/stack.h"

enum { RUN_MS = 20000, BIG = 70000 };

#define TRAIL "event.received event.routed run.claimed run.posted run.completed"
#define ASKED_TS "1795926230.009600"
#define THREAD_TS "1795926111.000200"

static struct stack stack;

static char *comment(bool on_pull_request, long number, const char *text)
{
	return body_of_comment(&(struct comment){.repository = "acme/shop",
		.number = number,
		.login = "ada",
		.text = text,
		.on_pull_request = on_pull_request});
}

/* The answer to `event_id`: its run, and its whole trail in order. */
static void check_run(const char *event_id, const char *what)
{
	cr_expect_str_eq(
		stack_run_state(&stack, event_id, RUN_MS), "completed", "%s", what);
	cr_expect_eq(stack_runs(&stack, event_id), 1, "%s", what);
	cr_expect(stack_trail_becomes(&stack, event_id, TRAIL, RUN_MS), "%s: %s", what,
		stack_trail(&stack, event_id));
}

/* `place` > 0: one comment at that number; else one message in that channel's thread.
 */
struct place {
	long number;
	const char *thread;
};

static void check_post(const struct place *place, const char *part, const char *what)
{
	json_t *state AUTO(json_decref) = stack_standin(&stack);
	const json_t *post = NULL;
	size_t count = place->number > 0
		? seen_comments(state, "acme/shop", place->number, &post)
		: seen_messages(state, "C0SHOP1", place->thread, &post);
	char *text AUTO(free) = NULL;

	cr_expect_eq(count, 1, "%s: %zu posts", what, count);
	seen_no_refusal(state);
	if (!post)
		return;
	text = seen_text(post);
	cr_expect(strstr(text, part), "%s: '%s' is not in: %s", what, part, text);
	cr_expect(strstr(text, "look says ok"), "%s: %s", what, text);
}

Test(answer, each_github_event_is_answered_once_where_it_happened, .timeout = 120)
{
	struct {
		const char *event;
		char *body;
		struct place place;
		const char *part;
	} cases[] = {
		{"issue_comment", comment(false, 7, "why is checkout slow?"), {7, NULL},
			"why is checkout slow?"},
		{"issue_comment", comment(true, 11, "is this safe?"), {11, NULL},
			"is this safe?"},
		{"pull_request", body_of_pull_request("acme/shop", "opened", 8),
			{8, NULL}, "Cache the cart"},
		{"issues", body_of_issue("acme/shop", "opened", 9), {9, NULL},
			"Checkout is slow"},
		{"check_run", body_of_check_run("acme/shop", "failure", 10), {10, NULL},
			"unit tests"},
		{"push", body_of_push("acme/shop", "main"), {0, NULL},
			"Cache the cart"},
	};

	stack_start(&stack, NULL);
	for (size_t i = 0; i < countof(cases); i++) {
		char id[64], event_id[64];

		(void)snprintf(
			id, sizeof(id), "72d3162e-cc78-11e3-81ab-4c9367dc09%02zu", i);
		cr_assert_eq(stack_send_github(&stack, cases[i].event, id,
				     cases[i].body, event_id),
			200);
		check_run(event_id, cases[i].event);
		check_post(&cases[i].place, cases[i].part, cases[i].event);
	}
	stack_stop(&stack);
}

Test(answer, each_mention_is_answered_once_in_its_thread, .timeout = 120)
{
	static const struct {
		const char *id, *ts, *thread, *expected;
	} cases[] = {
		{"Ev0TOP", ASKED_TS, NULL, ASKED_TS},
		{"Ev0INTHREAD", "1795926290.009600", THREAD_TS, THREAD_TS},
	};

	stack_start(&stack, NULL);
	for (size_t i = 0; i < countof(cases); i++) {
		char event_id[64];
		char *body = body_of_mention(&(struct mention){.event_id = cases[i].id,
			.channel = "C0SHOP1",
			.ts = cases[i].ts,
			.thread = cases[i].thread,
			.text = "is checkout up?"});

		cr_assert_eq(stack_send_slack(&stack, body, event_id), 200);
		check_run(event_id, cases[i].id);
		check_post(&(struct place){0, cases[i].expected}, "is checkout up?",
			cases[i].id);
	}
	stack_stop(&stack);
}

/* An agent that says `BIG` characters: lines, a heading, a list, a code block, a table.
 */
static char *big_config(void)
{
	struct text config = {0};
	char *taken;

	text_add(&config,
		"{\"entrance_agent\":\"big\",\"agents\":{\"big\":{\"kind\":\"runbook\","
		"\"enabled\":true,\"steps\":[],\"answer\":\"# A heading\\n\\n| a | b "
		"|\\n|---|---|\\n| 1 | 2 |\\n\\n");
	while (config.len < BIG)
		text_add(&config,
			"A line with *stars*, `code` and \\u00fcml\\u00e4uts "
			"\\ud83d\\ude00."
			"\\n\\n- an item\\n- another\\n\\n```\\nx = 1\\n```\\n\\n");
	text_add(&config, "\"}}}");
	taken = text_take(&config);
	cr_assert(taken);
	return taken;
}

Test(answer, a_very_long_answer_fits_the_limits_of_slack_and_github, .timeout = 120)
{
	char *config AUTO(free) = big_config();
	char github[64], slack[64];
	json_t *state AUTO(json_decref) = NULL;

	stack_start(&stack, &(struct stack_options){.config = config});
	cr_assert_eq(stack_send_github(&stack, "issue_comment",
			     "72d3162e-cc78-11e3-81ab-4c9367dc0958",
			     comment(false, 7, "say all"), github),
		200);
	cr_assert_eq(stack_send_slack(&stack,
			     body_of_mention(&(struct mention){.event_id = "Ev0BIG",
				     .channel = "C0SHOP1",
				     .ts = ASKED_TS,
				     .text = "say all"}),
			     slack),
		200);
	check_run(github, "github");
	check_run(slack, "slack");
	state = stack_standin(&stack);
	cr_expect_eq(seen_comments(state, "acme/shop", 7, NULL), 1);
	cr_expect_geq(seen_messages(state, "C0SHOP1", ASKED_TS, NULL), 1);
	seen_no_refusal(state);
	stack_stop(&stack);
}

Test(answer, what_people_write_cannot_call_a_whole_channel, .timeout = 120)
{
	static const char *const calls[] = {"<!channel>", "<!here>", "<!everyone>",
		"<!subteam^S0ALL>", "<https://evil.example|good>"};
	char event_id[64];
	char *text AUTO(free) = NULL;
	json_t *state AUTO(json_decref) = NULL;
	const json_t *post = NULL;

	stack_start(&stack, NULL);
	cr_assert_eq(
		stack_send_slack(&stack,
			body_of_mention(&(struct mention){.event_id = "Ev0CALL",
				.channel = "C0SHOP1",
				.ts = ASKED_TS,
				.text = "<!channel> <!here> <!everyone> "
					"<!subteam^S0ALL> "
					"<https://evil.example|good> & &lt;x&gt;"}),
			event_id),
		200);
	check_run(event_id, "mention");
	state = stack_standin(&stack);
	cr_assert_eq(seen_messages(state, "C0SHOP1", ASKED_TS, &post), 1);
	text = seen_text(post);
	for (size_t i = 0; i < countof(calls); i++)
		cr_expect_not(strstr(text, calls[i]), "%s is in: %s", calls[i], text);
	stack_stop(&stack);
}
