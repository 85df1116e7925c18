// SPDX-License-Identifier: Apache-2.0
// Story: many change one configuration at once, try changes out, look back, go back, and
// read again and again what has not changed.
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/text.h"
#include "tests/support/ask.h"
#include "tests/support/store_only.h"

enum { WAIT_MS = 30000, WRITERS = 50, THREADS = 10 };

#define NODES "/api/v1/admin/orgs/acme/nodes"
#define CONFIG NODES "/sre/config"
#define PATCH(document)                                   \
	&(struct ask)                                     \
	{                                                 \
		.line = "PATCH " CONFIG, .body = document \
	}
#define GET(path)                   \
	&(struct ask)               \
	{                           \
		.line = "GET " path \
	}

static const char *const settings[] = {
	"TOCSIN_SECRETS_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", NULL};
static const struct stack_options options = {.settings = settings};
static struct stack stack;
static struct bus *bus;

static void start(void)
{
	store_only_start(&stack, &bus, &options);
}

static void stop(void)
{
	store_only_stop(&stack, bus);
}

static long rows(const char *table)
{
	return number_of(stack.database, "SELECT count(*) FROM config.%s", table);
}

static long versions(void)
{
	return number_of(stack.database,
		"SELECT version FROM config.node_config WHERE node_id = 'sre'");
}

/* Reads, adds its own key, writes on the condition that nobody did meanwhile; again. */
static void *write_carefully(void *context)
{
	struct answer answer AUTO(answer_done) = {0};
	int *number = context;

	for (int done = 0; done < WRITERS / THREADS;) {
		char headers[128], body[64];

		if (ask(&answer, &stack, GET(CONFIG)) != 200)
			return NULL;
		(void)snprintf(
			headers, sizeof(headers), "If-Match: %s\r\n", answer.etag);
		/* A counter: an update that is lost makes the sum too small. */
		(void)snprintf(body, sizeof(body), "{\"sum\":%ld}",
			json_integer_or(answer.body, "/config/sum", 0) + 1);
		if (ask(&answer, &stack,
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
		if (ask(&answer, &stack, PATCH(body)) != 200)
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

	start();
	all_write(write_carefully);
	cr_assert_eq(ask(&answer, &stack, GET(CONFIG)), 200);
	cr_expect_str_eq(answer_at(&answer, "/config/sum"), "50");
	cr_expect_str_eq(answer_at(&answer, "/version"), "50");

	all_write(write_anyhow);
	cr_assert_eq(ask(&answer, &stack, GET(CONFIG)), 200);
	cr_expect_str_eq(answer_at(&answer, "/version"), "100");
	cr_expect_eq(rows("node_config_history"), 100);
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.node_config_history a"
			     " JOIN config.node_config_history b"
			     " ON b.previous_version = a.version"
			     " WHERE a.config::text = b.previous_config::text"),
		99, "each began where the one before it ended");
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(DISTINCT config::text)"
			     " FROM config.node_config_history"),
		100, "history has what every writer wrote");
	cr_expect_eq(
		number_of(stack.database,
			"SELECT count(*) FROM config.node_config c"
			" JOIN config.node_config_history h USING (node_id, version)"
			" WHERE c.config::text = h.config::text"),
		1, "the last one is what holds");
	stop();
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

	start();
	cr_assert_eq(ask(&answer, &stack, PATCH("{\"a\":1}")), 200);
	cr_expect_str_eq(answer.etag, "\"1\"");
	for (size_t i = 0; i < countof(writes); i++) {
		cr_expect_eq(ask(&answer, &stack,
				     &(struct ask){.line = writes[i][0],
					     .headers = "If-Match: \"0\", \"2\"\r\n",
					     .body = writes[i][1]}),
			412, "%s", writes[i][0]);
		cr_expect_str_eq(answer_at(&answer, "/error"), "\"version_mismatch\"");
	}
	cr_expect_eq(versions(), 1);
	cr_expect_eq(ask(&answer, &stack,
			     &(struct ask){.line = "PATCH " CONFIG,
				     .headers = "If-Match: \"0\", \"1\"\r\n",
				     .body = "{\"a\":2}"}),
		200);
	cr_expect_eq(ask(&answer, &stack, PATCH("{\"a\":2}")), 200);
	cr_expect_str_eq(answer.etag, "\"2\"", "what changes nothing is no version");
	cr_expect_eq(ask(&answer, &stack,
			     &(struct ask){.line = "GET " CONFIG,
				     .headers = "If-None-Match: W/\"2\"\r\n"}),
		304);
	cr_expect_str_eq(answer.text, "");
	cr_expect_str_eq(answer.etag, "\"2\"");
	cr_expect_eq(ask(&answer, &stack,
			     &(struct ask){.line = "GET " CONFIG,
				     .headers = "If-None-Match: \"1\"\r\n"}),
		200);
	stop();
}

