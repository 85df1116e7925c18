// SPDX-License-Identifier: Apache-2.0
// Story: an agent that thinks with a model, and what becomes of its answer when the
// model or a tool is slow, refuses, or goes on for ever.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/support/seen.h"
#include "tests/support/stack.h"

enum { RUN_MS = 30000 };

#define TOOL(name, method, more)                                                   \
	"\"" name                                                                  \
	"\":{\"type\":\"http\",\"enabled\":true,\"description\":\"Does it\","      \
	"\"method\":\"" method "\",\"url\":\"http://@/tools/" name "?key={key}\"," \
	"\"parameters\":{\"type\":\"object\",\"properties\":{\"key\":{\"type\":"   \
	"\"string\"}},\"required\":[\"key\"]},\"timeout_seconds\":2" more "}"

static const char helper[] =
	"{\"entrance_agent\":\"helper\",\"agents\":{\"helper\":{\"kind\":\"model\","
	"\"enabled\":true,\"timeout_seconds\":6,\"max_turns\":4,\"prompt\":{\"system\":"
	"\"You help.\"},\"model\":{\"name\":\"standin-1\",\"temperature\":0.2,"
	"\"max_tokens\":500},\"tools\":{\"look\":true,\"act\":true}}},\"tools\":{" TOOL(
		"look", "GET", "") "," TOOL("act", "POST",
		",\"idempotent\":false") "}}";

static const struct stack_options options = {.config = helper};
static struct stack stack;
static json_t *state;

/* Asks in a thread of its own; the state of the run. Fills `state`. */
static const char *ask(const char *id, const char **answer)
{
	static char run[32];
	static char *text;
	char event_id[64], ts[32];
	const json_t *post = NULL;
	static int number;

	(void)snprintf(ts, sizeof(ts), "1795926230.%06d", ++number);
	cr_assert_eq(stack_send_slack(&stack,
			     body_of_mention(&(struct mention){.event_id = id,
				     .channel = "C0SHOP1",
				     .ts = ts,
				     .text = "what of q-7?"}),
			     event_id),
		200);
	(void)snprintf(
		run, sizeof(run), "%s", stack_run_state(&stack, event_id, RUN_MS));
	json_decref(state);
	state = stack_standin(&stack);
	cr_expect_eq(seen_messages(state, "C0SHOP1", ts, &post), 1, "%s", id);
	free(text);
	text = post ? seen_text(post) : strdup("");
	*answer = text;
	return run;
}

static void finish(void)
{
	json_decref(state);
	stack_stop(&stack);
}

Test(model, tools_are_called_also_two_at_once_and_their_results_are_used,
	.timeout = 100)
{
	const char *answer;
	json_t *last;
	size_t calls;

	stack_start(&stack, &options);
	cr_expect_str_eq(ask("Ev0TOOLS", &answer), "completed");
	cr_expect(strstr(answer, "I looked."), "%s", answer);
	cr_expect_eq(seen_calls(state, "look", "checkout"), 1);
	cr_expect_eq(seen_calls(state, "act", "checkout"), 1);
	seen_no_refusal(state);
	calls = seen_count(state, "model_calls");
	cr_assert_eq(calls, 2);
	last = json_array_get(json_object_get(state, "model_calls"), calls - 1);
	cr_expect_str_eq(json_string_or(last, "/model", ""), "standin-1");
	cr_expect_str_eq(json_string_or(last, "/messages/0/role", ""), "system");
	cr_expect(strstr(json_string_or(last, "/messages/0/content", ""), "You help."));
	cr_expect_eq(json_array_size(json_object_get(last, "tools")), 2);
	cr_expect_eq(number_of(stack.database,
			     "SELECT tool_calls * 10 + turns FROM config.run"),
		22);
	finish();
}

Test(model, a_model_that_says_429_or_500_is_asked_again, .timeout = 100)
{
	const char *answer;

	stack_start(&stack, &options);
	stack_order(&stack, "fail",
		"{\"path\":\"/model\",\"status\":429,\"retry_after\":1}");
	stack_order(&stack, "fail", "{\"path\":\"/model\",\"status\":500}");
	cr_expect_str_eq(ask("Ev0AGAIN", &answer), "completed");
	cr_expect(strstr(answer, "I looked."), "%s", answer);
	cr_expect_eq(seen_count(state, "model_calls"), 2);
	cr_expect_eq(seen_calls(state, "act", NULL), 1);
	finish();
}

