// SPDX-License-Identifier: Apache-2.0
// Story: what people thought of runs counts once, and for the run's own team.
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/support/reads.h"

static int opine(const char *run, const char *words, json_t **out)
{
	char body[256];

	(void)snprintf(
		body, sizeof(body), "{\"run_id\":\"%s\",\"feedback\":%s}", run, words);
	return reads_super("POST /api/v1/internal/feedback", body, out);
}

Test(opinions, an_opinion_counts_once_and_for_its_own_team, .timeout = 90)
{
	static const char
		up[] = "\"positive\",\"user_id\":\"u1\",\"source\":\"github\"",
		down[] = "\"negative\",\"user_id\":\"u1\",\"source\":\"github\"";
	json_t *stats AUTO(json_decref) = NULL, *own AUTO(json_decref) = NULL,
		      *first AUTO(json_decref) = NULL, *second AUTO(json_decref) = NULL;

	reads_start();
	cr_assert_eq(reads_report(RUN_A, "acme", NULL), 201);
	cr_assert_eq(reads_report(RUN_C, "rival", NULL), 201);
	cr_expect_eq(opine(RUN_A, up, &first), 201);
	cr_expect_eq(opine(RUN_A, up, &second), 200, "a reaction is told again");
	reads_expect(second, "/id", json_string_or(first, "/id", "?"));
	cr_expect_eq(opine(RUN_A, "\"positive\",\"user_id\":\"u2\"", NULL), 201);
	cr_expect_eq(opine(RUN_A, "\"negative\",\"user_id\":\"u3\"", NULL), 201);
	cr_expect_eq(opine(RUN_C, down, NULL), 201);
	cr_expect_eq(opine(RUN_B, up, NULL), 404);
	cr_expect_eq(opine(RUN_A, "\"great\"", NULL), 400);
	cr_expect_eq(opine(RUN_A, "5", NULL), 400);
	cr_expect_eq(opine(RUN_A, "\"positive\",\"source\":\"a b\"", NULL), 400);

	cr_expect_eq(reads_super("GET /api/v1/internal/feedback/"
				 "stats?org_id=acme&team_node_id=sre",
			     NULL, &stats),
		200);
	cr_expect_eq(json_integer_or(stats, "/total", 0), 3);
	cr_expect_eq(json_integer_or(stats, "/positive", 0), 2);
	cr_expect_eq(json_integer_or(stats, "/by_source/github/positive", 0), 1);
	cr_expect_float_eq(
		json_number_value(json_at(stats, "/positive_rate")), 0.6667, 0.0001);
	cr_expect_eq(reads_super("GET /api/v1/internal/feedback/stats?team_node_id=sre",
			     NULL, NULL),
		400);
	cr_expect_eq(
		reads_ask(reads_rival, "GET /api/v1/team/feedback/stats", NULL, &own),
		200);
	cr_expect_eq(json_integer_or(own, "/total", 0), 1);
	cr_expect_eq(json_integer_or(own, "/negative", 0), 1);
	reads_stop();
}