/* Of /metrics. */
static long metric(const char *name)
{
	struct answer answer AUTO(answer_done) = {0};
	const char *line;
	char start_of_line[128];

	cr_assert_eq(ask(&answer, &stack, GET("/metrics")), 200);
	(void)snprintf(start_of_line, sizeof(start_of_line), "\n%s ", name);
	line = strstr(answer.text, start_of_line);
	cr_assert(line, "%s", name);
	return strtol(line + strlen(start_of_line), NULL, 10);
}

/* When the connections that answer HTTP and rpc were last asked something. */
static const char *last_queries(void)
{
	return rows_of(stack.database,
		"SELECT pid, query_start FROM pg_stat_activity"
		" WHERE datname = current_database() AND application_name = 'tocsin'"
		" AND query !~ 'route_outbox|tocsin "
		"outbox|pg_listening_channels|LISTEN'"
		" AND query !~ '^(BEGIN|COMMIT)' ORDER BY pid");
}

static bool is_cached(struct answer *answer, const struct ask *call)
{
	long before = metric("tocsin_config_cache_hits_total");

	return ask(answer, &stack, call) / 100 < 4 &&
		metric("tocsin_config_cache_hits_total") > before;
}

/* Many reads, all from memory. Not while notices lapse on a machine that stalls. */
static bool costs_nothing(const struct ask *call)
{
	enum { READS = 40 };
	struct answer answer AUTO(answer_done) = {0};
	long hits = metric("tocsin_config_cache_hits_total");
	char before[2048];

	(void)snprintf(before, sizeof(before), "%s", last_queries());
	cr_assert_neq(before[0], '\0', "there are connections that were asked before");
	for (int i = 0; i < READS; i++)
		cr_assert_eq(ask(&answer, &stack, call), 304);
	return strcmp(last_queries(), before) == 0 &&
		metric("tocsin_config_cache_hits_total") == hits + READS;
}

Test(config_http, an_unchanged_effective_config_costs_no_query, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0};
	struct ask again = {.line = "GET " CONFIG "/effective"};
	char headers[128];

	start();
	cr_assert_eq(ask(&answer, &stack, PATCH("{\"note\":\"one\"}")), 200);
	cr_assert_eq(ask(&answer, &stack, &again), 200);
	(void)snprintf(headers, sizeof(headers), "If-None-Match: %s\r\n", answer.etag);
	again.headers = headers;
	cr_assert(WAIT_UNTIL(is_cached(&answer, &again), WAIT_MS));
	cr_expect(WAIT_UNTIL(costs_nothing(&again), WAIT_MS));

	/* And nobody is served what was: not the team's own, not the root's change. */
	cr_assert_eq(ask(&answer, &stack, PATCH("{\"note\":\"two\"}")), 200);
	cr_expect_eq(ask(&answer, &stack, &again), 200);
	cr_expect_str_eq(answer_at(&answer, "/note"), "\"two\"");
	cr_assert(WAIT_UNTIL(
		is_cached(&answer, &(struct ask){.line = again.line}), WAIT_MS));
	cr_assert_eq(ask(&answer, &stack,
			     &(struct ask){.line = "PATCH " NODES "/acme/config",
				     .body = "{\"from_above\":1}"}),
		200);
	cr_expect_eq(ask(&answer, &stack, &again), 200);
	cr_expect_str_eq(answer_at(&answer, "/from_above"), "1");
	stop();
}