Test(model, slack_and_github_that_say_429_are_asked_again, .timeout = 100)
{
	const char *answer;

	stack_start(&stack, &options);
	stack_order(&stack, "fail",
		"{\"path\":\"/slack/api/chat.\",\"status\":429,\"retry_after\":1,"
		"\"count\":2}");
	cr_expect_str_eq(ask("Ev0SLOWLY", &answer), "completed");
	cr_expect(strstr(answer, "I looked."), "%s", answer);
	finish();
}

Test(model, at_the_limit_of_turns_what_there_is_is_delivered, .timeout = 100)
{
	const char *answer;

	stack_start(&stack, &options);
	stack_order(&stack, "model",
		"{\"turns\":[{\"content\":\"still looking\",\"calls\":[{\"name\":"
		"\"look\",\"arguments\":{\"key\":\"$ask\"}}]}]}");
	(void)ask("Ev0FOREVER", &answer);
	cr_expect_leq(seen_count(state, "model_calls"), 4 + 1);
	cr_expect(strstr(answer, "limit") || strstr(answer, "turns"), "%s", answer);
	seen_no_refusal(state);
	finish();
}

Test(model, at_the_limit_of_time_it_says_so_and_stops, .timeout = 100)
{
	const char *answer;
	int64_t start = clock_mono_ms();

	stack_start(&stack, &options);
	stack_order(&stack, "model",
		"{\"turns\":[{\"calls\":[{\"name\":\"look\",\"arguments\":{\"key\":"
		"\"$ask\"}}]},{\"delay_ms\":20000,\"content\":\"too late\"}]}");
	start = clock_mono_ms();
	cr_expect_str_eq(ask("Ev0SLOW", &answer), "timeout");
	cr_expect_lt(clock_mono_ms() - start, 15000);
	cr_expect_not(strstr(answer, "too late"), "%s", answer);
	cr_expect(strstr(answer, "time"), "%s", answer);
	finish();
}

Test(model, a_request_that_is_refused_fails_the_run_and_says_so_without_the_key,
	.timeout = 100)
{
	static const char *const settings[] = {
		"TOCSIN_MODEL_API_KEY=sk-wrong-key", NULL};
	const char *answer;

	stack_start(&stack,
		&(struct stack_options){.config = helper, .settings = settings});
	cr_expect_str_eq(ask("Ev0KEY", &answer), "failed");
	cr_expect_neq(*answer, '\0');
	cr_expect_not(strstr(answer, "sk-wrong-key"), "%s", answer);
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.run WHERE error <> ''"),
		1);
	finish();
}

Test(model, a_tool_that_fails_or_is_unknown_is_told_to_the_model, .timeout = 100)
{
	const char *answer;
	const json_t *last;

	stack_start(&stack, &options);
	stack_order(&stack, "fail",
		"{\"path\":\"/tools/look\",\"status\":500,\"count\":9}");
	stack_order(&stack, "model",
		"{\"turns\":[{\"calls\":[{\"name\":\"look\",\"arguments\":{\"key\":"
		"\"$ask\"}},{\"name\":\"nothing\",\"arguments\":{}},{\"name\":\"look\","
		"\"arguments\":{}}]},{\"content\":\"could not look\"}]}");
	cr_expect_str_eq(ask("Ev0TOOLFAILS", &answer), "completed");
	cr_expect(strstr(answer, "could not look"), "%s", answer);
	cr_assert_eq(seen_count(state, "model_calls"), 2);
	last = json_array_get(json_object_get(state, "model_calls"), 1);
	cr_expect(strstr(json_string_or(last, "/messages/3/content", ""), "500"), "%s",
		json_string_or(last, "/messages/3/content", ""));
	cr_expect(strstr(json_string_or(last, "/messages/4/content", ""), "nothing"),
		"%s", json_string_or(last, "/messages/4/content", ""));
	finish();
}

Test(model, a_tool_cannot_reach_addresses_that_are_not_allowed, .timeout = 100)
{
	static const char *const settings[] = {"TOCSIN_EGRESS_ALLOW=10.9.8.7", NULL};
	const char *answer;

	stack_start(&stack,
		&(struct stack_options){.config = helper, .settings = settings});
	(void)ask("Ev0GUARD", &answer);
	cr_expect_eq(seen_count(state, "tool_calls"), 0);
	finish();
}
