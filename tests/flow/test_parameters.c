// SPDX-License-Identifier: Apache-2.0
// Story: somebody mistypes a query parameter. Every call of the table says so, changes
// nothing, and names those that it has; and it takes each of those.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/flow/cast.h"
#include "tests/support/ask.h"
#include "tests/support/store_only.h"

enum { LINE_SIZE = 512, WORD_SIZE = 64, QUICK_CALLS = 5 };

#define NO_ID "00000000000000000000000000000000"

static struct stack stack;

static const char *caller_of(const struct route *route)
{
	return cast_token(route->callers & CALLER_SUPER_ADMIN ? CAST_SUPER : CAST_TEAM);
}

/* Copies the next word of a list of names; false at its end. */
static bool next_word(const char **list, char *word)
{
	size_t len;

	if (!*list)
		return false;
	*list += strspn(*list, " ");
	len = strcspn(*list, " ");
	(void)snprintf(word, WORD_SIZE, "%.*s", (int)len, *list);
	*list += len;
	return len > 0;
}

static bool knows(const struct route *route, const char *name)
{
	const char *list = route->query;
	char word[WORD_SIZE];

	while (next_word(&list, word))
		if (strcmp(word, name) == 0)
			return true;
	return false;
}

static void ask_with(
	struct answer *answer, const struct route *route, const char *query)
{
	const struct cast_place place = {"acme", "sre", NO_ID};
	char line[LINE_SIZE];
	size_t len = strlen(cast_line(line, route, &place));

	(void)snprintf(line + len, sizeof(line) - len, "%s", query);
	(void)ask(
		answer, &stack, &(struct ask){.token = caller_of(route), .line = line});
}

static void expect_unknown(const struct route *route, const char *name)
{
	struct answer answer AUTO(answer_done) = {0};
	const char *list = route->query;
	char query[WORD_SIZE * 2], quoted[WORD_SIZE + 2], word[WORD_SIZE];

	if (knows(route, name))
		return;
	(void)snprintf(query, sizeof(query), "?%s=1", name);
	(void)snprintf(quoted, sizeof(quoted), "'%s'", name);
	ask_with(&answer, route, query);
	cr_expect_eq(answer.status, 400, "%s %s%s: %d %s", route->method, route->path,
		query, answer.status, answer.text);
	cr_expect_str_eq(answer_at(&answer, "/error"), "\"unknown_parameter\"");
	cr_expect_not_null(strstr(answer.text, quoted), "%s", answer.text);
	while (next_word(&list, word))
		cr_expect_not_null(
			strstr(answer.text, word), "%s: no %s", answer.text, word);
}

/* As it is, and as fingers may have it. */
static void expect_known(const struct route *route, const char *word)
{
	struct answer answer AUTO(answer_done) = {0};
	char query[WORD_SIZE * 2], wrong[WORD_SIZE + 1];

	(void)snprintf(query, sizeof(query), "?%s=1", word);
	ask_with(&answer, route, query);
	cr_expect_str_neq(answer_at(&answer, "/error"), "\"unknown_parameter\"",
		"%s %s%s: %s", route->method, route->path, query, answer.text);
	(void)snprintf(wrong, sizeof(wrong), "%sx", word);
	expect_unknown(route, wrong);
	(void)snprintf(wrong, sizeof(wrong), "%.*s", (int)strlen(word) - 1, word);
	expect_unknown(route, wrong);
	(void)snprintf(wrong, sizeof(wrong), "%s", word);
	wrong[0] = (char)(wrong[0] - 'a' + 'A');
	expect_unknown(route, wrong);
}

static const char *snapshot(void)
{
	return rows_of(stack.database,
		"SELECT md5(string_agg(all_rows, E'\\n' ORDER BY all_rows)) FROM ("
		"SELECT n::text AS all_rows FROM config.node n UNION ALL "
		"SELECT c::text FROM config.node_config c UNION ALL "
		"SELECT (to_jsonb(t) - 'last_used_at')::text FROM config.token t) x");
}

Test(parameters, that_a_call_does_not_have_are_refused_by_name, .timeout = 240)
{
	char *before AUTO(free) = NULL;

	cast_start(&stack);
	before = strdup(snapshot());
	for (size_t i = 0; i < route_count; i++) {
		const char *list = routes[i].query;
		char word[WORD_SIZE];

		expect_unknown(&routes[i], "dry_rum");
		while (next_word(&list, word))
			expect_known(&routes[i], word);
	}
	cr_expect_str_eq(snapshot(), before);
	cast_stop(&stack);
}

/* Answers from memory are no way around it. */
Test(parameters, are_refused_by_calls_that_are_answered_from_memory, .timeout = 120)
{
	size_t tried = 0;

	cast_start(&stack);
	for (size_t i = 0; i < route_count; i++) {
		if (!routes[i].quick)
			continue;
		for (int k = 0; k < QUICK_CALLS; k++) {
			struct answer answer AUTO(answer_done) = {0};

			ask_with(&answer, &routes[i], "");
			cr_expect_eq(answer.status, 200, "%s: %s", routes[i].path,
				answer.text);
		}
		expect_unknown(&routes[i], "dry_rum");
		tried++;
	}
	cr_expect_gt(tried, 0);
	cast_stop(&stack);
}

/* A write that was meant to be tried only. */
Test(parameters, that_are_mistyped_change_nothing, .timeout = 120)
{
	static const char config[] = "/api/v1/admin/orgs/acme/nodes/sre/config";
	static const struct ask calls[] = {
		{.line = "PATCH /api/v1/admin/orgs/acme/nodes/sre/config?dry_rum=1",
			.body = "{\"note\":1}"},
		{.line = "PUT /api/v1/admin/orgs/acme/nodes/sre/config?dryrun=1",
			.body = "{\"config\":{\"note\":1}}"},
		{.line = "PUT /api/v1/admin/orgs/acme/nodes/sre/config?dry_run=1&x",
			.body = "{\"config\":{\"note\":1}}"},
	};
	struct answer answer AUTO(answer_done) = {0};
	char line[LINE_SIZE];

	cast_start(&stack);
	for (size_t i = 0; i < countof(calls); i++)
		cr_expect_eq(ask(&answer, &stack, &calls[i]), 400, "%s: %s",
			calls[i].line, answer.text);
	(void)snprintf(line, sizeof(line), "GET %s", config);
	cr_expect_eq(ask(&answer, &stack, &(struct ask){.line = line}), 200);
	cr_expect_str_eq(answer_at(&answer, "/version"), "0", "%s", answer.text);
	cast_stop(&stack);
}