Test(config_http, an_effective_config_costs_three_round_trips_at_most, .timeout = 100)
{
	enum { READS = 200 };
	static const char *const no_cache[] = {"TOCSIN_CONFIG_CACHE=0", NULL};
	static const struct stack_options uncached = {.settings = no_cache};
	struct answer answer AUTO(answer_done) = {0}, token AUTO(answer_done) = {0};
	struct ask call = {.line = "GET /api/v1/config/me/effective"};
	long before, hits;

	store_only_start(&stack, &bus, &uncached);
	cr_assert_eq(ask(&token, &stack,
			     &(struct ask){.line = "POST /api/v1/admin/orgs/acme/teams/"
						   "sre/tokens",
				     .body = "{}"}),
		201);
	call.token = json_string_at(token.body, "/token");
	before = metric("tocsin_db_round_trips_total");
	hits = metric("tocsin_config_cache_hits_total");
	for (int i = 0; i < READS; i++)
		cr_expect_eq(ask(&answer, &stack, &call), 200);
	/* The outbox asks a few times a second, too: that is in it. */
	cr_expect_leq(metric("tocsin_db_round_trips_total") - before, 3 * READS);
	cr_expect_geq(metric("tocsin_db_round_trips_total") - before, READS);
	cr_expect_eq(metric("tocsin_config_cache_hits_total"), hits);
	stop();
}

/* What somebody else writes to the tables, as another process of ours would. */
Test(config_http, a_change_by_another_process_is_seen, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0};
	const struct ask effective = {.line = "GET " CONFIG "/effective"};
	const char *done;

	start();
	cr_assert(WAIT_UNTIL(is_cached(&answer, &effective), WAIT_MS));
	done = rows_of(stack.database,
		"WITH changed AS (UPDATE config.node_config SET config ="
		" '{\"note\":\"other\"}', version = version + 1 WHERE node_id = 'sre'"
		" RETURNING org_id) SELECT pg_notify('tocsin_config', org_id)"
		" FROM changed");
	cr_expect_str_eq(done, "");
	cr_expect(WAIT_UNTIL(ask(&answer, &stack, &effective) == 200 &&
			strcmp(answer_at(&answer, "/note"), "\"other\"") == 0,
		WAIT_MS));
	stop();
}

Test(config_http, any_version_can_be_seen_compared_and_restored, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0};

	start();
	cr_assert_eq(
		ask(&answer, &stack,
			PATCH("{\"note\":1,\"list\":[1],\"integrations\":{\"slack\":{"
			      "\"bot_token\":\"xoxb-first\"}}}")),
		200);
	cr_assert_eq(ask(&answer, &stack,
			     PATCH("{\"note\":null,\"list\":[1,2],\"more\":{\"a/b\":1},"
				   "\"integrations\":{\"slack\":{\"bot_token\":"
				   "\"xoxb-second\"}}}")),
		200);
	cr_expect_eq(ask(&answer, &stack, GET(CONFIG "/diff?from=1&to=2")), 200);
	cr_expect_str_eq(answer_at(&answer, "/diff/added"), "{\"/more\":{\"a/b\":1}}");
	cr_expect_str_eq(answer_at(&answer, "/diff/removed"), "{\"/note\":1}");
	cr_expect_str_eq(answer_at(&answer, "/diff/changed/~1list"),
		"{\"old\":[1],\"new\":[1,2]}");
	cr_expect(
		json_at(answer.body, "/diff/changed/~1integrations~1slack~1bot_token"),
		"%s", answer.text);
	cr_expect_not(strstr(answer.text, "xoxb"));
	cr_expect_eq(ask(&answer, &stack, GET(CONFIG "/versions/1")), 200);
	cr_expect_str_eq(answer_at(&answer, "/config/note"), "1");
	cr_expect_not(strstr(answer.text, "xoxb") || strstr(answer.text, "encrypted"));

	cr_expect_eq(
		ask(&answer, &stack,
			&(struct ask){.line = "POST " CONFIG "/rollback",
				.body = "{\"version\":1,\"reason\":\"it broke\"}"}),
		200);
	cr_expect_str_eq(answer_at(&answer, "/version"), "3");
	cr_expect_eq(ask(&answer, &stack, GET(CONFIG "/diff?from=1&to=3")), 200);
	cr_expect_str_eq(answer_at(&answer, "/diff"),
		"{\"added\":{},\"removed\":{},\"changed\":{}}",
		"the secret is the first");
	cr_expect_eq(ask(&answer, &stack,
			     &(struct ask){.line = "POST " CONFIG "/rollback",
				     .body = "{\"version\":0}"}),
		200);
	cr_expect_str_eq(answer_at(&answer, "/config"), "{}");
	cr_expect_eq(ask(&answer, &stack,
			     &(struct ask){.line = "POST " CONFIG "/rollback",
				     .body = "{\"version\":9}"}),
		404);
	cr_expect_eq(ask(&answer, &stack, GET(CONFIG "/versions/9")), 404);
	cr_expect_eq(ask(&answer, &stack, GET(CONFIG "/versions/x")), 400);
	stop();
}

