// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "agent-worker/runbook.h"
#include "common/json.h"

static const char agent_text[] =
	"{\"kind\":\"runbook\",\"steps\":["
	"{\"id\":\"one\",\"tool\":\"a\",\"arguments\":{\"q\":\"{{task.text}}\",\"n\":1}"
	"},"
	"{\"tool\":\"b\",\"arguments\":{\"got\":\"{{steps.one.result}}\"}}],"
	"\"answer\":\"{{steps.one.status}} {{steps.step2.result}}\"}";

static json_t *parse(const char *text)
{
	json_t *json = NULL;
	struct fault fault = {0};

	cr_assert(json_parse(&json, text, strlen(text), &fault), "%s", fault.text);
	return json;
}

static void add(struct journal *journal, enum entry_kind kind, const char *payload)
{
	json_t *json AUTO(json_decref) = parse(payload);
	struct fault fault = {0};

	cr_assert(journal_add(journal, kind, "x", json, &fault));
}

static void next_of(struct next *next, const struct journal *journal)
{
	json_t *agent AUTO(json_decref) = parse(agent_text);
	json_t *scope AUTO(json_decref) =
		parse("{\"task\":{\"text\":\"hi\"},\"event\":{}}");
	struct fault fault = {0};

	cr_assert(runbook_next(next, journal, agent, scope, &fault));
}

Test(runbook, calls_its_steps_in_order_and_then_answers)
{
	struct journal journal AUTO(journal_done) = {0};
	struct next first AUTO(next_done) = {0};
	struct next again AUTO(next_done) = {0};
	struct next second AUTO(next_done) = {0};
	struct next last AUTO(next_done) = {0};

	next_of(&first, &journal);
	cr_expect_eq(first.kind, NEXT_CALL);
	cr_expect_str_eq(first.id, "one");
	cr_expect_str_eq(first.tool, "a");
	cr_expect_str_eq(json_string_or(first.arguments, "/q", ""), "hi");
	cr_expect_eq(json_integer_or(first.arguments, "/n", 0), 1);
	add(&journal, ENTRY_TOOL_STARTED, "{\"call\":\"one\"}");
	next_of(&again, &journal);
	cr_expect_str_eq(again.id, "one");
	add(&journal, ENTRY_TOOL_RESULT,
		"{\"call\":\"one\",\"status\":\"ok\",\"result\":\"r{{x}}\"}");
	next_of(&second, &journal);
	cr_expect_str_eq(second.id, "step2");
	cr_expect_str_eq(json_string_or(second.arguments, "/got", ""), "r{{x}}");
	add(&journal, ENTRY_TOOL_RESULT,
		"{\"call\":\"step2\",\"status\":\"error\",\"result\":\"broken\"}");
	next_of(&last, &journal);
	cr_expect_eq(last.kind, NEXT_ANSWER);
	cr_expect_str_eq(last.answer, "ok broken");
}

Test(runbook, that_cannot_be_run_says_why)
{
	static const struct {
		const char *agent, *why;
	} cases[] = {
		{"{\"steps\":[{\"id\":\"x\"}]}", "step 1 of the runbook names no tool"},
		{"{\"steps\":[{\"id\":\"x\",\"tool\":\"a\"},{\"id\":\"x\",\"tool\":"
		 "\"b\"}"
		 "]}",
			"two steps of the runbook have the id x"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *agent AUTO(json_decref) = parse(cases[i].agent);
		json_t *scope AUTO(json_decref) = json_object();
		struct journal journal = {0};
		struct next next AUTO(next_done) = {0};
		struct fault fault = {0};

		cr_expect_not(runbook_next(&next, &journal, agent, scope, &fault));
		cr_expect_eq(fault.kind, FAULT_REJECT);
		cr_expect_str_eq(fault.text, cases[i].why);
	}
}

Test(runbook, without_steps_or_template_still_answers)
{
	json_t *agent AUTO(json_decref) = json_object();
	json_t *scope AUTO(json_decref) = parse("{\"task\":{\"text\":\"hi\"}}");
	struct journal journal = {0};
	char *answer AUTO(free) = runbook_answer(&journal, agent, scope);

	cr_expect_str_eq(answer, "This runbook has no steps and no answer. Asked: hi");
}
