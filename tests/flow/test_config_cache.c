// SPDX-License-Identifier: Apache-2.0
// Story: many read again and again what has not changed: it costs no query, and nobody is
// served what was.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/support/config_http.h"

enum { WAIT_MS = 30000 };

/* Of /metrics. */
static long metric(const char *name)
{
	struct answer answer AUTO(answer_done) = {0};
	const char *line;
	char start_of_line[128];

	cr_assert_eq(ask(&answer, &config_http_stack, GET("/metrics")), 200);
	(void)snprintf(start_of_line, sizeof(start_of_line), "\n%s ", name);
	line = strstr(answer.text, start_of_line);
	cr_assert(line, "%s", name);
	return strtol(line + strlen(start_of_line), NULL, 10);
}

/* When the connections that answer HTTP and rpc were last asked something. */
static const char *last_queries(void)
{
	return rows_of(config_http_stack.database,
		"SELECT pid, query_start FROM pg_stat_activity"
		" WHERE datname = current_database() AND application_name = 'tocsin'"
		" AND query !~ 'route_outbox|tocsin "
		"outbox|pg_listening_channels|LISTEN'"
		" AND query !~ '^(BEGIN|COMMIT)' ORDER BY pid");
}

static bool is_cached(struct answer *answer, const struct ask *call)
{
	long before = metric("tocsin_config_cache_hits_total");

	return ask(answer, &config_http_stack, call) / 100 < 4 &&
		metric("tocsin_config_cache_hits_total") > before;
}

Test(config_cache, an_unchanged_effective_config_costs_no_query, .timeout = 100)
{
	enum { READS = 40 };
	struct answer answer AUTO(answer_done) = {0};
	struct ask again = {.line = "GET " CONFIG "/effective"};
	char headers[128], before[2048];
	long hits;

	config_http_start();
	cr_assert_eq(
		ask(&answer, &config_http_stack, PATCH("{\"note\":\"one\"}")), 200);
	cr_assert_eq(ask(&answer, &config_http_stack, &again), 200);
	(void)snprintf(headers, sizeof(headers), "If-None-Match: %s\r\n", answer.etag);
	again.headers = headers;
	cr_assert(WAIT_UNTIL(is_cached(&answer, &again), WAIT_MS));
	hits = metric("tocsin_config_cache_hits_total");
	(void)snprintf(before, sizeof(before), "%s", last_queries());
	for (int i = 0; i < READS; i++)
		cr_expect_eq(ask(&answer, &config_http_stack, &again), 304);
	cr_expect_str_eq(last_queries(), before);
	cr_expect_neq(before[0], '\0', "there are connections that were asked before");
	cr_expect_eq(metric("tocsin_config_cache_hits_total"), hits + READS);

	/* And nobody is served what was: not the team's own, not the root's change. */
	cr_assert_eq(
		ask(&answer, &config_http_stack, PATCH("{\"note\":\"two\"}")), 200);
	cr_expect_eq(ask(&answer, &config_http_stack, &again), 200);
	cr_expect_str_eq(answer_at(&answer, "/note"), "\"two\"");
	cr_assert(WAIT_UNTIL(
		is_cached(&answer, &(struct ask){.line = again.line}), WAIT_MS));
	cr_assert_eq(ask(&answer, &config_http_stack,
			     &(struct ask){.line = "PATCH " NODES "/acme/config",
				     .body = "{\"from_above\":1}"}),
		200);
	cr_expect_eq(ask(&answer, &config_http_stack, &again), 200);
	cr_expect_str_eq(answer_at(&answer, "/from_above"), "1");
	config_http_stop();
}

/* What somebody else writes to the tables, as another process of ours would. */
Test(config_cache, a_change_by_another_process_is_seen, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0};
	const struct ask effective = {.line = "GET " CONFIG "/effective"};
	const char *done;

	config_http_start();
	cr_assert(WAIT_UNTIL(is_cached(&answer, &effective), WAIT_MS));
	done = rows_of(config_http_stack.database,
		"WITH changed AS (UPDATE config.node_config SET config ="
		" '{\"note\":\"other\"}', version = version + 1 WHERE node_id = 'sre'"
		" RETURNING org_id) SELECT pg_notify('tocsin_config', org_id)"
		" FROM changed");
	cr_expect_str_eq(done, "");
	cr_expect(WAIT_UNTIL(ask(&answer, &config_http_stack, &effective) == 200 &&
			strcmp(answer_at(&answer, "/note"), "\"other\"") == 0,
		WAIT_MS));
	config_http_stop();
}
