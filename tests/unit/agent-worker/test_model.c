// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "agent-worker/model.h"
#include "common/json.h"

Test(model_answer, that_is_malformed_is_refused_with_the_reason)
{
	static const struct {
		const char *body, *why;
	} cases[] = {
		{"", "the model's answer is not JSON"},
		{"<html>", "the model's answer is not JSON"},
		{"null", "the model's answer has no choices[0].message"},
		{"{\"choices\":[]}", "the model's answer has no choices[0].message"},
		{"{\"choices\":[{\"message\":\"x\"}]}",
			"the model's answer has no choices[0].message"},
		{"{\"choices\":[{\"message\":{\"content\":7}}]}",
			"the model's answer has content that is no text"},
		{"{\"choices\":[{\"message\":{\"content\":\"\"}}]}",
			"the model's answer is empty (finish_reason missing)"},
		{"{\"choices\":[{\"message\":{\"content\":null,\"refusal\":\"no\"},"
		 "\"finish_reason\":\"stop\"}]}",
			"the model's answer is empty (finish_reason stop), refused: "
			"no"},
		{"{\"choices\":[{\"message\":{\"tool_calls\":{}}}]}",
			"the model's answer has tool_calls that are no array"},
		{"{\"choices\":[{\"message\":{\"tool_calls\":[{}]}}]}",
			"the model's answer calls a tool without a name"},
		{"{\"choices\":[{\"message\":{\"tool_calls\":[null]}}]}",
			"the model's answer calls a tool without a name"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *answer AUTO(json_decref) = NULL;
		struct fault fault = {0};

		cr_expect_not(model_answer(&answer, cases[i].body,
				      strlen(cases[i].body), &fault),
			"case %zu", i);
		cr_expect_eq(fault.kind, FAULT_REJECT, "case %zu", i);
		cr_expect(strncmp(fault.text, cases[i].why, strlen(cases[i].why)) == 0,
			"case %zu: %s", i, fault.text);
	}
}

Test(model_answer, has_one_shape_whoever_sent_it)
{
	static const char body[] = "{\"choices\":[{\"finish_reason\":\"tool_calls\","
				   "\"message\":{\"content\":["
				   "{\"type\":\"text\",\"text\":\"a\"},{\"type\":"
				   "\"text\",\"text\":\"b\"}],"
				   "\"tool_calls\":[{\"id\":\"x\",\"function\":{"
				   "\"name\":\"f\",\"arguments\":"
				   "{\"k\":1}}},{\"id\":\"x\",\"function\":{\"name\":"
				   "\"g\"}},{\"function\":{"
				   "\"name\":\"h\",\"arguments\":\"{}\"}}]}}],"
				   "\"usage\":{\"prompt_tokens\":5,"
				   "\"completion_tokens\":6}}";
	json_t *answer AUTO(json_decref) = NULL;
	struct fault fault = {0};

	cr_assert(model_answer(&answer, body, strlen(body), &fault), "%s", fault.text);
	cr_expect_str_eq(json_string_or(answer, "/message/content", ""), "ab");
	cr_expect_str_eq(json_string_or(answer, "/message/tool_calls/0/id", ""), "x");
	cr_expect_str_eq(
		json_string_or(answer, "/message/tool_calls/0/function/arguments", ""),
		"{\"k\":1}");
	cr_expect_str_eq(json_string_or(answer, "/message/tool_calls/1/id", ""),
		"tocsin_call_1");
	cr_expect_str_eq(
		json_string_or(answer, "/message/tool_calls/1/function/arguments", ""),
		"{}");
	cr_expect_str_eq(json_string_or(answer, "/message/tool_calls/2/id", ""),
		"tocsin_call_2");
	cr_expect_eq(json_integer_or(answer, "/usage/input_tokens", 0), 5);
	cr_expect_eq(json_integer_or(answer, "/usage/output_tokens", 0), 6);
}

Test(model_question, leaves_out_what_a_reasoning_model_refuses)
{
	static const struct {
		const char *name;
		bool temperature;
		const char *limit;
	} cases[] = {
		{"gpt-4o", true, "max_tokens"},
		{"llama3", true, "max_tokens"},
		{"o3-mini", false, "max_completion_tokens"},
		{"gpt-5-nano", false, "max_completion_tokens"},
	};
	json_t *agent AUTO(json_decref) = json_pack(
		"{s:{s:f, s:i}}", "model", "temperature", 0.2, "max_tokens", 100);

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *messages AUTO(json_decref) = json_array();
		json_t *tools AUTO(json_decref) = json_array();
		json_t *question AUTO(json_decref) =
			model_question(cases[i].name, agent, messages, tools);

		cr_expect_eq(json_object_get(question, "temperature") != NULL,
			cases[i].temperature, "case %zu", i);
		cr_expect_not_null(
			json_object_get(question, cases[i].limit), "case %zu", i);
		cr_expect_null(json_object_get(question, "tools"));
	}
}
