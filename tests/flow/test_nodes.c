// SPDX-License-Identifier: Apache-2.0
// Story: an organisation is rebuilt. Teams are renamed and moved, many at once, and the
// tree stays a tree; what is deleted leaves nothing behind that works.
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "tests/support/ask.h"
#include "tests/support/store_only.h"

enum { WAIT_MS = 30000, MOVERS = 8, MOVES = 12, UNITS = 5, LEVELS = 16 };

#define ORG "/api/v1/admin/orgs/acme"
#define NODES ORG "/nodes"

static const struct stack_options options = {0};
static struct stack stack;
static struct bus *bus;

static int call(struct answer *answer, const char *line, const char *body)
{
	return ask(answer, &stack, &(struct ask){.line = line, .body = body});
}

static void start(void)
{
	store_only_start(&stack, &bus, &options);
}

static void stop(void)
{
	store_only_stop(&stack, bus);
}

static int make(const char *id, const char *parent, const char *type)
{
	struct answer answer AUTO(answer_done) = {0};
	char body[256];

	(void)snprintf(body, sizeof(body),
		"{\"node_id\":\"%s\",\"parent_id\":\"%s\",\"node_type\":\"%s\"}", id,
		parent, type);
	return call(&answer, "POST " NODES, body);
}

static int move(struct answer *answer, const char *id, const char *parent)
{
	char line[160], body[128];

	(void)snprintf(line, sizeof(line), "PATCH " NODES "/%s", id);
	(void)snprintf(body, sizeof(body), "{\"parent_id\":\"%s\"}", parent);
	return call(answer, line, body);
}

Test(nodes, move_with_all_that_is_below_and_inherit_anew, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0};
	long revision, told;

	start();
	cr_assert_eq(make("east", "acme", "unit"), 201);
	cr_assert_eq(make("west", "acme", "unit"), 201);
	cr_assert_eq(make("inner", "east", "unit"), 201);
	cr_assert_eq(make("web", "inner", "team"), 201);
	cr_assert_eq(call(&answer, "PATCH " NODES "/west/config",
			     "{\"runtime\":{\"max_turns\":3}}"),
		200);
	cr_assert_eq(call(&answer, "PATCH " NODES "/web/config",
			     "{\"routing\":{\"services\":[\"web\"]}}"),
		200);
	cr_assert_eq(call(&answer, "GET " NODES "/web/config/effective", NULL), 200);
	cr_expect_str_eq(answer_at(&answer, "/runtime/max_turns"), "20");
	cr_assert(WAIT_UNTIL(number_of(stack.database,
				     "SELECT count(*) FROM config.route_outbox") == 0,
		WAIT_MS));

	revision = number_of(
		stack.database, "SELECT last_value FROM config.route_revision");
	cr_expect_eq(move(&answer, "inner", "west"), 200);
	cr_expect_str_eq(answer_at(&answer, "/parent_id"), "\"west\"");
	cr_expect_gt(number_of(stack.database,
			     "SELECT last_value FROM config.route_revision"),
		revision, "the routes below are marked");
	cr_assert_eq(call(&answer, "GET " NODES "/web/config/effective", NULL), 200);
	cr_expect_str_eq(answer_at(&answer, "/runtime/max_turns"), "3");
	cr_expect_str_eq(rows_of(stack.database,
				 "SELECT org_id, team_id FROM config.identifier"),
		"acme|web", "claims go along");
	told = stack_stream_count(&stack, "AUDIT");
	cr_expect_eq(call(&answer, "PATCH " NODES "/inner",
			     "{\"name\":\"Inner\",\"parent_id\":\"acme\"}"),
		200);
	cr_expect_str_eq(answer_at(&answer, "/name"), "\"Inner\"");
	cr_expect(WAIT_UNTIL(stack_stream_count(&stack, "AUDIT") == told + 2, WAIT_MS),
		"the name and the place are two records");
	cr_expect_str_eq(answer_at(&answer, "/depth"), "1");
	cr_expect_eq(call(&answer, "GET " NODES "/web", NULL), 200);
	cr_expect_str_eq(answer_at(&answer, "/depth"), "2");
	cr_expect_eq(call(&answer, "PATCH " NODES "/acme", "{\"name\":\"ACME\"}"), 200);
	cr_expect_eq(call(&answer, "GET " NODES "?parent_id=acme&node_type=unit", NULL),
		200);
	cr_expect_eq(json_array_size(json_at(answer.body, "/items")), 3);
	stop();
}

Test(nodes, two_places_with_equal_versions_have_two_etags, .timeout = 100)
{
	struct answer before AUTO(answer_done) = {0}, answer AUTO(answer_done) = {0};
	char headers[128];

	start();
	cr_assert_eq(make("east", "acme", "unit"), 201);
	cr_assert_eq(make("west", "acme", "unit"), 201);
	cr_assert_eq(make("web", "east", "team"), 201);
	cr_assert_eq(call(&answer, "PATCH " NODES "/east/config", "{\"x\":1}"), 200);
	cr_assert_eq(call(&answer, "PATCH " NODES "/west/config", "{\"x\":2}"), 200);
	cr_assert_eq(call(&before, "GET " NODES "/web/config/effective", NULL), 200);
	cr_assert_eq(move(&answer, "web", "west"), 200);
	(void)snprintf(headers, sizeof(headers), "If-None-Match: %s\r\n", before.etag);
	cr_expect_eq(ask(&answer, &stack,
			     &(struct ask){.line = "GET " NODES "/web/config/effective",
				     .headers = headers}),
		200);
	cr_expect_str_eq(answer_at(&answer, "/x"), "2");
	stop();
}