Test(config_http, history_is_paged_newest_first_and_says_why, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0};
	char line[160];

	start();
	for (int i = 1; i <= 5; i++) {
		(void)snprintf(line, sizeof(line), "{\"n\":%d}", i);
		cr_assert_eq(ask(&answer, &stack,
				     &(struct ask){.line = "PATCH " CONFIG
							   "?reason=because%20so",
					     .body = line}),
			200);
	}
	cr_assert_eq(ask(&answer, &stack, GET(CONFIG "/history?limit=2")), 200);
	cr_expect_str_eq(answer_at(&answer, "/items/0/version"), "5");
	cr_expect_str_eq(answer_at(&answer, "/items/0/reason"), "\"because so\"");
	cr_expect_str_eq(answer_at(&answer, "/items/0/changed_by"), "\"super_admin\"");
	cr_expect_str_eq(answer_at(&answer, "/items/0/diff/changed"),
		"{\"/n\":{\"old\":4,\"new\":5}}");
	cr_expect_str_eq(answer_at(&answer, "/items/1/version"), "4");
	(void)snprintf(line, sizeof(line), "GET " CONFIG "/history?limit=3&cursor=%s",
		json_string_or(answer.body, "/next", ""));
	cr_assert_eq(ask(&answer, &stack, &(struct ask){.line = line}), 200);
	cr_expect_str_eq(answer_at(&answer, "/items/0/version"), "3");
	cr_expect_str_eq(answer_at(&answer, "/items/2/version"), "1");
	cr_expect_str_eq(answer_at(&answer, "/items/2/previous_version"), "0");
	cr_expect_str_eq(answer_at(&answer, "/next"), "null");
	cr_expect_eq(ask(&answer, &stack, GET(NODES "/none/config/history")), 404);
	cr_expect_eq(ask(&answer, &stack, GET(CONFIG "/history?limit=0")), 400);
	cr_expect_eq(ask(&answer, &stack, GET(CONFIG "/history?cursor=x")), 400);
	cr_expect_eq(ask(&answer, &stack,
			     &(struct ask){.line = "PATCH " CONFIG "?reason=%ff",
				     .body = "{\"n\":9}"}),
		400);
	stop();
}

/* Follows `next` to the end; how many entries there were. */
static int walk_history(int *pages)
{
	struct answer answer AUTO(answer_done) = {0};
	char line[160] = "GET " CONFIG "/history?limit=100";
	int entries = 0;

	for (*pages = 0; *line; ++*pages) {
		const char *next;

		cr_assert_eq(ask(&answer, &stack, &(struct ask){.line = line}), 200);
		entries += (int)json_array_size(json_at(answer.body, "/items"));
		next = json_string_at(answer.body, "/next");
		*line = '\0';
		if (next)
			(void)snprintf(line, sizeof(line),
				"GET " CONFIG "/history?limit=100&cursor=%s", next);
	}
	return entries;
}

