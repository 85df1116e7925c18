// SPDX-License-Identifier: Apache-2.0
// What the stories of schedules share: who orders, how, and what is there then.
#include "tests/support/schedules.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct stack_options options = {
	.settings = (const char *const[]){"TOCSIN_PROVISION_LEASE=1s",
		"TOCSIN_INGRESS_AUTH_CACHE=1s",
		"TOCSIN_SECRETS_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
		NULL},
	.provisioner = true,
};

struct stack schedules_stack;
struct order_admin schedules_admin;

void schedules_start(void)
{
	stack_start(&schedules_stack, &options);
	order_admin(&schedules_stack, "acme", "{}", &schedules_admin);
}

json_t *schedules_carry_out(const struct order *order, const char *state)
{
	json_t *answer = NULL;
	int status = order_send(&schedules_stack, order, &answer);
	char *printed AUTO(free) = json_dumps(answer, 0);

	cr_assert_eq(status, 200, "%s %s: %d %s", order->line,
		order->body ? order->body : "", status, printed ? printed : "");
	cr_expect_str_eq(json_string_or(answer, "/status", ""), state, "%s", printed);
	return answer;
}

json_t *schedules_set(const char *body)
{
	return schedules_carry_out(
		&(struct order){schedules_admin.token, SET "?wait=30", NULL, body},
		"succeeded");
}

json_t *schedules_delete(const char *name)
{
	char line[LINE_SIZE];

	(void)snprintf(line, sizeof(line),
		DELETE "?wait=30&org_id=acme&team_node_id=shop&name=%s", name);
	return schedules_carry_out(
		&(struct order){schedules_admin.token, line, NULL, NULL}, "succeeded");
}

void schedules_expect_list(const char *expected)
{
	json_t *answer AUTO(json_decref) = NULL;
	int status = order_send(&schedules_stack,
		&(struct order){schedules_admin.token, LIST, NULL, NULL}, &answer);
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
