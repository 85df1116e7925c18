// SPDX-License-Identifier: Apache-2.0
// Story: many change one configuration at once, on conditions or without, try changes out,
// and a team reads and changes its own.
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/config_http.h"

enum { WRITERS = 50, THREADS = 10 };

static long rows(const char *table)
{
	return number_of(
		config_http_stack.database, "SELECT count(*) FROM config.%s", table);
}

/* Reads, adds its own key, writes on the condition that nobody did meanwhile; again. */
static void *write_carefully(void *context)
{
	struct answer answer AUTO(answer_done) = {0};
	int *number = context;

	for (int done = 0; done < WRITERS / THREADS;) {
		char headers[128], body[64];

		if (ask(&answer, &config_http_stack, GET(CONFIG)) != 200)
			return NULL;
		(void)snprintf(
			headers, sizeof(headers), "If-Match: %s\r\n", answer.etag);
		/* A counter: an update that is lost makes the sum too small. */
		(void)snprintf(body, sizeof(body), "{\"sum\":%ld}",
			json_integer_or(answer.body, "/config/sum", 0) + 1);
		if (ask(&answer, &config_http_stack,
			    &(struct ask){.line = "PATCH " CONFIG,
				    .headers = headers,
				    .body = body}) == 200)
			done++;
		else if (answer.status != 412)
			return NULL;
	}
	return number;
}

static void *write_anyhow(void *context)
{
	struct answer answer AUTO(answer_done) = {0};
	int *number = context;

	for (int i = 0; i < WRITERS / THREADS; i++) {
		char body[64];

		(void)snprintf(body, sizeof(body), "{\"sum\":%d}",
			*number * WRITERS + i + 1000);
		if (ask(&answer, &config_http_stack, PATCH(body)) != 200)
			return NULL;
	}
	return number;
}

static void all_write(void *(*writer)(void *))
{
	pthread_t threads[THREADS];
	int numbers[THREADS];

	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		cr_assert_eq(pthread_create(&threads[i], NULL, writer, &numbers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		void *good;

		cr_assert_eq(pthread_join(threads[i], &good), 0);
		cr_expect(good, "writer %d was refused", i);
	}
}

Test(config_http, fifty_writers_lose_no_update, .timeout = 150)
{
	struct answer answer AUTO(answer_done) = {0};

	config_http_start();
	all_write(write_carefully);
	cr_assert_eq(ask(&answer, &config_http_stack, GET(CONFIG)), 200);
	cr_expect_str_eq(answer_at(&answer, "/config/sum"), "50");
	cr_expect_str_eq(answer_at(&answer, "/version"), "50");

	all_write(write_anyhow);
	cr_assert_eq(ask(&answer, &config_http_stack, GET(CONFIG)), 200);
	cr_expect_str_eq(answer_at(&answer, "/version"), "100");
	cr_expect_eq(rows("node_config_history"), 100);
	cr_expect_eq(number_of(config_http_stack.database,
			     "SELECT count(*) FROM config.node_config_history a"
			     " JOIN config.node_config_history b"
			     " ON b.previous_version = a.version"
			     " WHERE a.config::text = b.previous_config::text"),
		99, "each began where the one before it ended");
	cr_expect_eq(number_of(config_http_stack.database,
			     "SELECT count(DISTINCT config::text)"
			     " FROM config.node_config_history"),
		100, "history has what every writer wrote");
	cr_expect_eq(
		number_of(config_http_stack.database,
			"SELECT count(*) FROM config.node_config c"
			" JOIN config.node_config_history h USING (node_id, version)"
			" WHERE c.config::text = h.config::text"),
		1, "the last one is what holds");
	config_http_stop();
}

Test(config_http, conditions_are_kept_on_every_write_and_read, .timeout = 100)
{
	static const char *const writes[][2] = {
		{"PUT " CONFIG, "{\"config\":{\"a\":2}}"},
		{"PUT " CONFIG, "{\"patch\":{\"a\":2}}"},
		{"PATCH " CONFIG, "{\"a\":2}"},
		{"POST " CONFIG "/rollback", "{\"version\":0}"},
		{"PATCH " CONFIG "?dry_run=1", "{\"a\":2}"},
	};
	struct answer answer AUTO(answer_done) = {0};

	config_http_start();
	cr_assert_eq(ask(&answer, &config_http_stack, PATCH("{\"a\":1}")), 200);
	cr_expect_str_eq(answer.etag, "\"1\"");
	for (size_t i = 0; i < countof(writes); i++) {
		cr_expect_eq(ask(&answer, &config_http_stack,
				     &(struct ask){.line = writes[i][0],
					     .headers = "If-Match: \"0\", \"2\"\r\n",
					     .body = writes[i][1]}),
			412, "%s", writes[i][0]);
		cr_expect_str_eq(answer_at(&answer, "/error"), "\"version_mismatch\"");
	}
	cr_expect_eq(config_http_versions(), 1);
	cr_expect_eq(ask(&answer, &config_http_stack,
			     &(struct ask){.line = "PATCH " CONFIG,
				     .headers = "If-Match: \"0\", \"1\"\r\n",
				     .body = "{\"a\":2}"}),
		200);
	cr_expect_eq(ask(&answer, &config_http_stack, PATCH("{\"a\":2}")), 200);
	cr_expect_str_eq(answer.etag, "\"2\"", "what changes nothing is no version");
	cr_expect_eq(ask(&answer, &config_http_stack,
			     &(struct ask){.line = "GET " CONFIG,
				     .headers = "If-None-Match: W/\"2\"\r\n"}),
		304);
	cr_expect_str_eq(answer.text, "");
	cr_expect_str_eq(answer.etag, "\"2\"");
	cr_expect_eq(ask(&answer, &config_http_stack,
			     &(struct ask){.line = "GET " CONFIG,
				     .headers = "If-None-Match: \"1\"\r\n"}),
		200);
	config_http_stop();
}

static void make_web(struct answer *answer)
{
	cr_assert_eq(ask(answer, &config_http_stack,
			     &(struct ask){.line = "POST /api/v1/admin/orgs/acme/"
						   "teams/web"}),
		201);
	cr_assert_eq(ask(answer, &config_http_stack,
			     &(struct ask){.line = "PATCH " NODES "/web/config",
				     .body = "{\"routing\":{\"services\":[\"web\"]}}"}),
		200);
}

Test(config_http, a_dry_run_tells_all_and_stores_nothing, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0};
	long before;

	config_http_start();
	make_web(&answer);
	before = rows("node_config_history");
	cr_assert_eq(
		ask(&answer, &config_http_stack,
			&(struct ask){.line = "PATCH " NODES "/acme/config?dry_run=1",
				.body = "{\"runtime\":{\"max_turns\":7}}"}),
		200);
	cr_expect_str_eq(answer_at(&answer, "/valid"), "true");
	cr_expect_str_eq(answer_at(&answer, "/version"), "1");
	cr_expect_str_eq(
		answer_at(&answer, "/diff/added"), "{\"/runtime\":{\"max_turns\":7}}");
	cr_expect_str_eq(answer_at(&answer, "/teams_changed"), "2");
	cr_expect_str_eq(answer_at(&answer, "/teams/0/team_id"), "\"sre\"");
	cr_expect_str_eq(answer_at(&answer, "/teams/1/diff/changed"),
		"{\"/runtime/max_turns\":{\"old\":20,\"new\":7}}");

	cr_assert_eq(ask(&answer, &config_http_stack,
			     &(struct ask){.line = "PUT " CONFIG "?dry_run=true",
				     .body = "{\"config\":{\"entrance_agent\":\"none\","
					     "\"routing\":{\"services\":[\"WEB\"]},"
					     "\"integrations\":{\"x\":{\"api_key\":"
					     "\"sk-tried\"}}}}"}),
		200);
	cr_expect_str_eq(answer_at(&answer, "/valid"), "false");
	cr_expect_str_eq(answer_at(&answer, "/problems/0/path"), "\"/entrance_agent\"");
	cr_expect_str_eq(answer_at(&answer, "/problems/1/path"), "\"/routing\"");
	cr_expect_str_eq(answer_at(&answer, "/clashes/0/team_id"), "\"web\"");
	cr_expect_not(
		strstr(answer.text, "sk-tried") || strstr(answer.text, "encrypted"),
		"%s", answer.text);
	cr_assert_eq(ask(&answer, &config_http_stack,
			     &(struct ask){.line = "PUT " CONFIG "?dry_run=1",
				     .body = "{\"config\":{\"routing\":7}}"}),
		200);
	cr_expect_str_eq(answer_at(&answer, "/valid"), "false");
	cr_expect_eq(ask(&answer, &config_http_stack,
			     &(struct ask){.line = "PATCH " CONFIG "?dry_run=maybe",
				     .body = "{}"}),
		400);
	cr_expect_eq(
		ask(&answer, &config_http_stack,
			&(struct ask){.line = "PATCH " NODES "/none/config?dry_run=1",
				.body = "{}"}),
		404);
	cr_expect_eq(config_http_versions(), 0);
	cr_expect_eq(rows("node_config_history"), before);
	cr_expect_eq(rows("identifier"), 1);
	config_http_stop();
}

