// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <stdio.h>

#include "router/identify.h"
#include "router/words.h"
#include "tests/unit/router/event.h"
#include "tests/unit/router/mutate.h"

#define REPOSITORY                                               \
	"\"repository\":{\"id\":9,\"full_name\":\"Acme/Shop\"}," \
	"\"sender\":{\"login\":\"alice\",\"type\":\"User\"}"

static const char push[] =
	"{\"ref\":\"refs/heads/main\",\"after\":\"0a1b2c3d4e\",\"forced\":false,"
	"\"deleted\":false,\"compare\":\"https://gh/c\",\"commits\":["
	"{\"id\":\"0a1b2c3d4e\",\"message\":\"Fix cart\\n\\nlong\"}]," REPOSITORY "}";
static const char pull_request[] =
	"{\"action\":\"opened\",\"pull_request\":{\"number\":7,\"title\":\"Faster\","
	"\"body\":\"Why not\",\"html_url\":\"https://gh/7\",\"head\":{\"ref\":\"fast\","
	"\"sha\":\"abc\",\"label\":\"acme:fast\"},\"base\":{\"ref\":\"main\"},"
	"\"performed_via_github_app\":null}," REPOSITORY "}";
static const char issue[] =
	"{\"action\":\"opened\",\"issue\":{\"number\":3,\"title\":\"Broken\",\"body\":"
	"\"Cart is empty\",\"html_url\":\"https://gh/3\"}," REPOSITORY "}";
static const char comment[] =
	"{\"action\":\"created\",\"issue\":{\"number\":7,\"title\":\"Faster\","
	"\"pull_request\":{\"url\":\"u\"}},\"comment\":{\"id\":55,\"body\":"
	"\"@tocsin why?\",\"html_url\":\"https://gh/7#55\","
	"\"performed_via_github_app\":null}," REPOSITORY "}";
static const char check_run[] =
	"{\"action\":\"completed\",\"check_run\":{\"name\":\"build\",\"head_sha\":"
	"\"0a1b2c3d4e\",\"conclusion\":\"failure\",\"html_url\":\"https://gh/r\","
	"\"details_url\":\"https://ci\",\"output\":{\"title\":\"2 errors\",\"summary\":"
	"\"cart.c:7\"},\"check_suite\":{\"head_branch\":\"fast\"},\"pull_requests\":["
	"{\"number\":7,\"base\":{\"repo\":{\"id\":9}}}]}," REPOSITORY "}";
static const char workflow_run[] =
	"{\"action\":\"completed\",\"workflow_run\":{\"id\":77,\"name\":\"CI\","
	"\"head_sha\":\"0a1b2c3d4e\",\"head_branch\":\"main\",\"conclusion\":"
	"\"timed_out\",\"run_number\":12,\"run_attempt\":2,\"event\":\"push\","
	"\"html_url\":\"https://gh/w\",\"logs_url\":\"https://gh/l\",\"pull_requests\":"
	"[],\"head_commit\":{\"message\":\"Fix cart\\nmore\"}}," REPOSITORY "}";

static void find(struct finding *finding, const char *kind, const char *body)
{
	pb_event event = event_of("github", kind, "application/json", body);
	struct fault fault = {0};

	cr_assert(identify(finding, &event, &fault), "%s", fault.text);
}

