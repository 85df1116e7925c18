// SPDX-License-Identifier: Apache-2.0
// Story: a service asks a config store, over HTTP and rpc, who an event is for. It is told
// what was tried in which order, and an admin nothing of another organisation.
#include <criterion/criterion.h>
#include <string.h>

#include "common/nats/rpc.h"
#include "tests/support/reads.h"

/* The same question over rpc. */
static void expect_rpc_says(const char *type, const char *value, const char *team)
{
	pb_routing_lookup_reply *reply AUTO(pb_routing_lookup_reply_free) = NULL;
	pb_routing_lookup_request request;
	pb_identifier identifier, *list[] = {&identifier};
	struct fault fault = {0};

	pb_routing_lookup_request_init(&request);
	pb_identifier_init(&identifier);
	identifier.type = (char *)(uintptr_t)type;
	identifier.value = (char *)(uintptr_t)value;
	request.n_identifiers = 1;
	request.identifiers = list;
	cr_assert(RPC(reads_bus, "routing.lookup", NULL, NULL, &request, routing_lookup,
			  &reply, &fault),
		"%s", fault.text);
	cr_expect_eq(reply->found, *team != '\0');
	cr_expect_str_eq(reply->team, team);
	cr_expect_eq(reply->n_unknown, strcmp(type, "no_type") == 0);
}

Test(look_up, a_lookup_goes_in_order_and_says_what_it_did, .timeout = 90)
{
	static const char body[] =
		"{\"identifiers\":{\"service\":\" PAY \",\"github_repo\":\"acme/SHOP\","
		"\"slack_channel_id\":\"C0RIVAL\",\"email_domain\":\"x\","
		"\"pagerduty_service_id\":5}}";
	json_t *answer AUTO(json_decref) = NULL, *own AUTO(json_decref) = NULL,
		       *narrow AUTO(json_decref) = NULL;
	char *printed AUTO(free) = NULL;

	reads_start();
	reads_give_identifiers();
	cr_assert_eq(reads_super("POST /api/v1/internal/routing/lookup?explain=1", body,
			     &answer),
		200);
	reads_expect(answer, "/matched_by", "slack_channel_id");
	reads_expect(answer, "/org_id", "rival");
	reads_expect(answer, "/team_node_id", "sre");
	reads_expect(answer, "/team_id", "sre");
	reads_expect(answer, "/unknown/0", "email_domain");
	reads_expect(answer, "/invalid/0/type", "pagerduty_service_id");
	cr_expect_eq(json_array_size(json_at(answer, "/tried")), 1);
	reads_expect(answer, "/explain/3/outcome", "shadowed");
	reads_expect(answer, "/explain/3/value", "acme/shop");

	/* Its own admin is told that another has it, not who. */
	cr_assert_eq(reads_ask(reads_admin,
			     "POST /api/v1/admin/orgs/acme/routing/lookup?explain=1",
			     body, &own),
		200);
	printed = json_print(own);
	cr_expect_null(strstr(printed, "\"rival\""), "%s", printed);
	reads_expect(own, "/owner", "another organisation");
	reads_expect(own, "/explain/3/org_id", "acme");
	cr_expect_eq(reads_ask(reads_admin, "POST /api/v1/internal/routing/lookup",
			     body, NULL),
		403);

	cr_assert_eq(reads_super("POST /api/v1/internal/routing/lookup",
			     "{\"org_id\":\"acme\",\"identifiers\":{"
			     "\"slack_channel_id\":\"C0RIVAL\",\"service\":\"Pay\"}}",
			     &narrow),
		200);
	reads_expect(narrow, "/matched_by", "service");
	reads_expect(narrow, "/matched_value", "pay");
	cr_expect_eq(json_array_size(json_at(narrow, "/tried")), 2);
	expect_rpc_says("github_repo", " ACME/shop", "sre");
	expect_rpc_says("github_repo", "acme/none", "");
	expect_rpc_says("no_type", "x", "");
	reads_stop();
}
