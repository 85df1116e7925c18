// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "agent-worker/tool.h"
#include "agent-worker/tool_http.h"
#include "common/json.h"

static json_t *parse(const char *text)
{
	json_t *json = NULL;
	struct fault fault = {0};

	cr_assert(json_parse(&json, text, strlen(text), &fault), "%s", fault.text);
	return json;
}

static const char config_text[] =
	"{\"integrations\":{\"grafana\":{\"api_key\":\"k\\r\\nX-Evil: 1\"}},\"tools\":{"
	"\"on\":{\"type\":\"http\",\"url\":\"http://h/\"},"
	"\"off\":{\"type\":\"http\",\"enabled\":false,\"url\":\"http://h/\"},"
	"\"odd name\":{\"type\":\"http\",\"url\":\"http://h/\"},"
	"\"other\":{\"type\":\"shell\"}}}";

Test(tool, exists_only_when_enabled_and_named_by_its_agent)
{
	static const struct {
		const char *agent, *name;
		bool found;
	} cases[] = {
		{"{\"kind\":\"runbook\"}", "on", true},
		{"{\"kind\":\"runbook\"}", "off", false},
		{"{\"kind\":\"runbook\"}", "other", false},
		{"{\"kind\":\"runbook\"}", "none", false},
		{"{\"kind\":\"model\",\"tools\":{\"on\":true}}", "on", true},
		{"{\"kind\":\"model\",\"tools\":{\"on\":false}}", "on", false},
		{"{\"kind\":\"model\",\"tools\":{\"off\":true}}", "off", false},
		{"{\"kind\":\"model\"}", "on", false},
	};
	json_t *config AUTO(json_decref) = parse(config_text);

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *agent AUTO(json_decref) = parse(cases[i].agent);
		const json_t *tool = NULL;
		struct fault fault = {0};

		cr_expect_eq(tool_find(&tool, config, agent, cases[i].name, &fault),
			cases[i].found, "case %zu", i);
	}
}

Test(tool, list_leaves_out_what_no_model_could_call)
{
	json_t *config AUTO(json_decref) = parse(config_text);
	json_t *agent AUTO(json_decref) =
		parse("{\"kind\":\"model\",\"tools\":{\"on\":"
		      "true,\"off\":true,\"odd name\":true}}");
	json_t *list AUTO(json_decref) = tool_list(config, agent);

	cr_assert_eq(json_array_size(list), 1);
	cr_expect_str_eq(json_string_or(list, "/0/function/name", ""), "on");
	cr_expect_str_eq(
		json_string_or(list, "/0/function/parameters/type", ""), "object");
}

Test(tool, is_safe_to_repeat_by_method_or_by_word)
{
	static const struct {
		const char *tool;
		bool safe;
	} cases[] = {
		{"{}", true},
		{"{\"method\":\"GET\"}", true},
		{"{\"method\":\"head\"}", true},
		{"{\"method\":\"POST\"}", false},
		{"{\"method\":\"DELETE\"}", false},
		{"{\"method\":\"POST\",\"idempotent\":true}", true},
		{"{\"method\":\"POST\",\"idempotent\":\"true\"}", false},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *tool AUTO(json_decref) = parse(cases[i].tool);

		cr_expect_eq(tool_is_safe(tool), cases[i].safe, "case %zu", i);
	}
}

Test(tool_request, is_built_from_templates_arguments_and_integration)
{
	json_t *config AUTO(json_decref) = parse(config_text);
	json_t *tool AUTO(json_decref) =
		parse("{\"method\":\"post\",\"url\":\"http://h/{id}?v={v}\","
		      "\"headers\":{\"X-Id\":\"{id}\"},\"body\":{\"query\":\"{id}\","
		      "\"n\":\"{v}\"},"
		      "\"auth\":{\"integration\":\"grafana\",\"field\":\"api_key\","
		      "\"header\":\"Authorization\",\"prefix\":\"Bearer \"}}");
	json_t *arguments AUTO(json_decref) = parse("{\"id\":\"a/b\",\"v\":1}");
	struct tool_request request AUTO(tool_request_done) = {0};
	struct fault fault = {0};

	cr_assert(
		tool_request_build(&request, tool, config, arguments, "run-1", &fault),
		"%s", fault.text);
	cr_expect_str_eq(request.method, "POST");
	cr_expect_str_eq(request.url, "http://h/a%2Fb?v=1");
	cr_expect_str_eq(request.body, "{\"query\":\"a/b\",\"n\":1}");
	cr_assert_eq(request.header_count, 4);
	cr_expect_str_eq(request.headers[0], "X-Id: a/b");
	cr_expect_str_eq(request.headers[1], "Authorization: Bearer k  X-Evil: 1");
	cr_expect_str_eq(request.headers[2], "Content-Type: application/json");
	cr_expect_str_eq(request.headers[3], "Idempotency-Key: run-1");
	cr_expect_null(request.headers[4]);
}

