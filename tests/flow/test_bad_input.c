// SPDX-License-Identifier: Apache-2.0
// Story: whatever is sent to the config store's writing calls that cannot be meant, is
// refused with the reason, and nothing of it is stored. The calls are those of the table
// of routes, so that a new one is tried as well.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "config-store/routes.h"
#include "tests/support/stack.h"

enum {
	WAIT_MS = 20000,
	CALL_MS = 60000,
	DEPTH = 10000,
	HUGE_BYTES = 10 << 20,
	BODIES_MAX = 32,
	LINE_SIZE = 8192,
	STATUSES_MAX = 6,
};

struct body {
	const char *what;
	char *bytes;
	size_t len;
};

static const char *const secret_settings[] = {
	"TOCSIN_SECRETS_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", NULL};
static const struct stack_options options = {.settings = secret_settings};
static struct stack stack;
static struct body bodies[BODIES_MAX], huge;
static size_t body_count;
static char team_token[128];

static void add(const char *what, const char *bytes, size_t len)
{
	char *copy = malloc(len + 1);

	cr_assert(copy && body_count < BODIES_MAX);
	memcpy(copy, bytes, len);
	copy[len] = '\0';
	bodies[body_count++] = (struct body){what, copy, len};
}

#define ADD(what, literal) add(what, literal, sizeof(literal) - 1)

static void add_repeated(const char *what, const char *const parts[3])
{
	struct text text AUTO(text_done) = {0};

	text_add(&text, parts[0]);
	for (int i = 0; i < DEPTH; i++)
		text_add(&text, parts[1]);
	for (int i = 0; i < DEPTH; i++)
		text_add(&text, parts[2]);
	text_add(&text, "}");
	add(what, text_string(&text), text.len);
}

static void make_bodies(void)
{
	ADD("cut off", "{\"name\":");
	ADD("words", "nonsense");
	ADD("two values", "{\"name\":\"a\"}{}");
	ADD("a comma too many", "{\"name\":\"a\",}");
	ADD("blanks", "   ");
	ADD("a number", "5");
	ADD("null", "null");
	ADD("a string", "\"x\"");
	ADD("an array", "[{\"name\":\"a\"}]");
	ADD("a key twice", "{\"name\":\"a\",\"name\":\"b\"}");
	ADD("a key twice, escaped", "{\"name\":\"a\",\"n\\u0061me\":\"b\"}");
	ADD("a key twice, deep", "{\"config\":{\"x\":[{\"y\":1,\"y\":1}]}}");
	ADD("invalid UTF-8", "{\"name\":\"\xff\xfe\"}");
	ADD("overlong UTF-8", "{\"name\":\"\xc0\xaf\"}");
	ADD("a surrogate in UTF-8", "{\"name\":\"\xed\xa0\x80\"}");
	ADD("half a pair", "{\"name\":\"\\ud800\"}");
	ADD("an escaped NUL", "{\"name\":\"a\\u0000b\"}");
	ADD("an escaped NUL in a key", "{\"a\\u0000b\":\"x\"}");
	ADD("a NUL byte", "{\"name\":\"a\0b\"}");
	ADD("a control character", "{\"name\":\"a\nb\"}");
	ADD("a number out of range", "{\"name\":1e999}");
	ADD("an integer out of range", "{\"name\":123456789012345678901234567890}");
	add_repeated("deep arrays", (const char *const[]){"{\"config\":", "[", "]"});
	add_repeated(
		"deep objects", (const char *const[]){"{\"config\":", "{\"a\":", "}"});
	add_repeated("never closed", (const char *const[]){"{\"config\":", "[", ""});
	huge.what = "10 MB";
	huge.len = HUGE_BYTES;
	huge.bytes = malloc(huge.len + 1);
	cr_assert(huge.bytes);
	memset(huge.bytes, 'x', huge.len);
	memcpy(huge.bytes, "{\"name\":\"", 9);
	memcpy(huge.bytes + huge.len - 2, "\"}", 3);
}

static void start(void)
{
	json_t *answer AUTO(json_decref) = NULL;

	stack = (struct stack){.directory = place_of_test(), .options = &options};
	postgres_database(stack.database, sizeof(stack.database));
	stack_nats_start(&stack);
	stack_daemon_start(&stack, CONFIG_STORE);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, "POST /api/v1/admin/orgs",
			     "{\"org_id\":\"acme\"}", NULL),
		201);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN,
			     "POST /api/v1/admin/orgs/acme/teams/sre", "", NULL),
		201);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN,
			     "PATCH /api/v1/admin/orgs/acme/nodes/sre/config",
			     "{\"routing\":{\"services\":[\"pay\"]}}", NULL),
		200);
	cr_assert_eq(
		stack_call(&stack, ADMIN_TOKEN,
			"POST /api/v1/admin/orgs/acme/teams/sre/tokens", "", &answer),
		201);
	(void)snprintf(team_token, sizeof(team_token), "%s",
		json_string_or(answer, "/token", ""));
	cr_assert(WAIT_UNTIL(number_of(stack.database,
				     "SELECT count(*) FROM config.route_outbox") == 0,
		WAIT_MS));
	make_bodies();
}

