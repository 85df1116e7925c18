// SPDX-License-Identifier: Apache-2.0
#include "router/destination.h"

#include <criterion/criterion.h>

#include "common/wire.h"

static const struct place thread = {
	PLACE_SLACK_THREAD, .channel = "C1", .thread = "1.0", .user = "U1"};
static const struct place pull = {
	PLACE_GITHUB_PR, .repository = "a/b", .number = 7, .user = "alice"};
static const struct place issue = {
	PLACE_GITHUB_ISSUE, .repository = "a/b", .number = 3, .user = ""};
static const struct place nowhere;

/* The team's document, owned; `mode` is its override for `source`, NULL for none. */
static pb_route_document *document_with(
	const char *source, const char *mode, bool with_list)
{
	pb_trigger_override override, *overrides[] = {&override};
	pb_destination log, broken, slack, *list[] = {&broken, &slack, &log};
	struct wire wire AUTO(wire_done) = {0};
	struct fault fault = {0};
	pb_route_document document;

	pb_route_document_init(&document);
	pb_trigger_override_init(&override);
	pb_destination_init(&log);
	pb_destination_init(&slack);
	pb_destination_init(&broken);
	log.type = wire_string("log");
	slack.type = wire_string("slack");
	slack.channel = wire_string("C9");
	broken.type = wire_string("github_pr_comment");
	override.source = wire_string(source);
	override.mode = wire_string(mode);
	document.trigger_overrides = overrides;
	document.n_trigger_overrides = mode ? 1 : 0;
	document.default_destinations = list;
	document.n_default_destinations = with_list ? 3 : 0;
	cr_assert(wire_pack(&wire, &document.base, &fault));
	return pb_route_document_unpack(wire.data, wire.len);
}

Test(destination, the_order_is_override_then_source_then_team_then_none)
{
	static const struct {
		const char *source;
		const struct place *place;
		const char *override_source, *mode;
		bool with_list;
		const char *rule, *type;
		size_t count;
	} cases[] = {
		{"slack", &thread, "slack", NULL, true, "source", "slack", 1},
		{"slack", &thread, "slack", "reply_in_thread", true, "trigger_override",
			"slack", 1},
		{"slack", &thread, "slack", "use_default", true, "trigger_override",
			"slack", 2},
		{"slack", &thread, "github", "use_default", true, "source", "slack", 1},
		{"slack", &thread, "slack", "comment_on_pr", true, "source", "slack",
			1},
		{"slack", &thread, "slack", "no such mode", true, "source", "slack", 1},
		{"slack", &nowhere, "slack", "reply_in_thread", true, "team", "slack",
			2},
		{"github", &pull, "github", NULL, true, "source", "github_pr_comment",
			1},
		{"github", &issue, "github", NULL, true, "source",
			"github_issue_comment", 1},
		{"github", &pull, "github", "comment_on_pr", true, "trigger_override",
			"github_pr_comment", 1},
		{"github", &nowhere, "github", "comment_on_pr", true, "team", "slack",
			2},
		{"github", &nowhere, "github", NULL, false, "none", NULL, 0},
		{"slack", &thread, "slack", "use_default", false, "none", NULL, 0},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		pb_route_document *document AUTO(pb_route_document_free) =
			document_with(cases[i].override_source, cases[i].mode,
				cases[i].with_list);
		struct destinations found = {0};

		destinations_resolve(&found, cases[i].source, cases[i].place, document);
		cr_expect_str_eq(destination_rule_name(found.rule), cases[i].rule,
			"case %zu", i);
		cr_assert_eq(found.count, cases[i].count, "case %zu", i);
		if (found.count > 0)
			cr_expect_str_eq(
				found.list[0]->type, cases[i].type, "case %zu", i);
	}
}

Test(destination, the_place_is_described_as_its_type_needs)
{
	pb_route_document *document AUTO(pb_route_document_free) =
		document_with("", NULL, true);
	struct destinations found = {0};

	destinations_resolve(&found, "slack", &thread, document);
	cr_expect_str_eq(found.list[0]->channel, "C1");
	cr_expect_str_eq(found.list[0]->thread, "1.0");
	cr_expect_str_eq(found.list[0]->user, "U1");
	destinations_resolve(&found, "github", &pull, document);
	cr_expect_str_eq(found.list[0]->repository, "a/b");
	cr_expect_eq(found.list[0]->number, 7);
	cr_expect_str_eq(found.list[0]->channel, "");
}

Test(destination, of_the_teams_list_what_cannot_be_posted_to_is_left_out_and_log_never)
{
	pb_route_document *document AUTO(pb_route_document_free) =
		document_with("", NULL, true);
	struct destinations found = {0};

	destinations_resolve(&found, "github", &nowhere, document);
	cr_assert_eq(found.count, 2);
	cr_expect_str_eq(found.list[0]->type, "slack");
	cr_expect_str_eq(found.list[1]->type, "log");
}