Test(tool_request, says_what_cannot_be_sent)
{
	static const struct {
		const char *tool, *why;
	} cases[] = {
		{"{\"url\":\"file:///etc/passwd\"}",
			"the tool's url must start with http:// or https://"},
		{"{}", "the tool's url must start with http:// or https://"},
		{"{\"url\":\"http://h\",\"method\":\"TRACE\"}",
			"method TRACE is none of GET, HEAD, POST, PUT, PATCH, DELETE"},
		{"{\"url\":\"http://h\",\"headers\":{\"A\":1}}",
			"header A must be a string"},
		{"{\"url\":\"http://h\",\"headers\":{\"A: b\":\"c\"}}",
			"header A: b cannot be sent: bad name, or over 16 headers"},
		{"{\"url\":\"http://h\",\"auth\":{\"integration\":\"x\"}}",
			"the tool needs integrations.x.api_key, which is not set"},
	};
	json_t *config AUTO(json_decref) = parse(config_text);

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *tool AUTO(json_decref) = parse(cases[i].tool);
		struct tool_request request AUTO(tool_request_done) = {0};
		struct fault fault = {0};

		cr_expect_not(
			tool_request_build(&request, tool, config, NULL, "k", &fault));
		cr_expect_eq(fault.kind, FAULT_REJECT, "case %zu", i);
		cr_expect_str_eq(fault.text, cases[i].why, "case %zu", i);
	}
}

Test(tool_result, is_the_selected_part_cut_to_size)
{
	static const struct {
		const char *tool, *body, *expected;
		int status;
		bool ok;
	} cases[] = {
		{"{}", "plain", "plain", 200, true},
		{"{\"result\":{\"select\":\"/status\"}}", "{\"status\":\"up\"}", "up",
			200, true},
		{"{\"result\":{\"select\":\"/a\"}}", "{\"a\":[1,2]}", "[1,2]", 200,
			true},
		{"{\"result\":{\"select\":\"/b\"}}", "{\"a\":1}",
			"the tool's answer has nothing at /b", 200, false},
		{"{\"result\":{\"select\":\"/b\"}}", "oops",
			"the tool's answer is not JSON: '[' or '{' expected near "
			"'oops' (line 1, column 4)",
			200, false},
		{"{}", "broken", "HTTP 500: broken", 500, false},
		{"{\"result\":{\"max_bytes\":20}}", "0123456789012345678901234567890",
			"0123456789012\n[cut]", 200, true},
		{"{}", "bad \xff byte", "bad ? byte", 200, true},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *tool AUTO(json_decref) = parse(cases[i].tool);
		struct tool_result result AUTO(tool_result_done) = {0};
		struct fault fault = {0};

		cr_assert(tool_result_of(&result, tool, cases[i].status, cases[i].body,
			strlen(cases[i].body), &fault));
		cr_expect_eq(result.ok, cases[i].ok, "case %zu", i);
		if (i != 4)
			cr_expect_str_eq(result.text, cases[i].expected, "case %zu", i);
	}
}

Test(tool_http, never_leaves_the_path_that_its_author_wrote)
{
	static const struct {
		const char *url, *id;
		bool good;
	} cases[] = {
		{"http://h/v1/items/{id}/notes", "7", true},
		{"http://h/v1/items/{id}/notes", "a..b", true},
		{"http://h/v1/items/{id}/notes", "...", true},
		{"http://h/v1/items/{id}/notes", "..", false},
		{"http://h/v1/items/{id}/notes", ".", false},
		{"http://h/v1/items/{id}", "..", false},
		{"http://h/v1/items/{id}?x=1", "..", false},
		{"http://h/v1/items/.{id}/notes", ".", false},
		{"http://h/v1/%2e{id}/notes", ".", false},
		{"http://h/v1/items/{id}/notes", "%2e%2E", true},
		{"http://h/v1?path={id}", "..", true},
		{"http://h/v1?path=/{id}/", "..", true},
		{"http://h#{id}", "..", true},
		{"http://h?q=/{id}/", "..", true},
		{"http://h", "..", true},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *tool AUTO(json_decref) =
			json_pack("{s:s}", "url", cases[i].url);
		json_t *arguments AUTO(json_decref) =
			json_pack("{s:s}", "id", cases[i].id);
		struct tool_request request AUTO(tool_request_done) = {0};
		struct fault fault = {0};

		cr_expect_eq(tool_request_build(
				     &request, tool, NULL, arguments, "key", &fault),
			cases[i].good, "case %zu: %s", i, fault.text);
	}
}