Test(nodes, are_refused_a_place_that_is_none, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0};
	static const struct {
		const char *id, *parent, *error;
		int status;
	} cases[] = {
		{"a", "a", "cycle", 409},
		{"a", "b", "cycle", 409},
		{"a", "sre", "unit_under_team", 409},
		{"a", "none", "no_such_parent", 404},
		{"none", "a", "no_such_node", 404},
		{"acme", "a", "is_the_root", 409},
		{"a", "not an id", "invalid_id", 400},
	};
	static const char *const bodies[] = {"{}", "{\"node_type\":\"team\"}",
		"{\"parent_id\":null}", "{\"name\":7}", "[]", "{\"nmae\":\"x\"}"};

	start();
	cr_assert_eq(make("a", "acme", "unit"), 201);
	cr_assert_eq(make("b", "a", "unit"), 201);
	for (size_t i = 0; i < countof(cases); i++) {
		cr_expect_eq(move(&answer, cases[i].id, cases[i].parent),
			cases[i].status, "%zu: %s", i, answer.text);
		cr_expect_str_eq(
			json_string_or(answer.body, "/error", ""), cases[i].error);
	}
	for (size_t i = 0; i < countof(bodies); i++)
		cr_expect_eq(call(&answer, "PATCH " NODES "/a", bodies[i]), 400, "%s",
			bodies[i]);
	cr_expect_str_eq(rows_of(stack.database,
				 "SELECT node_id, parent_id FROM config.node"
				 " WHERE node_type = 'unit' ORDER BY 1"),
		"a|acme\nb|a");
	stop();
}

Test(nodes, have_sixteen_levels_at_most_however_they_get_there, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0};
	char id[16], parent[16] = "acme";

	start();
	for (int i = 2; i <= LEVELS - 1; i++) {
		(void)snprintf(id, sizeof(id), "u%d", i);
		cr_assert_eq(make(id, parent, "unit"), 201);
		(void)strcpy(parent, id);
	}
	cr_assert_eq(make("low", parent, "unit"), 201);
	cr_expect_eq(make("under", "low", "team"), 409);
	cr_assert_eq(make("two", "acme", "unit"), 201);
	cr_assert_eq(make("three", "two", "team"), 201);
	cr_expect_eq(move(&answer, "two", "low"), 409);
	cr_expect_eq(move(&answer, "two", "u15"), 409, "three would be at level 17");
	cr_expect_str_eq(json_string_or(answer.body, "/error", ""), "too_deep");
	cr_expect_eq(move(&answer, "two", "u14"), 200);
	cr_expect_eq(
		number_of(stack.database, "SELECT max(depth) FROM config.node"), 15);
	stop();
}

Test(nodes, a_team_that_would_not_work_in_the_new_place_stays, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0};

	start();
	cr_assert_eq(make("full", "acme", "unit"), 201);
	cr_assert_eq(make("bare", "acme", "unit"), 201);
	cr_assert_eq(make("box", "full", "unit"), 201);
	cr_assert_eq(make("web", "box", "team"), 201);
	cr_assert_eq(
		call(&answer, "PATCH " NODES "/full/config",
			"{\"agents\":{\"a\":{\"kind\":\"runbook\",\"enabled\":true,"
			"\"steps\":[],\"answer\":\"x\"}}}"),
		200);
	cr_assert_eq(call(&answer, "PATCH " NODES "/web/config",
			     "{\"entrance_agent\":\"a\"}"),
		200);
	cr_expect_eq(move(&answer, "box", "bare"), 422);
	cr_expect_str_eq(answer_at(&answer, "/errors/0/node"), "\"web\"");
	cr_expect_str_eq(answer_at(&answer, "/errors/0/path"), "\"/entrance_agent\"");
	cr_expect_str_eq(rows_of(stack.database,
				 "SELECT parent_id, depth FROM config.node"
				 " WHERE node_id = 'box'"),
		"full|2");
	stop();
}

/* Each puts units below each other in an order of its own. */
static void *move_about(void *context)
{
	struct answer answer AUTO(answer_done) = {0};
	int *number = context;

	for (int i = 0; i < MOVES; i++) {
		char id[16], parent[16];
		int status;

		(void)snprintf(id, sizeof(id), "m%d", (*number + i) % UNITS);
		(void)snprintf(parent, sizeof(parent), "m%d",
			(*number * 3 + i * 2 + 1) % UNITS);
		status = move(&answer, id, parent);
		if (status != 200 && status != 409)
			return NULL;
	}
	return number;
}

