// SPDX-License-Identifier: Apache-2.0
// A config store, who calls it, and a look at all that it has stored.
#include "tests/flow/refusing.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

enum { WAIT_MS = 20000, CALL_MS = 60000 };

static const char *const secret_settings[] = {
	"TOCSIN_SECRETS_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", NULL};
static const struct stack_options options = {.settings = secret_settings};
struct stack refusing_stack;
static char team_token[128];

void refusing_start(void)
{
	json_t *answer AUTO(json_decref) = NULL;

	refusing_stack =
		(struct stack){.directory = place_of_test(), .options = &options};
	postgres_database(refusing_stack.database, sizeof(refusing_stack.database));
	stack_nats_start(&refusing_stack);
	stack_daemon_start(&refusing_stack, CONFIG_STORE);
	cr_assert_eq(stack_call(&refusing_stack, ADMIN_TOKEN, "POST /api/v1/admin/orgs",
			     "{\"org_id\":\"acme\"}", NULL),
		201);
	cr_assert_eq(stack_call(&refusing_stack, ADMIN_TOKEN,
			     "POST /api/v1/admin/orgs/acme/teams/sre", "", NULL),
		201);
	cr_assert_eq(stack_call(&refusing_stack, ADMIN_TOKEN,
			     "PATCH /api/v1/admin/orgs/acme/nodes/sre/config",
			     "{\"routing\":{\"services\":[\"pay\"]}}", NULL),
		200);
	cr_assert_eq(
		stack_call(&refusing_stack, ADMIN_TOKEN,
			"POST /api/v1/admin/orgs/acme/teams/sre/tokens", "", &answer),
		201);
	(void)snprintf(team_token, sizeof(team_token), "%s",
		json_string_or(answer, "/token", ""));
	cr_assert(WAIT_UNTIL(number_of(refusing_stack.database,
				     "SELECT count(*) FROM config.route_outbox") == 0,
		WAIT_MS));
}

void refusing_stop(void)
{
	/* It did not fall over: it answers still, and ends well. */
	cr_expect_eq(stack_call(&refusing_stack, ADMIN_TOKEN,
			     "GET /api/v1/admin/orgs/acme/nodes/sre", "", NULL),
		200);
	cr_expect_eq(
		process_stop(&refusing_stack.daemons[CONFIG_STORE], SIGTERM, WAIT_MS),
		0);
	stack_nats_stop(&refusing_stack);
}

char *refusing_contents(void)
{
	char *tables = strdup(rows_of(refusing_stack.database,
		"SELECT table_name FROM information_schema.tables"
		" WHERE table_schema = 'config' ORDER BY 1"));
	struct text text = {0};
	char *rest, *table = strtok_r(tables, "\n", &rest);

	cr_assert(table);
	for (; table; table = strtok_r(NULL, "\n", &rest))
		text_printf(&text, "%s %s\n", table,
			rows_of(refusing_stack.database,
				"SELECT count(*), md5(coalesce(string_agg((to_jsonb(t)"
				" - 'last_used_at')::text, '' ORDER BY t::text), ''))"
				" FROM config.%s t",
				table));
	free(tables);
	return text_take(&text);
}

void refusing_expect_unchanged(const char *before, const char *what)
{
	char *after AUTO(free) = refusing_contents();

	cr_expect_str_eq(after, before, "%s has left something behind", what);
}

static const char *token_for(const struct route *route)
{
	return route->callers & CALLER_SUPER_ADMIN || !(route->callers & CALLER_TEAM)
		? ADMIN_TOKEN
		: team_token;
}

bool refusing_is_for_others(const struct route *route)
{
	return !(route->callers & (CALLER_SUPER_ADMIN | CALLER_TEAM));
}

bool refusing_fill_line(
	char *line, const struct route *route, int which, const char *bad)
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
	cr_assert_lt(text.len, REFUSING_LINE_SIZE);
	(void)snprintf(line, REFUSING_LINE_SIZE, "%s", text_string(&text));
	return which < seen;
}

int refusing_send(
	const struct route *route, const char *line, const struct refusing_body *body)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	char headers[256];

	(void)snprintf(headers, sizeof(headers),
		"Content-Type: application/json\r\nAuthorization: Bearer %s\r\n",
		token_for(route));
	request_write(&exchange.request, line, headers, body->bytes, body->len);
	(void)exchange_run(&exchange, refusing_stack.addresses[CONFIG_STORE], CALL_MS);
	return exchange.status;
}

bool refusing_is_one_of(int status, const int statuses[REFUSING_STATUSES_MAX])
{
	for (int i = 0; i < REFUSING_STATUSES_MAX && statuses[i]; i++)
		if (status == statuses[i])
			return true;
	return false;
}