static void stop(void)
{
	for (size_t i = 0; i < body_count; i++)
		free(bodies[i].bytes);
	free(huge.bytes);
	/* It did not fall over: it answers still, and ends well. */
	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN,
			     "GET /api/v1/admin/orgs/acme/nodes/sre", "", NULL),
		200);
	cr_expect_eq(process_stop(&stack.daemons[CONFIG_STORE], SIGTERM, WAIT_MS), 0);
	stack_nats_stop(&stack);
}

/* What all tables of the config store have in them; for free(). */
static char *contents(void)
{
	char *tables = strdup(rows_of(stack.database,
		"SELECT table_name FROM information_schema.tables"
		" WHERE table_schema = 'config' ORDER BY 1"));
	struct text text = {0};
	char *rest, *table = strtok_r(tables, "\n", &rest);

	cr_assert(table);
	for (; table; table = strtok_r(NULL, "\n", &rest))
		text_printf(&text, "%s %s\n", table,
			rows_of(stack.database,
				"SELECT count(*), md5(coalesce(string_agg((to_jsonb(t)"
				" - 'last_used_at')::text, '' ORDER BY t::text), ''))"
				" FROM config.%s t",
				table));
	free(tables);
	return text_take(&text);
}

static void expect_unchanged(const char *before, const char *what)
{
	char *after AUTO(free) = contents();

	cr_expect_str_eq(after, before, "%s has left something behind", what);
}

static const char *token_for(const struct route *route)
{
	return route->callers & CALLER_SUPER_ADMIN || !(route->callers & CALLER_TEAM)
		? ADMIN_TOKEN
		: team_token;
}

/* Neither of our two tokens may make this call: it is refused before it is read. */
static bool is_for_others(const struct route *route)
{
	return !(route->callers & (CALLER_SUPER_ADMIN | CALLER_TEAM));
}

static bool writes(const struct route *route)
{
	return strcmp(route->method, "GET") != 0;
}

/*
 * The route's request line with `bad` in the place of its placeholder number `which`, and
 * what is there in the others. False when it has none so many.
 */
static bool fill_line(char *line, const struct route *route, int which, const char *bad)
{
	static const struct {
		const char *name, *value;
	} known[] = {{"{org}", "acme"}, {"{node}", "sre"}, {"{team}", "sre"}};
	const char *p = route->path, *end;
	struct text text AUTO(text_done) = {0};
	int seen = 0;

	text_printf(&text, "%s ", route->method);
	for (; *p; p = end) {
		const char *value = "00000000000000000000000000000000";

		end = *p == '{' ? strchr(p, '}') + 1 : p + strcspn(p, "{");
		if (*p != '{') {
			text_add_bytes(&text, p, (size_t)(end - p));
			continue;
		}
		for (size_t i = 0; i < countof(known); i++)
			if (strncmp(p, known[i].name, strlen(known[i].name)) == 0)
				value = known[i].value;
		text_add(&text, seen++ == which ? bad : value);
	}
	cr_assert_lt(text.len, LINE_SIZE);
	(void)snprintf(line, LINE_SIZE, "%s", text_string(&text));
	return which < seen;
}

static int send_to(const struct route *route, const char *line, const struct body *body)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	char headers[256];

	(void)snprintf(headers, sizeof(headers),
		"Content-Type: application/json\r\nAuthorization: Bearer %s\r\n",
		token_for(route));
	request_write(&exchange.request, line, headers, body->bytes, body->len);
	(void)exchange_run(&exchange, stack.addresses[CONFIG_STORE], CALL_MS);
	return exchange.status;
}

static bool is_one_of(int status, const int statuses[STATUSES_MAX])
{
	for (int i = 0; i < STATUSES_MAX && statuses[i]; i++)
		if (status == statuses[i])
			return true;
	return false;
}

Test(bad_input, a_body_that_cannot_be_meant_is_refused_everywhere, .timeout = 280)
{
	static const int refused[STATUSES_MAX] = {400, 413, 422};
	char line[LINE_SIZE];
	char *before AUTO(free) = NULL;
	size_t tried = 0;

	start();
	before = contents();
	for (size_t i = 0; i < route_count; i++) {
		const struct route *route = &routes[i];
		bool names_one = strstr(route->path, "{id}") != NULL;

		if (!writes(route) || strcmp(route->method, "DELETE") == 0)
			continue;
		(void)fill_line(line, route, -1, NULL);
		for (size_t k = 0; k < body_count; k++) {
			int status = send_to(route, line, &bodies[k]);

			cr_expect(is_one_of(status, refused) ||
					(names_one && status == 404) ||
					(is_for_others(route) && status == 403),
				"%s with %s: %d", line, bodies[k].what, status);
		}
		expect_unchanged(before, line);
		tried++;
	}
	cr_expect_gt(tried, 5);
	stop();
}

