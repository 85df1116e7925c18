// SPDX-License-Identifier: Apache-2.0
// Story: schedules are ordered by nobody who may not, only in one's own organisation, and
// in no words but the right ones; what is refused leaves nothing.
#include <criterion/criterion.h>

#include "common/nats/subjects.h"
#include "tests/support/schedules.h"

static void refuse_what_is_wrong(void)
{
#define NAMED SHOP ",\"name\":\"n\""
	static const struct {
		const char *line, *body, *code;
		int status;
	} cases[] = {
		{SET, "{" SHOP "", "invalid_json", 400},
		{SET, "{\"org_id\":\"acme\",\"name\":\"n\"}", "invalid_body", 400},
		{SET, "{" SHOP ",\"cron\":\"@daily\",\"message\":\"m\"}",
			"invalid_body", 400},
		{SET, "{" NAMED ",\"message\":\"m\"}", "invalid_body", 400},
		{SET, "{" NAMED ",\"cron\":\"@daily\"}", "invalid_body", 400},
		{SET, "{" NAMED ",\"cron\":5,\"message\":\"m\"}", "invalid_body", 400},
		{SET, "{" NAMED ",\"cron\":\"@daily\",\"message\":\"\"}",
			"invalid_body", 400},
		{SET, "{" NAMED ",\"cron\":\"@daily\",\"message\":\"m\",\"crno\":1}",
			"invalid_body", 400},
		{SET, "{" NAMED ",\"cron\":\"@daily\",\"message\":\"m\",\"enabled\":1}",
			"invalid_body", 400},
		{SET,
			"{" SHOP ",\"name\":\"a.b\",\"cron\":\"@daily\",\"message\":"
			"\"m\"}",
			"invalid_body", 400},
		{SET,
			"{\"org_id\":\"acme\",\"team_node_id\":\"nobody\",\"name\":"
			"\"n\",\"cron\":\"@daily\",\"message\":\"m\"}",
			"team_not_found", 404},
		{SET,
			"{\"org_id\":\"acme\",\"team_node_id\":\"acme\",\"name\":\"n\","
			"\"cron\":\"@daily\",\"message\":\"m\"}",
			"team_not_found", 404},
		{DELETE, "{" SHOP "}", "invalid_body", 400},
		{DELETE, "{" NAMED ",\"cron\":\"@daily\"}", "invalid_body", 400},
		{DELETE "?org_id=acme&team_node_id=nobody&name=n", NULL,
			"team_not_found", 404},
		{"GET /api/v1/admin/schedules/team?org_id=acme", NULL, "invalid_body",
			400},
		{"GET /api/v1/admin/schedules/team?org_id=acme&team_node_id=nobody",
			NULL, "team_not_found", 404},
		{"GET /api/v1/admin/schedules/team?org_id=acme&team_node_id=acme", NULL,
			"team_not_found", 404},
		{"PUT /api/v1/admin/schedules/team", NIGHTLY, "method_not_allowed",
			405},
	};

	for (size_t i = 0; i < countof(cases); i++)
		order_refused(&schedules_stack,
			&(struct order){schedules_admin.token, cases[i].line, NULL,
				cases[i].body},
			cases[i].status, cases[i].code);
}

/* Any admin of the system before could do anything anywhere. */
static void refuse_who_may_not(void)
{
	struct order_admin rival, reader;
	json_t *team AUTO(json_decref) = NULL;
	const char *of_team;

	order_admin(&schedules_stack, "rival", "{}", &rival);
	order_admin(
		&schedules_stack, "acme", "{\"scopes\":[\"config:read\"]}", &reader);
	cr_assert_lt(
		stack_call(&schedules_stack, ADMIN_TOKEN,
			"POST /api/v1/admin/orgs/acme/teams/shop/tokens", "{}", &team),
		300);
	of_team = json_string_or(team, "/token", "");
	order_refused(&schedules_stack,
		&(struct order){rival.token, SET, NULL, NIGHTLY}, 403, "forbidden");
	order_refused(&schedules_stack,
		&(struct order){rival.token, DELETE, NULL, "{" NAMED "}"}, 403,
		"forbidden");
	order_refused(&schedules_stack, &(struct order){rival.token, LIST, NULL, NULL},
		403, "forbidden");
	order_refused(&schedules_stack,
		&(struct order){reader.token, SET, NULL, NIGHTLY}, 403, "forbidden");
	order_refused(&schedules_stack,
		&(struct order){reader.token, DELETE, NULL, "{" NAMED "}"}, 403,
		"forbidden");
	order_refused(&schedules_stack, &(struct order){reader.token, LIST, NULL, NULL},
		200, "");
	order_refused(&schedules_stack, &(struct order){of_team, SET, NULL, NIGHTLY},
		403, "forbidden");
	order_refused(&schedules_stack, &(struct order){of_team, LIST, NULL, NULL}, 403,
		"forbidden");
	order_refused(&schedules_stack, &(struct order){"no-token", SET, NULL, NIGHTLY},
		401, "unauthorized");
	order_refused(&schedules_stack, &(struct order){"no-token", LIST, NULL, NULL},
		401, "unauthorized");
}

Test(schedules, are_ordered_by_nobody_who_may_not_and_not_in_any_words, .timeout = 150)
{
	schedules_start();
	refuse_what_is_wrong();
	refuse_who_may_not();
	cr_expect_eq(stack_stream_count(&schedules_stack, STREAM_COMMANDS), 0);
	cr_expect_eq(number_of(schedules_stack.database,
			     "SELECT count(*) FROM config.command"),
		0);
	stack_stop(&schedules_stack);
}
