// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>

#include "router/identify.h"
#include "router/slack_text.h"
#include "tests/unit/router/event.h"
#include "tests/unit/router/mutate.h"

static const char mention[] =
	"{\"type\":\"event_callback\",\"team_id\":\"T1\",\"enterprise_id\":null,"
	"\"event\":{\"type\":\"app_mention\",\"text\":\"<@W111> is <@U7> right?\","
	"\"user\":\"W222\",\"ts\":\"15.01\",\"channel\":\"C111\"},\"authorizations\":["
	"{\"user_id\":\"W111\",\"is_bot\":true}]}";

static void find(struct finding *finding, const char *body)
{
	pb_event event = event_of("slack", "app_mention", "application/json", body);
	struct fault fault = {0};

	cr_assert(identify(finding, &event, &fault), "%s", fault.text);
}

Test(slack, a_mention_is_a_question_in_its_own_thread)
{
	struct finding finding AUTO(finding_done) = {0};

	find(&finding, mention);
	cr_expect_null(finding.ignored);
	cr_expect_str_eq(text_string(&finding.text), "is <@U7> right?");
	cr_expect_str_eq(finding.actor, "W222");
	cr_expect_str_eq(text_string(&finding.session), "slack:T1:C111:15.01");
	cr_assert_eq(finding.identifier_count, 1);
	cr_expect_eq(finding.identifiers[0].type, IDENTIFIER_SLACK_CHANNEL_ID);
	cr_expect_str_eq(finding.identifiers[0].value, "C111");
	cr_expect_eq(finding.place.kind, PLACE_SLACK_THREAD);
	cr_expect_str_eq(finding.place.channel, "C111");
	cr_expect_str_eq(finding.place.thread, "15.01");
	cr_expect_str_eq(finding.place.user, "W222");
	cr_expect_str_eq(json_string_or(finding.facts, "/team", ""), "T1");
	cr_expect_str_eq(json_string_or(finding.facts, "/ts", ""), "15.01");
	cr_expect_null(json_at(finding.facts, "/enterprise"));
}

Test(slack, a_mention_inside_a_thread_stays_there)
{
	struct finding finding AUTO(finding_done) = {0};

	find(&finding,
		"{\"type\":\"event_callback\",\"event\":{\"type\":\"app_mention\","
		"\"text\":\"<@W1> hi\",\"ts\":\"2.0\",\"thread_ts\":\"1.0\","
		"\"channel\":\"C1\"}}");
	cr_expect_str_eq(finding.place.thread, "1.0");
	cr_expect_str_eq(text_string(&finding.session), "slack::C1:1.0");
}

Test(slack, only_the_own_mention_is_taken_out)
{
	static const struct {
		const char *message, *own, *expected;
	} cases[] = {
		{"<@B1> hi <@U2>", "B1", "hi <@U2>"},
		{"<@B1|tocsin> hi", "B1", "hi"},
		{"<@U2> and <@B1> look", "B1", "<@U2> and look"},
		{"<@B1><@B1> x", "B1", "x"},
		{"ask <@B1>", "B1", "ask"},
		{"<@B11> hi", "B1", "<@B11> hi"},
		{"<@U2> hi", NULL, "hi"},
		{"hi <@U2>", NULL, "hi <@U2>"},
		{" <@U2|bob> <@U3> hi", NULL, "<@U3> hi"},
		{"<@", NULL, "<@"},
		{"<@U2", "U2", "<@U2"},
		{"<@B1 <b>", "B1", "<@B1 <b>"},
		{"a &lt;b&gt; &amp;amp; &quot;", "B1", "a <b> &amp; &quot;"},
		{"<@B1> &lt;@B1&gt;", "B1", "<@B1>"},
		{"", "B1", ""},
		{"<@> x", "", "<@> x"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct text text AUTO(text_done) = {0};

		slack_text_add(&text, cases[i].message, cases[i].own);
		cr_expect_str_eq(text_string(&text), cases[i].expected, "case %zu", i);
	}
}

#define CALLBACK(event)                                       \
	"{\"type\":\"event_callback\",\"event\":{" event "}," \
	"\"authorizations\":[{\"user_id\":\"B1\",\"is_bot\":true}]}"

Test(slack, what_is_of_no_interest_is_said_so_with_the_reason)
{
	static const struct {
		const char *body, *reason;
	} cases[] = {
		{"{\"type\":\"app_rate_limited\"}", "not of interest"},
		{"{}", "not of interest"},
		{"[]", "not of interest"},
		{CALLBACK("\"type\":\"message\",\"text\":\"<@B1> hi\""),
			"not of interest"},
		{CALLBACK("\"type\":\"app_mention\",\"bot_id\":\"B7\",\"text\":\"x\""),
			"own or bot post"},
		{CALLBACK("\"type\":\"app_mention\",\"user\":\"B1\",\"text\":\"x\""),
			"own or bot post"},
		{CALLBACK("\"type\":\"app_mention\",\"subtype\":\"bot_message\","
			  "\"text\":\"x\""),
			"message subtype"},
		{CALLBACK("\"type\":\"app_mention\",\"text\":\"<@B1>  \""),
			"empty mention"},
		{CALLBACK("\"type\":\"app_mention\""), "empty mention"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct finding finding AUTO(finding_done) = {0};

		find(&finding, cases[i].body);
		cr_assert_not_null(finding.ignored, "case %zu", i);
		cr_expect_str_eq(finding.ignored, cases[i].reason, "case %zu", i);
	}
}

Test(slack, a_source_without_a_rule_is_of_no_interest)
{
	pb_event event = event_of("pagerduty", "x", "application/json", "?");
	struct finding finding AUTO(finding_done) = {0};
	struct fault fault = {0};

	cr_assert(identify(&finding, &event, &fault));
	cr_expect_str_eq(finding.ignored, "no rule for source");
}

Test(slack, a_body_that_is_no_json_is_refused)
{
	pb_event event = event_of("slack", "app_mention", "application/json", "{");
	struct finding finding AUTO(finding_done) = {0};
	struct fault fault = {0};

	cr_expect_not(identify(&finding, &event, &fault));
	cr_expect_eq(fault.kind, FAULT_REJECT);
}

Test(slack, one_wrong_field_anywhere_is_survived)
{
	cr_expect_gt(mutate_all("slack", "app_mention", mention), 100);
}
