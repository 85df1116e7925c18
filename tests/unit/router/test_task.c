// SPDX-License-Identifier: Apache-2.0
#include "router/task.h"

#include <criterion/criterion.h>

#include "tests/unit/router/event.h"

#define ISSUE                                                              \
	"{\"action\":\"opened\",\"issue\":{\"number\":3,\"title\":\"T\"}," \
	"\"repository\":"                                                  \
	"{\"full_name\":\"Acme/Shop\"},\"sender\":{\"login\":\"alice\"}}"

static const struct moment moment = {1700000000000000, 1700000001000000};

/* An index in which acme.shop has acme/shop. */
static struct index *make(const char *pool)
{
	pb_identifier identifier, *identifiers[] = {&identifier};
	struct wire wire AUTO(wire_done) = {0};
	struct fault fault = {0};
	pb_route_document document;
	struct index *index = NULL;

	pb_route_document_init(&document);
	pb_identifier_init(&identifier);
	identifier.type = wire_string("github_repo");
	identifier.value = wire_string("acme/shop");
	document.org = wire_string("acme");
	document.team = wire_string("shop");
	document.pool = wire_string(pool);
	document.entrance_agent = wire_string("triage");
	document.timeout_ms = 5000;
	document.identifiers = identifiers;
	document.n_identifiers = 1;
	cr_assert(index_new(&index, &fault));
	cr_assert(wire_pack(&wire, &document.base, &fault));
	cr_assert(index_put(index, "acme.shop", 1, wire.data, wire.len, &fault));
	return index;
}

Test(task, a_routed_event_becomes_a_task_with_all_that_is_known)
{
	struct index *index AUTO(index_free) = make("dedicated");
	pb_event event = event_of("github", "issues", "application/json", ISSUE);
	struct decision decision AUTO(decision_done) = {0};
	struct wire wire AUTO(wire_done) = {0};
	pb_task *task AUTO(pb_task_free) = NULL;
	struct fault fault = {0};
	char run_id[UUID_SIZE];

	event.received_at_us = 1699999999000000;
	cr_assert(decide(&decision, index, &event, &fault), "%s", fault.text);
	cr_assert_eq(decision.outcome, OUTCOME_ROUTED);
	cr_assert(task_pack(&wire, &decision, &event, "trace", &moment, &fault));
	task = pb_task_unpack(wire.data, wire.len);
	cr_assert_not_null(task);
	cr_expect_str_eq(task->run_id, id_of_run(run_id, EVENT_ID, "acme", "shop"));
	cr_expect_str_eq(task->event_id, EVENT_ID);
	cr_expect_str_eq(task->org, "acme");
	cr_expect_str_eq(task->team, "shop");
	cr_expect_str_eq(task->agent, "triage");
	cr_expect_str_eq(task->actor, "alice");
	cr_expect_str_eq(task->session, "github:Acme/Shop#3");
	cr_expect_str_eq(task->context_json,
		"{\"repo\":\"Acme/Shop\",\"action\":\"opened\",\"author\":\"alice\","
		"\"number\":3,\"title\":\"T\"}");
	cr_expect_eq(task->n_destinations, 1);
	cr_expect_eq(task->timeout_ms, 5000);
	cr_expect_eq(task->created_at_us, moment.now_us);
	cr_expect_eq(task->event_received_at_us, event.received_at_us);
	cr_expect_str_eq(decision_pool(&decision), "dedicated");
}

/* The audit detail of what `body` comes to. */
static json_t *detail_of(struct index *index, const char *body)
{
	pb_event event = event_of("github", "issues", "application/json", body);
	struct decision decision AUTO(decision_done) = {0};
	struct fault fault = {0};
	char *text AUTO(free) = NULL;
	json_t *detail = NULL;

	cr_assert(decide(&decision, index, &event, &fault), "%s", fault.text);
	text = task_detail(&decision, &event, &moment);
	cr_assert(json_parse_object(&detail, text, &fault), "%s", fault.text);
	return detail;
}

Test(task, the_audit_detail_says_why_a_team_was_chosen)
{
	struct index *index AUTO(index_free) = make("");
	json_t *detail AUTO(json_decref) = detail_of(index, ISSUE);

	cr_expect_str_eq(json_string_or(detail, "/matched_by", ""), "github_repo");
	cr_expect_str_eq(json_string_or(detail, "/matched_value", ""), "acme/shop");
	cr_expect_str_eq(json_string_or(detail, "/tried/0/type", ""), "github_repo");
	cr_expect_str_eq(json_string_or(detail, "/tried/0/value", ""), "acme/shop");
	cr_expect_str_eq(json_string_or(detail, "/pool", ""), "shared");
	cr_expect_str_eq(json_string_or(detail, "/destination_rule", ""), "source");
	cr_expect_str_eq(json_string_or(detail, "/destinations/0/type", ""),
		"github_issue_comment");
	cr_expect_eq(json_integer_or(detail, "/destinations/0/number", 0), 3);
	cr_expect_str_eq(json_string_or(detail, "/stored_at", ""),
		"2023-11-14T22:13:20.000000Z");
}

Test(task, an_unrouted_event_says_what_was_tried)
{
	struct index *index AUTO(index_free) = make("");
	json_t *detail AUTO(json_decref) = detail_of(index,
		"{\"action\":\"opened\",\"repository\":{\"full_name\":\"o/x\"}}");

	cr_expect_eq(json_array_size(json_at(detail, "/tried")), 1);
	cr_expect_null(json_at(detail, "/matched_by"));
	cr_expect_null(json_at(detail, "/destinations"));
}

Test(task, an_ignored_event_knows_its_team_all_the_same)
{
	struct index *index AUTO(index_free) = make("");
	pb_event event = event_of("github", "issues", "application/json",
		"{\"action\":\"closed\",\"repository\":{\"full_name\":\"ACME/shop\"}}");
	struct decision decision AUTO(decision_done) = {0};
	struct fault fault = {0};

	cr_assert(decide(&decision, index, &event, &fault));
	cr_expect_eq(decision.outcome, OUTCOME_IGNORED);
	cr_expect_str_eq(decision.document->team, "shop");
	cr_expect_str_eq(decision.run_id, "");
}

Test(task, an_event_without_a_good_id_is_refused)
{
	struct index *index AUTO(index_free) = make("");
	pb_event event = event_of("github", "issues", "application/json", ISSUE);
	struct decision decision AUTO(decision_done) = {0};
	struct fault fault = {0};

	event.id = wire_string("");
	cr_expect_not(decide(&decision, index, &event, &fault));
	cr_expect_eq(fault.kind, FAULT_REJECT);
}