Test(config_http, a_team_reads_and_changes_its_own, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0}, token AUTO(answer_done) = {0};
	struct ask call = {0};

	config_http_start();
	cr_assert_eq(ask(&token, &config_http_stack,
			     &(struct ask){.line = "POST /api/v1/admin/orgs/acme/teams/"
						   "sre/tokens",
				     .body = "{}"}),
		201);
	call.token = json_string_at(token.body, "/token");
	call.line = "PATCH /api/v1/config/me";
	call.body = "{\"note\":\"ours\"}";
	call.headers = "If-Match: \"0\"\r\n";
	cr_expect_eq(ask(&answer, &config_http_stack, &call), 200);
	cr_expect_eq(ask(&answer, &config_http_stack, &call), 412);
	call = (struct ask){.token = call.token, .line = "GET /api/v1/config/me"};
	cr_expect_eq(ask(&answer, &config_http_stack, &call), 200);
	cr_expect_str_eq(answer_at(&answer, "/config"), "{\"note\":\"ours\"}");
	call.line = "GET /api/v1/config/me/effective";
	cr_expect_eq(ask(&answer, &config_http_stack, &call), 200);
	cr_expect_str_eq(answer_at(&answer, "/note"), "\"ours\"", "the flat document");
	call.line = "GET /api/v1/config/me/raw";
	cr_expect_eq(ask(&answer, &config_http_stack, &call), 200);
	cr_expect_str_eq(answer_at(&answer, "/configs"),
		"{\"acme\":{},\"sre\":{\"note\":\"ours\"}}");
	call.line = "GET " CONFIG "/history";
	cr_expect_eq(ask(&answer, &config_http_stack, &call), 403);
	call.token = ADMIN_TOKEN;
	cr_expect_eq(ask(&answer, &config_http_stack, &call), 200);
	cr_expect_str_eq(json_string_or(answer.body, "/items/0/changed_by", ""),
		json_string_or(token.body, "/token_id", "?"), "the token did it");
	call.line = "GET /api/v1/config/me";
	cr_expect_eq(
		ask(&answer, &config_http_stack, &call), 403, "an admin has no team");
	config_http_stop();
}