Test(config_http, history_of_large_documents_comes_in_more_pages, .timeout = 100)
{
	enum { VERSIONS = 12, LARGE = 240000 };
	struct answer answer AUTO(answer_done) = {0};
	char *body AUTO(free) = malloc(LARGE + 64);
	int pages;

	start();
	for (int i = 0; i < VERSIONS; i++) {
		int len = snprintf(body, 32, "{\"large\":\"%d", i);

		memset(body + len, 'x', LARGE);
		(void)strcpy(body + len + LARGE, "\"}");
		cr_assert_eq(ask(&answer, &stack, PATCH(body)), 200);
	}
	cr_expect_eq(walk_history(&pages), VERSIONS);
	cr_expect_geq(pages, 2);
	stop();
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

Test(config_http, a_rollback_restores_whatever_there_was, .timeout = 150)
{
	enum { VERSIONS = 12, ROLLBACKS = 8 };
	struct answer then AUTO(answer_done) = {0}, answer AUTO(answer_done) = {0};
	struct text patch AUTO(text_done) = {0};
	char line[128], body[64];

	start();
	for (int i = 0; i < VERSIONS; i++) {
		random_patch(&patch);
		cr_assert_eq(ask(&answer, &stack, PATCH(text_string(&patch))), 200,
			"%s: %s", text_string(&patch), answer.text);
	}
	for (int i = 0; i < ROLLBACKS; i++) {
		int version = (int)draw((unsigned)versions() + 1);

		(void)snprintf(
			line, sizeof(line), "GET " CONFIG "/versions/%d", version);
		(void)snprintf(body, sizeof(body), "{\"version\":%d}", version);
		cr_assert_eq(ask(&then, &stack, &(struct ask){.line = line}), 200);
		cr_assert_eq(ask(&answer, &stack,
				     &(struct ask){.line = "POST " CONFIG "/rollback",
					     .body = body}),
			200);
		cr_expect(json_equal(json_at(then.body, "/config"),
				  json_at(answer.body, "/config")),
			"%s: %s, not %s", body, answer.text, then.text);
	}
	stop();
}

static void make_web(struct answer *answer)
{
	cr_assert_eq(ask(answer, &stack,
			     &(struct ask){.line = "POST /api/v1/admin/orgs/acme/"
						   "teams/web"}),
		201);
	cr_assert_eq(ask(answer, &stack,
			     &(struct ask){.line = "PATCH " NODES "/web/config",
				     .body = "{\"routing\":{\"services\":[\"web\"]}}"}),
		200);
}

Test(config_http, a_dry_run_tells_all_and_stores_nothing, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0};
	long before;

	start();
	make_web(&answer);
	before = rows("node_config_history");
	cr_assert_eq(
		ask(&answer, &stack,
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

	cr_assert_eq(ask(&answer, &stack,
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
	cr_assert_eq(ask(&answer, &stack,
			     &(struct ask){.line = "PUT " CONFIG "?dry_run=1",
				     .body = "{\"config\":{\"routing\":7}}"}),
		200);
	cr_expect_str_eq(answer_at(&answer, "/valid"), "false");
	cr_expect_eq(ask(&answer, &stack,
			     &(struct ask){.line = "PATCH " CONFIG "?dry_run=maybe",
				     .body = "{}"}),
		400);
	cr_expect_eq(
		ask(&answer, &stack,
			&(struct ask){.line = "PATCH " NODES "/none/config?dry_run=1",
				.body = "{}"}),
		404);
	cr_expect_eq(versions(), 0);
	cr_expect_eq(rows("node_config_history"), before);
	cr_expect_eq(rows("identifier"), 1);
	stop();
}

Test(config_http, a_team_reads_and_changes_its_own, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0}, token AUTO(answer_done) = {0};
	struct ask call = {0};

	start();
	cr_assert_eq(ask(&token, &stack,
			     &(struct ask){.line = "POST /api/v1/admin/orgs/acme/teams/"
						   "sre/tokens",
				     .body = "{}"}),
		201);
	call.token = json_string_at(token.body, "/token");
	call.line = "PATCH /api/v1/config/me";
	call.body = "{\"note\":\"ours\"}";
	call.headers = "If-Match: \"0\"\r\n";
	cr_expect_eq(ask(&answer, &stack, &call), 200);
	cr_expect_eq(ask(&answer, &stack, &call), 412);
	call = (struct ask){.token = call.token, .line = "GET /api/v1/config/me"};
	cr_expect_eq(ask(&answer, &stack, &call), 200);
	cr_expect_str_eq(answer_at(&answer, "/config"), "{\"note\":\"ours\"}");
	call.line = "GET /api/v1/config/me/effective";
	cr_expect_eq(ask(&answer, &stack, &call), 200);
	cr_expect_str_eq(answer_at(&answer, "/note"), "\"ours\"", "the flat document");
	call.line = "GET /api/v1/config/me/raw";
	cr_expect_eq(ask(&answer, &stack, &call), 200);
	cr_expect_str_eq(answer_at(&answer, "/configs"),
		"{\"acme\":{},\"sre\":{\"note\":\"ours\"}}");
	call.line = "GET " CONFIG "/history";
	cr_expect_eq(ask(&answer, &stack, &call), 403);
	call.token = ADMIN_TOKEN;
	cr_expect_eq(ask(&answer, &stack, &call), 200);
	cr_expect_str_eq(json_string_or(answer.body, "/items/0/changed_by", ""),
		json_string_or(token.body, "/token_id", "?"), "the token did it");
	call.line = "GET /api/v1/config/me";
	cr_expect_eq(ask(&answer, &stack, &call), 403, "an admin has no team");
	stop();
}
