// SPDX-License-Identifier: Apache-2.0
// Story: an admin looks back at what a configuration was, page by page, compares versions
// and goes back to any of them.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "tests/support/config_http.h"

Test(config_history, any_version_can_be_seen_compared_and_restored, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0};

	config_http_start();
	cr_assert_eq(
		ask(&answer, &config_http_stack,
			PATCH("{\"note\":1,\"list\":[1],\"integrations\":{\"slack\":{"
			      "\"bot_token\":\"xoxb-first\"}}}")),
		200);
	cr_assert_eq(ask(&answer, &config_http_stack,
			     PATCH("{\"note\":null,\"list\":[1,2],\"more\":{\"a/b\":1},"
				   "\"integrations\":{\"slack\":{\"bot_token\":"
				   "\"xoxb-second\"}}}")),
		200);
	cr_expect_eq(
		ask(&answer, &config_http_stack, GET(CONFIG "/diff?from=1&to=2")), 200);
	cr_expect_str_eq(answer_at(&answer, "/diff/added"), "{\"/more\":{\"a/b\":1}}");
	cr_expect_str_eq(answer_at(&answer, "/diff/removed"), "{\"/note\":1}");
	cr_expect_str_eq(answer_at(&answer, "/diff/changed/~1list"),
		"{\"old\":[1],\"new\":[1,2]}");
	cr_expect(
		json_at(answer.body, "/diff/changed/~1integrations~1slack~1bot_token"),
		"%s", answer.text);
	cr_expect_not(strstr(answer.text, "xoxb"));
	cr_expect_eq(ask(&answer, &config_http_stack, GET(CONFIG "/versions/1")), 200);
	cr_expect_str_eq(answer_at(&answer, "/config/note"), "1");
	cr_expect_not(strstr(answer.text, "xoxb") || strstr(answer.text, "encrypted"));

	cr_expect_eq(
		ask(&answer, &config_http_stack,
			&(struct ask){.line = "POST " CONFIG "/rollback",
				.body = "{\"version\":1,\"reason\":\"it broke\"}"}),
		200);
	cr_expect_str_eq(answer_at(&answer, "/version"), "3");
	cr_expect_eq(
		ask(&answer, &config_http_stack, GET(CONFIG "/diff?from=1&to=3")), 200);
	cr_expect_str_eq(answer_at(&answer, "/diff"),
		"{\"added\":{},\"removed\":{},\"changed\":{}}",
		"the secret is the first");
	cr_expect_eq(ask(&answer, &config_http_stack,
			     &(struct ask){.line = "POST " CONFIG "/rollback",
				     .body = "{\"version\":0}"}),
		200);
	cr_expect_str_eq(answer_at(&answer, "/config"), "{}");
	cr_expect_eq(ask(&answer, &config_http_stack,
			     &(struct ask){.line = "POST " CONFIG "/rollback",
				     .body = "{\"version\":9}"}),
		404);
	cr_expect_eq(ask(&answer, &config_http_stack, GET(CONFIG "/versions/9")), 404);
	cr_expect_eq(ask(&answer, &config_http_stack, GET(CONFIG "/versions/x")), 400);
	config_http_stop();
}

Test(config_history, history_is_paged_newest_first_and_says_why, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0};
	char line[160];

	config_http_start();
	for (int i = 1; i <= 5; i++) {
		(void)snprintf(line, sizeof(line), "{\"n\":%d}", i);
		cr_assert_eq(ask(&answer, &config_http_stack,
				     &(struct ask){.line = "PATCH " CONFIG
							   "?reason=because%20so",
					     .body = line}),
			200);
	}
	cr_assert_eq(
		ask(&answer, &config_http_stack, GET(CONFIG "/history?limit=2")), 200);
	cr_expect_str_eq(answer_at(&answer, "/items/0/version"), "5");
	cr_expect_str_eq(answer_at(&answer, "/items/0/reason"), "\"because so\"");
	cr_expect_str_eq(answer_at(&answer, "/items/0/changed_by"), "\"super_admin\"");
	cr_expect_str_eq(answer_at(&answer, "/items/0/diff/changed"),
		"{\"/n\":{\"old\":4,\"new\":5}}");
	cr_expect_str_eq(answer_at(&answer, "/items/1/version"), "4");
	(void)snprintf(line, sizeof(line), "GET " CONFIG "/history?limit=3&cursor=%s",
		json_string_or(answer.body, "/next", ""));
	cr_assert_eq(
		ask(&answer, &config_http_stack, &(struct ask){.line = line}), 200);
	cr_expect_str_eq(answer_at(&answer, "/items/0/version"), "3");
	cr_expect_str_eq(answer_at(&answer, "/items/2/version"), "1");
	cr_expect_str_eq(answer_at(&answer, "/items/2/previous_version"), "0");
	cr_expect_str_eq(answer_at(&answer, "/next"), "null");
	cr_expect_eq(
		ask(&answer, &config_http_stack, GET(NODES "/none/config/history")),
		404);
	cr_expect_eq(
		ask(&answer, &config_http_stack, GET(CONFIG "/history?limit=0")), 400);
	cr_expect_eq(
		ask(&answer, &config_http_stack, GET(CONFIG "/history?cursor=x")), 400);
	cr_expect_eq(ask(&answer, &config_http_stack,
			     &(struct ask){.line = "PATCH " CONFIG "?reason=%ff",
				     .body = "{\"n\":9}"}),
		400);
	config_http_stop();
}

