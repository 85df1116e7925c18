// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "agent-worker/conversation.h"
#include "common/json.h"

/* A log as one is written: two calls at once, then one, then the answer. Ids repeat
 * from turn to turn, as some servers' do. */
static const struct {
	enum entry_kind kind;
	const char *payload;
} log_of_a_run[] = {
	{ENTRY_STARTED, "{\"attempt\":1}"},
	{ENTRY_MODEL,
		"{\"message\":{\"role\":\"assistant\",\"content\":\"let me see\","
		"\"tool_calls\":[{\"id\":\"c0\",\"type\":\"function\",\"function\":{"
		"\"name\":\"a\",\"arguments\":\"{\\\"x\\\":1}\"}},{\"id\":\"c1\","
		"\"type\":\"function\",\"function\":{\"name\":\"b\",\"arguments\":"
		"\"{}\"}}]},\"usage\":{\"input_tokens\":10,\"output_tokens\":2}}"},
	{ENTRY_TOOL_STARTED, "{\"call\":\"c0\"}"},
	{ENTRY_TOOL_RESULT, "{\"call\":\"c0\",\"status\":\"ok\",\"result\":\"ra\"}"},
	{ENTRY_TOOL_STARTED, "{\"call\":\"c1\"}"},
	{ENTRY_STARTED, "{\"attempt\":2}"},
	{ENTRY_POSTED, "{\"destination\":0,\"reference\":{}}"},
	{ENTRY_TOOL_RESULT, "{\"call\":\"c1\",\"status\":\"error\",\"result\":\"rb\"}"},
	{ENTRY_MODEL,
		"{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":["
		"{"
		"\"id\":\"c0\",\"type\":\"function\",\"function\":{\"name\":\"a\","
		"\"arguments\":\"nonsense\"}}]},\"usage\":{\"input_tokens\":20,"
		"\"output_tokens\":3}}"},
	{ENTRY_TOOL_RESULT, "{\"call\":\"c0\",\"status\":\"error\",\"result\":\"no\"}"},
	{ENTRY_MODEL,
		"{\"message\":{\"role\":\"assistant\",\"content\":\"done\"},"
		"\"usage\":{},\"finish\":\"stop\"}"},
};

static struct journal journal_of(size_t count)
{
	struct journal journal = {0};
	struct fault fault = {0};

	for (size_t i = 0; i < count; i++) {
		json_t *payload AUTO(json_decref) = NULL;

		cr_assert(json_parse_object(&payload, log_of_a_run[i].payload, &fault));
		cr_assert(journal_add(
			&journal, log_of_a_run[i].kind, "x", payload, &fault));
	}
	return journal;
}

/* What chat APIs refuse: a call without its result, a result without its call. */
static void expect_consistent(const json_t *messages)
{
	size_t open = 0;
	const json_t *calls = NULL;

	for (size_t i = 0; i < json_array_size(messages); i++) {
		const json_t *message = json_array_get(messages, i);
		const char *role = json_string_or(message, "/role", "");

		if (strcmp(role, "tool") == 0) {
			size_t at = json_array_size(calls) - open;

			cr_assert(open > 0, "a result without a call");
			cr_expect_str_eq(json_string_or(message, "/tool_call_id", ""),
				json_string_or(json_array_get(calls, at), "/id", "?"));
			open--;
			continue;
		}
		cr_expect_eq(open, 0, "a call without a result");
		calls = json_object_get(message, "tool_calls");
		open = json_array_size(calls);
	}
	cr_expect_eq(open, 0, "a call without a result at the end");
}

Test(conversation, is_consistent_from_any_prefix_of_a_log)
{
	for (size_t n = 0; n <= countof(log_of_a_run); n++) {
		struct journal journal AUTO(journal_done) = journal_of(n);
		struct next next AUTO(next_done) = {0};
		json_t *scope AUTO(json_decref) =
			json_pack("{s:{s:s}, s:{}}", "task", "text", "hello", "event");
		json_t *messages AUTO(json_decref) =
			conversation_messages(&journal, NULL, scope);
		struct fault fault = {0};

		cr_assert(conversation_next(&next, &journal, &fault));
		if (next.kind == NEXT_MODEL)
			expect_consistent(messages);
		cr_expect_str_eq(json_string_or(messages, "/0/role", ""), "system");
		cr_expect_str_eq(json_string_or(messages, "/1/role", ""), "user");
	}
}

Test(conversation, goes_on_where_the_log_ends)
{
	static const struct {
		size_t count;
		enum next_kind kind;
		const char *id, *tool;
		size_t started; /* ordinal of the call's tool_started, 0: none */
	} cases[] = {
		{0, NEXT_MODEL, NULL, NULL, 0},
		{1, NEXT_MODEL, NULL, NULL, 0},
		{2, NEXT_CALL, "c0", "a", 0},
		{3, NEXT_CALL, "c0", "a", 1},
		{4, NEXT_CALL, "c1", "b", 0},
		{5, NEXT_CALL, "c1", "b", 2},
		{7, NEXT_CALL, "c1", "b", 2},
		{8, NEXT_MODEL, NULL, NULL, 0},
		{9, NEXT_CALL, "c0", "a", 0},
		{10, NEXT_MODEL, NULL, NULL, 0},
		{11, NEXT_ANSWER, NULL, NULL, 0},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct journal journal AUTO(journal_done) = journal_of(cases[i].count);
		struct next next AUTO(next_done) = {0};
		struct fault fault = {0};
		size_t started = 0;

		cr_assert(conversation_next(&next, &journal, &fault));
		cr_expect_eq(next.kind, cases[i].kind, "case %zu", i);
		if (next.kind != NEXT_CALL)
			continue;
		(void)journal_result(&journal, next.from, next.id, &started);
		cr_expect_str_eq(next.id, cases[i].id, "case %zu", i);
		cr_expect_str_eq(next.tool, cases[i].tool, "case %zu", i);
		cr_expect_eq(started, cases[i].started, "case %zu", i);
		cr_expect_eq(next.problem != NULL, cases[i].count == 9, "case %zu", i);
	}
}

Test(conversation, gives_the_last_answer_and_what_was_said_before_it)
{
	struct journal journal AUTO(journal_done) = journal_of(countof(log_of_a_run));
	struct journal first AUTO(journal_done) = journal_of(9);
	struct next next AUTO(next_done) = {0};
	struct fault fault = {0};
	int64_t input, output;

	cr_assert(conversation_next(&next, &journal, &fault));
	cr_expect_str_eq(next.answer, "done");
	cr_expect_str_eq(conversation_partial(&first), "let me see");
	journal_usage(&journal, &input, &output);
	cr_expect_eq(input, 30);
	cr_expect_eq(output, 5);
}

Test(conversation, says_so_when_the_model_was_cut_short)
{
	struct journal journal AUTO(journal_done) = {0};
	struct next next AUTO(next_done) = {0};
	json_t *payload AUTO(json_decref) = json_pack(
		"{s:{s:s}, s:s}", "message", "content", "half", "finish", "length");
	struct fault fault = {0};

	cr_assert(journal_add(&journal, ENTRY_MODEL, "m", payload, &fault));
	cr_assert(conversation_next(&next, &journal, &fault));
	cr_expect(strstr(next.answer, "half\n\n_The model stopped here"));
}

Test(journal, keeps_kinds_it_does_not_know_and_does_not_act_on_them)
{
	cr_expect_eq(entry_kind_of("tool_result"), ENTRY_TOOL_RESULT);
	cr_expect_eq(entry_kind_of("finished"), ENTRY_FINISHED);
	cr_expect_eq(entry_kind_of("of-next-year"), ENTRY_OTHER);
	cr_expect_eq(entry_kind_of("other"), ENTRY_OTHER);
}
