// SPDX-License-Identifier: Apache-2.0
// Configured sources and slash commands.
#include <criterion/criterion.h>

#include "router/identify.h"
#include "tests/unit/router/event.h"

static pb_event found_event(pb_found *found, pb_identifier **list, size_t count)
{
	pb_event event = event_of("stripe", "invoice_paid", "application/json", "[1");

	pb_found_init(found);
	found->identifiers = list;
	found->n_identifiers = count;
	event.found = found;
	return event;
}

Test(found, identifiers_words_and_session_are_the_ingress_s)
{
	struct finding finding AUTO(finding_done) = {0};
	struct fault fault = {0};
	pb_identifier one, other, *list[] = {&one, &other};
	pb_found found;
	pb_event event;

	pb_identifier_init(&one);
	one.type = wire_string("github_repo");
	one.value = wire_string(" Acme/Shop ");
	pb_identifier_init(&other);
	other.type = wire_string("of_a_newer_ingress");
	other.value = wire_string("x");
	event = found_event(&found, list, 2);
	found.text = wire_string("  Why?\n");
	found.session = wire_string("g1");
	cr_assert(identify(&finding, &event, &fault), "%s", fault.text);
	cr_expect_null(finding.ignored);
	cr_assert_eq(finding.identifier_count, 1);
	cr_expect_str_eq(finding.identifiers[0].value, "acme/shop");
	cr_expect_str_eq(text_string(&finding.text), "Why?");
	cr_expect_str_eq(text_string(&finding.session), "stripe:g1");
}

Test(found, an_event_without_words_is_asked_about_by_its_name)
{
	struct finding finding AUTO(finding_done) = {0};
	struct fault fault = {0};
	pb_found found;
	pb_event event = found_event(&found, NULL, 0);

	cr_assert(identify(&finding, &event, &fault), "%s", fault.text);
	cr_expect_null(finding.ignored);
	cr_expect_str_eq(text_string(&finding.text), "stripe invoice_paid");
}

Test(found, a_slash_command_is_a_question_in_its_channel_and_a_press_is_none)
{
	struct finding finding AUTO(finding_done) = {0}, press AUTO(finding_done) = {0};
	struct fault fault = {0};
	pb_event event = event_of("slack", "slash_command",
		"application/x-www-form-urlencoded",
		"command=%2Fask&text=+why%3F&channel_id=C1&user_id=U1&team_id=T1");

	cr_assert(identify(&finding, &event, &fault), "%s", fault.text);
	cr_expect_null(finding.ignored);
	cr_expect_str_eq(text_string(&finding.text), "why?");
	cr_expect_str_eq(finding.actor, "U1");
	cr_expect_eq(finding.place.kind, PLACE_SLACK_THREAD);
	cr_expect_str_eq(finding.place.channel, "C1");
	cr_expect_str_eq(finding.place.thread, "");
	cr_assert_eq(finding.identifier_count, 1);
	event = event_of("slack", "block_actions", "application/x-www-form-urlencoded",
		"payload=%7B%7D");
	cr_assert(identify(&press, &event, &fault), "%s", fault.text);
	cr_expect_str_eq(press.ignored, "not of interest");
}