Test(bad_input, ten_megabytes_are_not_read, .timeout = 280)
{
	char line[LINE_SIZE];
	char *before AUTO(free) = NULL;

	start();
	before = contents();
	for (size_t i = 0; i < route_count; i++) {
		if (!writes(&routes[i]))
			continue;
		(void)fill_line(line, &routes[i], -1, NULL);
		cr_expect_eq(send_to(&routes[i], line, &huge), 413, "%s", line);
	}
	expect_unchanged(before, "10 MB");
	stop();
}

/* As they stand in a path. */
static const char *const bad_ids[] = {"a.b", ".", "..", "%2e%2e", "a%20b", "*", "%2A",
	">", "%3E", "acme.*", "a%2Fb", "..%2Facme", "a%5Cb", "-a", "_a", "%00", "a%00",
	"acme%00x", "%", "%4", "%zz", "%ff", "%c0%af", "%e2%80%8b", "%C3%A9",
	"a%0d%0aX:1", "%22", "%27%3B--", "$system", "{org}", "a+b", "a;b"};

static void try_id(const struct route *route, int which, const char *id)
{
	static const int refused[STATUSES_MAX] = {400, 404, 414, 431};
	static char nothing[] = "{}";
	static const struct body empty = {"", nothing, sizeof(nothing) - 1};
	char line[LINE_SIZE];
	int status;

	if (!fill_line(line, route, which, id))
		return;
	status = send_to(route, line, &empty);
	cr_expect(is_one_of(status, refused) || (is_for_others(route) && status == 403),
		"%s: %d", line, status);
}

