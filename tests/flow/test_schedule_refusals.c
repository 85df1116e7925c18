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
		schedules_expect_refusal(&(struct schedules_ask){schedules_admin,
						 cases[i].line, NULL, cases[i].body},
			cases[i].status, cases[i].code);
}

/* Any admin of the system before could do anything anywhere. */
static void refuse_who_may_not(void)
{
	char rival[TOKEN_SIZE], reader[TOKEN_SIZE], id[UUID_SIZE];
	json_t *team AUTO(json_decref) = NULL;
	const char *of_team;

	schedules_make_admin("rival", "{}", rival, id);
	schedules_make_admin("acme", "{\"scopes\":[\"config:read\"]}", reader, id);
	cr_assert_lt(
		stack_call(&schedules_stack, ADMIN_TOKEN,
			"POST /api/v1/admin/orgs/acme/teams/shop/tokens", "{}", &team),
		300);
	of_team = json_string_or(team, "/token", "");
	schedules_expect_refusal(
		&(struct schedules_ask){rival, SET, NULL, NIGHTLY}, 403, "forbidden");
	schedules_expect_refusal(
		&(struct schedules_ask){rival, DELETE, NULL, "{" NAMED "}"}, 403,
		"forbidden");
	schedules_expect_refusal(
		&(struct schedules_ask){rival, LIST, NULL, NULL}, 403, "forbidden");
	schedules_expect_refusal(
		&(struct schedules_ask){reader, SET, NULL, NIGHTLY}, 403, "forbidden");
	schedules_expect_refusal(
		&(struct schedules_ask){reader, DELETE, NULL, "{" NAMED "}"}, 403,
		"forbidden");
	schedules_expect_refusal(
		&(struct schedules_ask){reader, LIST, NULL, NULL}, 200, "");
	schedules_expect_refusal(
		&(struct schedules_ask){of_team, SET, NULL, NIGHTLY}, 403, "forbidden");
	schedules_expect_refusal(
		&(struct schedules_ask){of_team, LIST, NULL, NULL}, 403, "forbidden");
	schedules_expect_refusal(
		&(struct schedules_ask){"no-token", SET, NULL, NIGHTLY}, 401,
		"unauthorized");
	schedules_expect_refusal(&(struct schedules_ask){"no-token", LIST, NULL, NULL},
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