Test(github, each_kind_is_said_in_words_with_its_place)
{
	static const struct {
		const char *kind, *body, *text, *session;
		enum place_kind place;
		int64_t number;
	} cases[] = {
		{"push", push,
			"alice pushed 1 commit to main of Acme/Shop\n"
			"- 0a1b2c3 Fix cart...\nhttps://gh/c",
			"", PLACE_NONE, 0},
		{"pull_request", pull_request,
			"alice opened pull request #7 of Acme/Shop: Faster\n"
			"acme:fast into main\nhttps://gh/7\n\nWhy not",
			"github:Acme/Shop#7", PLACE_GITHUB_PR, 7},
		{"issues", issue,
			"alice opened issue #3 of Acme/Shop: Broken\nhttps://gh/3\n\n"
			"Cart is empty",
			"github:Acme/Shop#3", PLACE_GITHUB_ISSUE, 3},
		{"issue_comment", comment,
			"alice commented on pull request #7 of Acme/Shop: Faster\n"
			"https://gh/7#55\n\n@tocsin why?",
			"github:Acme/Shop#7", PLACE_GITHUB_PR, 7},
		{"check_run", check_run,
			"Check build of Acme/Shop on branch fast (0a1b2c3): failure\n"
			"https://gh/r\n\n2 errors\n\ncart.c:7",
			"github:Acme/Shop#7", PLACE_GITHUB_PR, 7},
		{"workflow_run", workflow_run,
			"Workflow CI of Acme/Shop on branch main (0a1b2c3): timed_out\n"
			"https://gh/w\nRun 12, attempt 2, started by alice\n\n"
			"Fix cart\nmore",
			"", PLACE_NONE, 0},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct finding finding AUTO(finding_done) = {0};

		find(&finding, cases[i].kind, cases[i].body);
		cr_expect_null(finding.ignored, "case %zu", i);
		cr_expect_str_eq(
			text_string(&finding.text), cases[i].text, "case %zu", i);
		cr_expect_str_eq(text_string(&finding.session), cases[i].session);
		cr_expect_eq(finding.place.kind, cases[i].place, "case %zu", i);
		cr_expect_eq(finding.place.number, cases[i].number, "case %zu", i);
		cr_assert_eq(finding.identifier_count, 1);
		cr_expect_eq(finding.identifiers[0].type, IDENTIFIER_GITHUB_REPO);
		cr_expect_str_eq(finding.identifiers[0].value, "acme/shop");
		cr_expect_str_eq(
			json_string_or(finding.facts, "/repo", ""), "Acme/Shop");
		cr_expect_str_eq(json_string_or(finding.facts, "/author", ""), "alice");
	}
}

Test(github, facts_are_what_a_template_wants)
{
	struct finding finding AUTO(finding_done) = {0};

	find(&finding, "check_run", check_run);
	cr_expect_str_eq(json_string_or(finding.facts, "/conclusion", ""), "failure");
	cr_expect_str_eq(json_string_or(finding.facts, "/branch", ""), "fast");
	cr_expect_str_eq(json_string_or(finding.facts, "/sha", ""), "0a1b2c3d4e");
	cr_expect_str_eq(json_string_or(finding.facts, "/url", ""), "https://gh/r");
	cr_expect_eq(json_integer_or(finding.facts, "/number", 0), 7);
}