Test(bad_input, no_path_has_an_id_that_cannot_be_one, .timeout = 280)
{
	char too_long[65], far_too_long[4096];
	char *before AUTO(free) = NULL;

	start();
	before = contents();
	memset(too_long, 'a', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	memset(far_too_long, 'a', sizeof(far_too_long) - 1);
	far_too_long[sizeof(far_too_long) - 1] = '\0';
	for (size_t i = 0; i < route_count; i++)
		for (int which = 0; which < 3; which++) {
			for (size_t k = 0; k < countof(bad_ids); k++)
				try_id(&routes[i], which, bad_ids[k]);
			try_id(&routes[i], which, too_long);
			try_id(&routes[i], which, far_too_long);
		}
	expect_unchanged(before, "a bad id in a path");
	stop();
}

/* @ is a bad id. */
static const char *const naming[][2] = {
	{"POST /api/v1/admin/orgs", "{\"org_id\":\"@\"}"},
	{"POST /api/v1/admin/orgs/acme/nodes",
		"{\"node_id\":\"@\",\"node_type\":\"team\"}"},
	{"POST /api/v1/admin/orgs/acme/nodes",
		"{\"node_id\":\"new\",\"node_type\":\"team\",\"parent_id\":\"@\"}"},
	{"POST /api/v1/admin/orgs/acme/nodes",
		"{\"node_id\":\"new\",\"node_type\":\"@\"}"},
	{"POST /api/v1/admin/orgs/acme/teams/new", "{\"parent_id\":\"@\"}"},
	{"PATCH /api/v1/admin/orgs/acme/nodes/sre/config", "{\"agents\":{\"@\":{}}}"},
	{"PATCH /api/v1/admin/orgs/acme/nodes/sre/config", "{\"tools\":{\"@\":{}}}"},
	{"PATCH /api/v1/admin/orgs/acme/nodes/sre/config",
		"{\"schedules\":{\"@\":{}}}"},
};

Test(bad_input, no_body_names_what_cannot_be_a_name, .timeout = 280)
{
	static const char *const ids[] = {"a.b", "a b", "*", ">", "a/b", "..",
		"\xC3\xA9", "a\\nb", "\\u0001", "-a", "a%2fb",
		"a123456789012345678901234567890123456789012345678901234567890123"};
	static const int refused[STATUSES_MAX] = {400, 404, 422};
	char *before AUTO(free) = NULL;

	start();
	before = contents();
	for (size_t i = 0; i < countof(naming); i++)
		for (size_t k = 0; k < countof(ids); k++) {
			struct text body AUTO(text_done) = {0};
			const char *at = strchr(naming[i][1], '@');
			int status;

			text_add_bytes(
				&body, naming[i][1], (size_t)(at - naming[i][1]));
			text_add(&body, ids[k]);
			text_add(&body, at + 1);
			status = stack_call(&stack, ADMIN_TOKEN, naming[i][0],
				text_string(&body), NULL);
			cr_expect(is_one_of(status, refused), "%s %s: %d", naming[i][0],
				text_string(&body), status);
		}
	expect_unchanged(before, "a bad id in a body");
	stop();
}

#define CONFIG "/api/v1/admin/orgs/acme/nodes/sre/config"

static const struct {
	const char *line, *body;
	int status;
	const char *path; /* of the first error; NULL: it has no list */
} wrong[] = {
	{"POST /api/v1/admin/orgs", "{\"org_id\":5}", 400, NULL},
	{"POST /api/v1/admin/orgs", "{}", 400, NULL},
	{"POST /api/v1/admin/orgs", "{\"org_id\":\"new\",\"name\":[]}", 400, NULL},
	{"POST /api/v1/admin/orgs/acme/nodes", "{\"node_id\":\"n\",\"node_type\":{}}",
		400, NULL},
	{"POST /api/v1/admin/orgs/acme/teams/new", "{\"name\":7}", 400, NULL},
	{"POST /api/v1/admin/orgs/acme/teams/sre/tokens", "{\"label\":{}}", 400, NULL},
	{"PUT " CONFIG, "{}", 400, NULL},
	{"PUT " CONFIG, "{\"config\":null}", 400, NULL},
	{"PUT " CONFIG, "{\"config\":[]}", 400, NULL},
	{"PUT " CONFIG, "{\"patch\":\"x\"}", 400, NULL},
	{"PUT " CONFIG, "{\"config\":{},\"patch\":{}}", 400, NULL},
	{"PUT " CONFIG, "{\"config\":{},\"reason\":5}", 400, NULL},
	{"PUT " CONFIG, "{\"config\":{\"runtime\":5}}", 422, "/runtime"},
	{"PATCH " CONFIG, "{\"runtime\":{\"pool\":7}}", 422, "/runtime/pool"},
	{"PATCH " CONFIG, "{\"routing\":{\"services\":[5]}}", 422,
		"/routing/services/0"},
	{"PATCH " CONFIG, "{\"routing\":\"x\"}", 422, "/routing"},
	{"PATCH " CONFIG, "{\"agents\":{\"a/b\":{}}}", 422, "/agents/a~1b"},
	{"PATCH " CONFIG, "{\"schedules\":{\"s\":{\"cron\":\"always\"}}}", 422,
		"/schedules/s/cron"},
	{"PATCH " CONFIG, "{\"policy\":{\"lock\":[]}}", 422, "/policy/lock"},
	{"PATCH " CONFIG, "{\"integrations\":{\"slack\":{\"bot_token\":5}}}", 422,
		"/integrations/slack/bot_token"},
	{"PATCH " CONFIG, "{\"x\":{\"$encrypted\":\"v1:a\"}}", 422, "/x"},
	{"PATCH " CONFIG, "{\"entrance_agent\":\"gone\"}", 422, "/entrance_agent"},
};

Test(bad_input, what_is_wrong_is_named_by_its_path, .timeout = 280)
{
	char *before AUTO(free) = NULL;

	start();
	before = contents();
	for (size_t i = 0; i < countof(wrong); i++) {
		json_t *answer AUTO(json_decref) = NULL;
		int status = stack_call(
			&stack, ADMIN_TOKEN, wrong[i].line, wrong[i].body, &answer);

		cr_expect_eq(status, wrong[i].status, "%s %s: %d", wrong[i].line,
			wrong[i].body, status);
		cr_expect(*json_string_or(answer, "/message", ""));
		if (wrong[i].path)
			cr_expect_str_eq(json_string_or(answer, "/errors/0/path", "-"),
				wrong[i].path, "%s", wrong[i].body);
	}
	expect_unchanged(before, "what is wrong");
	stop();
}

/* Deeper than a configuration may be, and within what is parsed at all. */
Test(bad_input, a_deep_or_large_configuration_is_told_so, .timeout = 280)
{
	struct text deep AUTO(text_done) = {0}, large AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;
	char *before AUTO(free) = NULL;

	start();
	before = contents();
	for (int i = 0; i < 1000; i++)
		text_add(&deep, "{\"x\":");
	text_add(&deep, "1");
	for (int i = 0; i < 1000; i++)
		text_add(&deep, "}");
	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN, "PATCH " CONFIG,
			     text_string(&deep), &answer),
		422);
	cr_expect_str_eq(json_string_or(answer, "/errors/0/path", "-"), "");
	text_add(&large, "{\"x\":\"");
	for (int i = 0; i < 300 << 10; i++)
		text_add_char(&large, 'x');
	text_add(&large, "\"}");
	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN, "PATCH " CONFIG,
			     text_string(&large), NULL),
		422);
	expect_unchanged(before, "depth and size");
	stop();
}