Test(nodes, that_move_at_once_never_make_a_cycle, .timeout = 150)
{
	pthread_t threads[MOVERS];
	int numbers[MOVERS];
	char id[16];

	start();
	for (int i = 0; i < UNITS; i++) {
		(void)snprintf(id, sizeof(id), "m%d", i);
		cr_assert_eq(make(id, "acme", "unit"), 201);
	}
	for (int i = 0; i < MOVERS; i++) {
		numbers[i] = i;
		cr_assert_eq(
			pthread_create(&threads[i], NULL, move_about, &numbers[i]), 0);
	}
	for (int i = 0; i < MOVERS; i++) {
		void *good;

		cr_assert_eq(pthread_join(threads[i], &good), 0);
		cr_expect(good, "a move was neither done nor refused");
	}
	/* From the root all are reached, each at the depth that it says. */
	cr_expect_eq(number_of(stack.database,
			     "WITH RECURSIVE reached AS ("
			     " SELECT node_id, 0 AS depth FROM config.node"
			     " WHERE node_id = 'acme'"
			     " UNION ALL SELECT child.node_id, reached.depth + 1"
			     " FROM reached JOIN config.node child"
			     " ON child.parent_id = reached.node_id)"
			     " SELECT count(*) FROM reached JOIN config.node"
			     " USING (node_id, depth)"),
		UNITS + 2);
	cr_expect_gt(number_of(stack.database,
			     "SELECT count(*) FROM config.node"
			     " WHERE node_id LIKE 'm%%' AND parent_id <> 'acme'"),
		0, "something moved");
	stop();
}

Test(nodes, that_are_deleted_leave_nothing_that_works, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0}, token AUTO(answer_done) = {0};
	struct ask me = {.line = "GET /api/v1/config/me/effective"};

	start();
	cr_assert_eq(make("unit", "acme", "unit"), 201);
	cr_assert_eq(make("web", "unit", "team"), 201);
	cr_assert_eq(call(&answer, "PATCH " NODES "/web/config",
			     "{\"routing\":{\"services\":[\"web\"]}}"),
		200);
	cr_assert_eq(call(&token, "POST " ORG "/teams/web/tokens", "{}"), 201);
	me.token = json_string_at(token.body, "/token");
	cr_assert_eq(ask(&answer, &stack, &me), 200);
	cr_expect_eq(call(&answer, "DELETE " NODES "/unit", NULL), 409);
	cr_expect_str_eq(json_string_or(answer.body, "/error", ""), "has_children");
	cr_expect_eq(call(&answer, "DELETE " ORG "/teams/web", NULL), 204);
	cr_expect_eq(ask(&answer, &stack, &me), 401);
	cr_expect_eq(
		number_of(stack.database, "SELECT count(*) FROM config.identifier"), 0);
	cr_expect_eq(call(&answer, "GET " NODES "/web/config/effective", NULL), 404);
	cr_expect_eq(call(&answer, "PATCH " NODES "/sre/config",
			     "{\"routing\":{\"services\":[\"web\"]}}"),
		200);

	/* One of the same id begins empty, and under versions that nobody has seen. */
	cr_assert_eq(make("web", "acme", "team"), 201);
	cr_expect_eq(ask(&answer, &stack, &me), 401);
	cr_expect_eq(call(&answer, "GET " NODES "/web/config", NULL), 200);
	cr_expect_str_eq(answer_at(&answer, "/config"), "{}");
	cr_expect_str_eq(answer_at(&answer, "/version"), "2");
	cr_expect_eq(call(&answer, "GET " NODES "/web/config/history", NULL), 200);
	cr_expect_str_eq(answer_at(&answer, "/items/0/reason"), "\"deleted\"");
	stop();
}

Test(nodes, an_organisation_that_is_deleted_leaves_its_id_to_nobody, .timeout = 100)
{
	struct answer answer AUTO(answer_done) = {0};
	static const char orgs[] = "POST /api/v1/admin/orgs";

	start();
	cr_assert_eq(call(&answer, "PATCH " NODES "/sre/config", "{\"x\":1}"), 200);
	cr_expect_eq(call(&answer, orgs, "{\"org_id\":\"acme\"}"), 409);
	cr_expect_str_eq(json_string_or(answer.body, "/error", ""), "org_exists");
	cr_assert_eq(call(&answer, "DELETE " ORG "/teams/sre", NULL), 204);
	cr_expect_eq(call(&answer, "POST " ORG "/teams/sre", NULL), 201,
		"a team comes back to what is its organisation's anyway");
	cr_assert_eq(call(&answer, "DELETE " ORG "/teams/sre", NULL), 204);
	cr_assert_eq(call(&answer, "DELETE " ORG, NULL), 204);
	cr_expect_eq(call(&answer, orgs, "{\"org_id\":\"acme\"}"), 409);
	cr_expect_str_eq(json_string_or(answer.body, "/error", ""), "org_id_was_used");
	cr_expect_eq(call(&answer, "GET " NODES "/acme", NULL), 404);
	cr_expect_eq(call(&answer, "DELETE " ORG, NULL), 404);
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.node_config_history"),
		0, "its history goes with it");
	cr_expect_eq(call(&answer, orgs, "{\"org_id\":\"acme2\"}"), 201);
	stop();
}
