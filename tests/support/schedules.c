// SPDX-License-Identifier: Apache-2.0
// What the stories of schedules share: who orders, how, and what is there then.
#include "tests/support/schedules.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALL_MS = 40000 };

static const struct stack_options options = {
	.settings = (const char *const[]){"TOCSIN_PROVISION_LEASE=1s",
		"TOCSIN_INGRESS_AUTH_CACHE=1s",
		"TOCSIN_SECRETS_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
		NULL},
	.provisioner = true,
};

struct stack schedules_stack;
char schedules_admin[TOKEN_SIZE], schedules_admin_id[UUID_SIZE];

int schedules_ask(const struct schedules_ask *ask, json_t **out)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	char headers[LINE_SIZE] = "Content-Type: application/json\r\n";
	size_t len = strlen(headers);

	len += (size_t)snprintf(headers + len, sizeof(headers) - len,
		"Authorization: Bearer %s\r\n", ask->token);
	if (ask->key)
		(void)snprintf(headers + len, sizeof(headers) - len,
			"Idempotency-Key: %s\r\n", ask->key);
	request_write(&exchange.request, ask->line, headers, ask->body ? ask->body : "",
		ask->body ? strlen(ask->body) : 0);
	(void)exchange_run(&exchange, schedules_stack.addresses[INGRESS], CALL_MS);
	if (out)
		*out = json_loads(exchange.body, 0, NULL);
	return exchange.status;
}

void schedules_make_admin(const char *org, const char *body, char *token, char *id)
{
	char line[128];
	json_t *made AUTO(json_decref) = NULL;

	(void)snprintf(
		line, sizeof(line), "POST /api/v1/admin/orgs/%s/admin-tokens", org);
	cr_assert_lt(stack_call(&schedules_stack, ADMIN_TOKEN, line, body, &made), 300);
	(void)snprintf(token, TOKEN_SIZE, "%s", json_string_or(made, "/token", ""));
	(void)snprintf(id, UUID_SIZE, "%s", json_string_or(made, "/token_id", ""));
}

void schedules_start(void)
{
	stack_start(&schedules_stack, &options);
	schedules_make_admin("acme", "{}", schedules_admin, schedules_admin_id);
}

/* An order that is waited for, which must end in `state`; the answer is owned. */
json_t *schedules_carry_out(const struct schedules_ask *order, const char *state)
{
	json_t *answer = NULL;
	int status = schedules_ask(order, &answer);
	char *printed AUTO(free) = json_dumps(answer, 0);

	cr_assert_eq(status, 200, "%s %s: %d %s", order->line,
		order->body ? order->body : "", status, printed ? printed : "");
	cr_expect_str_eq(json_string_or(answer, "/status", ""), state, "%s", printed);
	return answer;
}

json_t *schedules_set(const char *body)
{
	return schedules_carry_out(
		&(struct schedules_ask){schedules_admin, SET "?wait=30", NULL, body},
		"succeeded");
}

json_t *schedules_delete(const char *name)
{
	char line[LINE_SIZE];

	(void)snprintf(line, sizeof(line),
		DELETE "?wait=30&org_id=acme&team_node_id=shop&name=%s", name);
	return schedules_carry_out(
		&(struct schedules_ask){schedules_admin, line, NULL, NULL},
		"succeeded");
}

void schedules_expect_list(const char *expected)
{
	json_t *answer AUTO(json_decref) = NULL;
	int status = schedules_ask(
		&(struct schedules_ask){schedules_admin, LIST, NULL, NULL}, &answer);
	char *printed AUTO(free) = json_dumps(
		json_object_get(answer, "items"), JSON_COMPACT | JSON_SORT_KEYS);

	cr_expect_eq(status, 200, "%d", status);
	cr_expect_str_eq(json_string_or(answer, "/team_node_id", ""), "shop");
	cr_expect_str_eq(printed ? printed : "", expected);
}

long schedules_versions(void)
{
	return number_of(schedules_stack.database,
		"SELECT version FROM config.node_config WHERE org_id = 'acme' AND "
		"node_id = 'shop'");
}

bool schedules_result_says(const json_t *answer, const char *what)
{
	const json_t *said = json_at(answer, "/steps/schedule/result");

	return json_is_true(json_object_get(said, what));
}

void schedules_expect_refusal(
	const struct schedules_ask *what, int status, const char *code)
{
	json_t *answer AUTO(json_decref) = NULL;
	int got = schedules_ask(what, &answer);

	cr_expect_eq(got, status, "%s %s: %d", what->line, what->body ? what->body : "",
		got);
	cr_expect_str_eq(json_string_or(answer, "/error", ""), code, "%s %s",
		what->line, what->body ? what->body : "");
}