/* Follows `next` to the end; how many entries there were. */
static int walk_history(int *pages)
{
	struct answer answer AUTO(answer_done) = {0};
	char line[160] = "GET " CONFIG "/history?limit=100";
	int entries = 0;

	for (*pages = 0; *line; ++*pages) {
		const char *next;

		cr_assert_eq(
			ask(&answer, &config_http_stack, &(struct ask){.line = line}),
			200);
		entries += (int)json_array_size(json_at(answer.body, "/items"));
		next = json_string_at(answer.body, "/next");
		*line = '\0';
		if (next)
			(void)snprintf(line, sizeof(line),
				"GET " CONFIG "/history?limit=100&cursor=%s", next);
	}
	return entries;
}

Test(config_history, history_of_large_documents_comes_in_more_pages, .timeout = 100)
{
	enum { VERSIONS = 12, LARGE = 240000 };
	struct answer answer AUTO(answer_done) = {0};
	char *body AUTO(free) = malloc(LARGE + 64);
	int pages;

	config_http_start();
	for (int i = 0; i < VERSIONS; i++) {
		int len = snprintf(body, 32, "{\"large\":\"%d", i);

		memset(body + len, 'x', LARGE);
		(void)strcpy(body + len + LARGE, "\"}");
		cr_assert_eq(ask(&answer, &config_http_stack, PATCH(body)), 200);
	}
	cr_expect_eq(walk_history(&pages), VERSIONS);
	cr_expect_geq(pages, 2);
	config_http_stop();
}

static unsigned seed = 11;

static unsigned draw(unsigned below)
{
	seed = seed * 1103515245 + 12345;
	return seed / 65536 % below;
}

/* A merge patch over few keys, with what sets, nests and removes. */
static void random_patch(struct text *out)
{
	static const char *const values[] = {
		"null", "1", "\"two\"", "[3]", "{}", "{\"b\":4}", "{\"b\":null}"};

	text_clear(out);
	text_printf(out, "{\"%c\":%s,\"%c\":{\"%c\":%s,\"n\":%u}}", 'a' + draw(3),
		values[draw(countof(values))], 'd' + draw(2), 'a' + draw(3),
		values[draw(countof(values))], draw(1000));
}

Test(config_history, a_rollback_restores_whatever_there_was, .timeout = 150)
{
	enum { VERSIONS = 12, ROLLBACKS = 8 };
	struct answer then AUTO(answer_done) = {0}, answer AUTO(answer_done) = {0};
	struct text patch AUTO(text_done) = {0};
	char line[128], body[64];

	config_http_start();
	for (int i = 0; i < VERSIONS; i++) {
		random_patch(&patch);
		cr_assert_eq(
			ask(&answer, &config_http_stack, PATCH(text_string(&patch))),
			200, "%s: %s", text_string(&patch), answer.text);
	}
	for (int i = 0; i < ROLLBACKS; i++) {
		int version = (int)draw((unsigned)config_http_versions() + 1);

		(void)snprintf(
			line, sizeof(line), "GET " CONFIG "/versions/%d", version);
		(void)snprintf(body, sizeof(body), "{\"version\":%d}", version);
		cr_assert_eq(
			ask(&then, &config_http_stack, &(struct ask){.line = line}),
			200);
		cr_assert_eq(ask(&answer, &config_http_stack,
				     &(struct ask){.line = "POST " CONFIG "/rollback",
					     .body = body}),
			200);
		cr_expect(json_equal(json_at(then.body, "/config"),
				  json_at(answer.body, "/config")),
			"%s: %s, not %s", body, answer.text, then.text);
	}
	config_http_stop();
}