Test(github, what_is_of_no_interest_is_said_so_with_the_reason)
{
	static const struct {
		const char *kind, *body, *reason;
	} cases[] = {
		{"star", "not even JSON", "not of interest"},
		{"ping", "{}", "not of interest"},
		{"", "{}", "not of interest"},
		{"issues", "{\"action\":\"labeled\"}", "action not of interest"},
		{"issues", "{\"action\":null}", "action not of interest"},
		{"issues", "[]", "action not of interest"},
		{"issue_comment", "{\"action\":\"edited\"}", "action not of interest"},
		{"pull_request", "{\"action\":\"synchronize\"}",
			"action not of interest"},
		{"check_run",
			"{\"action\":\"completed\",\"check_run\":{\"conclusion\":"
			"\"success\"}}",
			"did not fail"},
		{"workflow_run",
			"{\"action\":\"completed\",\"workflow_run\":{\"conclusion\":"
			"null}}",
			"did not fail"},
		{"push", "{\"deleted\":true}", "branch or tag deleted"},
		{"issue_comment",
			"{\"action\":\"created\",\"sender\":{\"type\":\"Bot\"}}",
			"own or bot post"},
		{"issues", "{\"action\":\"opened\",\"sender\":{\"type\":\"Bot\"}}",
			"own or bot post"},
		{"issue_comment",
			"{\"action\":\"created\",\"comment\":{\"body\":\"Done.\\n<!-- "
			"tocsin:run_id=0189 -->\"}}",
			"own or bot post"},
		{"issue_comment",
			"{\"action\":\"created\",\"comment\":{\"body\":\"x\","
			"\"performed_via_github_app\":{\"id\":1}}}",
			"own or bot post"},
		{"issues",
			"{\"action\":\"opened\",\"issue\":{\"performed_via_github_"
			"app\":"
			"{}}}",
			"own or bot post"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct finding finding AUTO(finding_done) = {0};

		find(&finding, cases[i].kind, cases[i].body);
		cr_assert_not_null(finding.ignored, "case %zu", i);
		cr_expect_str_eq(finding.ignored, cases[i].reason, "case %zu", i);
	}
}

Test(github, a_build_that_a_bot_started_is_still_of_interest)
{
	struct finding finding AUTO(finding_done) = {0};

	find(&finding, "check_run",
		"{\"action\":\"completed\",\"check_run\":{\"conclusion\":\"failure\"},"
		"\"sender\":{\"login\":\"ci[bot]\",\"type\":\"Bot\"}}");
	cr_expect_null(finding.ignored);
}

Test(github, a_pull_request_of_another_repository_is_no_place)
{
	struct finding finding AUTO(finding_done) = {0};

	find(&finding, "check_run",
		"{\"action\":\"completed\",\"check_run\":{\"conclusion\":\"failure\","
		"\"pull_requests\":[{\"number\":7,\"base\":{\"repo\":{\"id\":8}}}]}"
		"," REPOSITORY "}");
	cr_expect_eq(finding.place.kind, PLACE_NONE);
}

Test(github, a_comment_on_an_issue_goes_to_the_issue)
{
	struct finding finding AUTO(finding_done) = {0};

	find(&finding, "issue_comment",
		"{\"action\":\"created\",\"issue\":{\"number\":3,\"pull_request\":null}"
		","
		"\"comment\":{\"body\":\"hi\"}," REPOSITORY "}");
	cr_expect_eq(finding.place.kind, PLACE_GITHUB_ISSUE);
}

Test(github, forms_are_read_by_their_content_type)
{
	static const char body[] =
		"payload=%7B%22action%22%3A%22opened%22%2C%22issue%22%3A%7B%22number"
		"%22%3A3%7D%2C%22repository%22%3A%7B%22full_name%22%3A%22a%2Fb%22%7D%"
		"7D";
	pb_event event =
		event_of("github", "issues", "application/x-www-form-urlencoded", body);
	struct finding finding AUTO(finding_done) = {0};
	struct fault fault = {0};

	cr_assert(identify(&finding, &event, &fault), "%s", fault.text);
	cr_expect_null(finding.ignored);
	cr_expect_str_eq(finding.identifiers[0].value, "a/b");
}

Test(github, a_body_that_is_not_what_its_type_says_is_refused)
{
	static const struct {
		const char *content_type, *body;
	} cases[] = {
		{"application/json", "payload=%7B%7D"},
		{"application/json", ""},
		{"application/json", "{\"a\":\"\\u0000\"}"},
		{"application/x-www-form-urlencoded", "{}"},
		{"application/x-www-form-urlencoded", "payload=%7"},
		{"application/x-www-form-urlencoded", "payload=%7B"},
		{"application/x-www-form-urlencoded", "other=1"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		pb_event event = event_of(
			"github", "issues", cases[i].content_type, cases[i].body);
		struct finding finding AUTO(finding_done) = {0};
		struct fault fault = {0};

		cr_expect_not(identify(&finding, &event, &fault), "case %zu", i);
		cr_expect_eq(fault.kind, FAULT_REJECT, "case %zu", i);
	}
}

Test(github, the_header_names_the_event_where_the_kind_does_not)
{
	pb_event event = event_of("github", "", "application/json", issue);
	pb_header header, *headers[] = {&header};
	struct finding finding AUTO(finding_done) = {0};
	struct fault fault = {0};

	pb_header_init(&header);
	header.name = wire_string("x-github-event");
	header.value = wire_string("issues");
	event.n_headers = 1;
	event.headers = headers;
	cr_assert(identify(&finding, &event, &fault));
	cr_expect_null(finding.ignored);
}

Test(github, long_text_is_cut_at_4000_characters)
{
	struct finding finding AUTO(finding_done) = {0};
	struct text body AUTO(text_done) = {0};

	text_add(&body, "{\"ref\":\"refs/heads/");
	for (int i = 0; i < 6000; i++)
		text_add(&body, "\xC3\xA4");
	text_add(&body, "\"," REPOSITORY "}");
	find(&finding, "push", text_string(&body));
	cr_expect_eq(words_length(text_string(&finding.text), FINDING_TEXT_MAX),
		finding.text.len);
	cr_expect(text_is_utf8(text_string(&finding.text), finding.text.len));
}

Test(github, one_wrong_field_anywhere_is_survived)
{
	static const struct {
		const char *kind, *body;
	} cases[] = {{"push", push}, {"pull_request", pull_request}, {"issues", issue},
		{"issue_comment", comment}, {"check_run", check_run},
		{"workflow_run", workflow_run}};

	for (size_t i = 0; i < countof(cases); i++)
		cr_expect_gt(mutate_all("github", cases[i].kind, cases[i].body), 50);
}
