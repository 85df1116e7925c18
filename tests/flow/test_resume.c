// SPDX-License-Identifier: Apache-2.0
// Story: a worker dies, or loses the answer, right between an effect and the record of
// it. The next one goes on, and nothing is done or said twice.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/support/seen.h"
#include "tests/support/stack.h"

enum { EFFECT_MS = 15000, RUN_MS = 40000, STALL_MS = 5000 };

#define TOOL(name, method, more)                                                   \
	"\"" name                                                                  \
	"\":{\"type\":\"http\",\"enabled\":true,\"description\":\"Does it\","      \
	"\"method\":\"" method "\",\"url\":\"http://@/tools/" name "?key={key}\"," \
	"\"parameters\":{\"type\":\"object\",\"properties\":{\"key\":{\"type\":"   \
	"\"string\"}},\"required\":[\"key\"]},\"timeout_seconds\":10" more "}"

static const char helper[] =
	"{\"entrance_agent\":\"helper\",\"agents\":{\"helper\":{\"kind\":\"model\","
	"\"enabled\":true,\"timeout_seconds\":60,\"max_turns\":10,\"prompt\":{"
	"\"system\":\"You help.\"},\"model\":{\"name\":\"standin-1\"},\"tools\":{"
	"\"look\":true,\"act\":true}}},\"tools\":{" TOOL("look", "GET", "") "," TOOL(
		"act", "POST", ",\"idempotent\":false") "}}";

static const char script[] =
	"{\"turns\":[{\"content\":\"looking\",\"calls\":[{\"name\":\"look\","
	"\"arguments\":{\"key\":\"$ask\"}}]},{\"calls\":[{\"name\":\"act\","
	"\"arguments\":{\"key\":\"$ask\"}}]},{\"content\":\"done ($ask)\"}]}";

/* Where the worker is hit: the call's effect is there, its answer is not yet. */
static const struct moment {
	const char *what, *path, *method;
	bool github;      /* asked there, or in Slack */
	const char *list; /* of the stand-in's state: grows with the effect */
	size_t looks;     /* most calls of the safe tool */
} moments[] = {
	{"first post to Slack", "/slack/api/chat.postMessage", "POST", false,
		"messages", 1},
	{"first post to GitHub", "/github/repos", "POST", true, "comments", 1},
	{"the model's first turn", "/model", "POST", false, "model_calls", 1},
	{"the safe tool", "/tools/look", "GET", false, "tool_calls", 2},
	{"the unsafe tool", "/tools/act", "POST", false, "tool_calls", 1},
};

static struct stack stack;

static size_t effects(const struct moment *moment)
{
	json_t *state AUTO(json_decref) = stack_standin(&stack);
	json_t *call;
	size_t i, count = 0;

	if (strcmp(moment->list, "tool_calls") != 0)
		return seen_count(state, moment->list);
	json_array_foreach(json_object_get(state, "tool_calls"), i, call) count +=
		strcmp(json_string_or(call, "/path", ""), moment->path) == 0;
	return count;
}

static void order_failure(const struct moment *moment, const char *more)
{
	char order[256];

	(void)snprintf(order, sizeof(order), "{\"path\":\"%s\",\"method\":\"%s\",%s}",
		moment->path, moment->method, more);
	stack_order(&stack, "reset", "{}");
	stack_order(&stack, "model", script);
	stack_order(&stack, "fail", order);
}

static void ask(const struct moment *moment, char *event_id)
{
	static int number;
	char id[64];

	(void)snprintf(id, sizeof(id), "Ev0MOMENT%d", ++number);
	if (moment->github)
		cr_assert_eq(stack_send_github(&stack, "issue_comment", id,
				     body_of_comment(&(struct comment){
					     .repository = "acme/shop",
					     .number = 7,
					     .login = "ada",
					     .text = "what of q-7?"}),
				     event_id),
			200);
	else
		cr_assert_eq(stack_send_slack(&stack,
				     body_of_mention(&(struct mention){.event_id = id,
					     .channel = "C0SHOP1",
					     .text = "what of q-7?"}),
				     event_id),
			200);
}

static void check_once(const struct moment *moment, const char *event_id)
{
	json_t *state AUTO(json_decref) = NULL;
	const json_t *post = NULL;
	char *text AUTO(free) = NULL;

	cr_expect_str_eq(stack_run_state(&stack, event_id, RUN_MS), "completed", "%s",
		moment->what);
	state = stack_standin(&stack);
	cr_expect_eq(moment->github ? seen_comments(state, "acme/shop", 7, &post)
				    : seen_messages(state, "C0SHOP1", NULL, &post),
		1, "%s: posts", moment->what);
	cr_expect_eq(seen_count(state, "messages") + seen_count(state, "comments"), 1,
		"%s", moment->what);
	text = post ? seen_text(post) : strdup("");
	cr_expect(strstr(text, "done (q-7)"), "%s: %s", moment->what, text);
	cr_expect_eq(seen_calls(state, "act", "q-7"), 1, "%s: acted", moment->what);
	cr_expect_leq(
		seen_calls(state, "look", "q-7"), moment->looks, "%s", moment->what);
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM audit.record WHERE event_id = '%s' "
			     "AND action = 'run.completed'",
			     event_id),
		1, "%s", moment->what);
	seen_no_refusal(state);
}

Test(resume, a_worker_killed_between_an_effect_and_its_record_repeats_nothing,
	.timeout = 200)
{
	stack_start(&stack, &(struct stack_options){.config = helper});
	for (size_t i = 0; i < countof(moments); i++) {
		char event_id[64];

		order_failure(&moments[i], "\"linger_ms\":3000");
		ask(&moments[i], event_id);
		cr_expect(WAIT_UNTIL(effects(&moments[i]) > 0, EFFECT_MS), "%s",
			moments[i].what);
		process_kill(&stack.daemons[AGENT_WORKER]);
		stack_daemon_start(&stack, AGENT_WORKER);
		check_once(&moments[i], event_id);
	}
	stack_stop(&stack);
}

Test(resume, an_answer_that_is_lost_on_the_way_repeats_nothing, .timeout = 200)
{
	stack_start(&stack, &(struct stack_options){.config = helper});
	for (size_t i = 0; i < countof(moments); i++) {
		char event_id[64];

		order_failure(&moments[i], "\"hang_up\":true");
		ask(&moments[i], event_id);
		check_once(&moments[i], event_id);
	}
	stack_stop(&stack);
}

Test(resume, a_worker_that_stalls_past_its_lease_says_nothing_more, .timeout = 150)
{
	const struct moment moment = {
		"stall", "/model", "POST", false, "model_calls", 2};
	char event_id[64];

	stack_start(&stack, &(struct stack_options){.config = helper});
	order_failure(&moment, "\"linger_ms\":1000");
	ask(&moment, event_id);
	cr_assert(WAIT_UNTIL(effects(&moment) > 0, EFFECT_MS));
	process_signal(&stack.daemons[AGENT_WORKER], SIGSTOP);
	stack_daemon_start(&stack, AGENT_WORKER_2);
	check_once(&moment, event_id);
	process_signal(&stack.daemons[AGENT_WORKER], SIGCONT);
	clock_sleep_ms(STALL_MS);
	check_once(&moment, event_id);
	cr_expect_eq(
		number_of(stack.database,
			"SELECT count(*) FROM (SELECT run_id, number FROM "
			"audit.step GROUP BY 1, 2 HAVING count(*) > 1) AS doubles"),
		0);
	stack_stop(&stack);
}
