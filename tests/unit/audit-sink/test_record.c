// SPDX-License-Identifier: Apache-2.0
#include "audit-sink/record.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/wire.h"
#include "proto/names.h"

DEFINE_AUTO_DONE(struct row, row_done)
#define EVENT "0192f0c1-7a3b-8abc-9def-0123456789ab"

static const struct row_message received = {
	.subject = "tocsin.event.github.issue_comment",
	.stored_at_us = 1700000000000100,
	.message_id = "github:72d3162e-cc78-11e3-81ab-4c9367dc0958",
	.ce_id = EVENT,
	.ce_time = "2023-11-14T22:13:20.000042Z",
	.trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
};

/* Order of RECORD_COLUMNS. */
enum {
	ID,
	AT,
	AREA,
	ACTION,
	ORG,
	TEAM,
	EVENT_ID,
	RUN,
	ACTOR,
	REASON,
	DETAIL,
	TRACE,
	SOURCE,
	KIND,
	DELIVERY
};

Test(record, of_an_event_is_made_of_its_headers)
{
	struct row row AUTO(row_done) = {0};
	struct fault fault = {0};

	cr_assert(record_of_event(&row, &received, &fault), "%s", fault.text);
	cr_assert_eq(row.count, RECORD_COUNT);
	cr_expect_str_eq(row.values[ID], EVENT);
	cr_expect_str_eq(row.values[AT], "1700000000000042");
	cr_expect_str_eq(row.values[AREA], "event");
	cr_expect_str_eq(row.values[ACTION], "event.received");
	cr_expect_str_eq(row.values[EVENT_ID], EVENT);
	cr_expect_str_eq(row.values[SOURCE], "github");
	cr_expect_str_eq(row.values[KIND], "issue_comment");
	cr_expect_str_eq(row.values[DELIVERY], "72d3162e-cc78-11e3-81ab-4c9367dc0958");
	cr_expect_str_eq(row.values[TRACE], received.trace);
	cr_expect_null(row.values[DETAIL]);
}

Test(record, of_an_event_takes_the_stored_time_when_ce_time_is_unclear)
{
	static const char *const times[] = {"", "yesterday", "2023-13-14T22:13:20Z",
		"2023-02-30T22:13:20Z", "2023-11-14 22:13:20Z", "2023-11-14T22:13:20"};

	for (size_t i = 0; i < countof(times); i++) {
		struct row row AUTO(row_done) = {0};
		struct row_message message = received;
		struct fault fault = {0};

		message.ce_time = times[i];
		cr_assert(record_of_event(&row, &message, &fault));
		cr_expect_str_eq(row.values[AT], "1700000000000100", "case %zu", i);
	}
}

Test(record, of_a_custom_event_has_the_id_that_follows_from_its_delivery)
{
	struct row row AUTO(row_done) = {0};
	struct row_message message = received;
	struct fault fault = {0};
	char id[UUID_SIZE];

	message.subject = "tocsin.event.custom.acme.deploy";
	message.message_id = "custom:build:77";
	message.ce_id = "77";
	cr_assert(record_of_event(&row, &message, &fault));
	cr_expect_str_eq(
		row.values[EVENT_ID], id_of_event(id, "custom.acme", "build:77"));
	cr_expect_str_eq(row.values[KIND], "acme.deploy");
	cr_expect_str_eq(row.values[DELIVERY], "build:77");
}

Test(record, of_a_custom_event_is_never_that_of_another_organisation_or_source)
{
	static const struct {
		const char *subject, *message_id, *ce_id, *id_room, *id_name;
	} cases[] = {
		{"tocsin.event.custom.evil.push", "", EVENT, "custom.evil", EVENT},
		{"tocsin.event.custom.evil.push", "github:72d3162e", EVENT,
			"custom.evil", "72d3162e"},
		{"tocsin.event.custom.acme.push", "custom:1", "", "custom.acme", "1"},
		{"tocsin.event.custom.evil.push", "custom:1", "", "custom.evil", "1"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct row row AUTO(row_done) = {0};
		struct row_message message = received;
		struct fault fault = {0};
		char id[UUID_SIZE];

		message.subject = cases[i].subject;
		message.message_id = cases[i].message_id;
		message.ce_id = cases[i].ce_id;
		message.ce_time = "2001-01-01T00:00:00Z";
		cr_assert(record_of_event(&row, &message, &fault));
		cr_expect_str_eq(row.values[EVENT_ID],
			id_of_event(id, cases[i].id_room, cases[i].id_name), "case %zu",
			i);
		cr_expect_str_eq(row.values[AT], "1700000000000100", "case %zu", i);
	}
}

Test(record, of_an_event_is_refused_when_nothing_says_which_event_it_is)
{
	static const struct {
		const char *subject, *message_id, *ce_id;
	} cases[] = {
		{"tocsin.event.github.push", "", ""},
		{"tocsin.event.github.push", "no-colon", "no-uuid"},
		{"tocsin.event.custom.acme.push", "", ""},
		{"tocsin.event.github", "github:1", EVENT},
		{"tocsin.event..push", "github:1", EVENT},
		{"tocsin.event.github.", "github:1", EVENT},
		{"other.event.github.push", "github:1", EVENT},
		{"", "", ""},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct row row AUTO(row_done) = {0};
		struct row_message message = received;
		struct fault fault = {0};

		message.subject = cases[i].subject;
		message.message_id = cases[i].message_id;
		message.ce_id = cases[i].ce_id;
		cr_expect_not(record_of_event(&row, &message, &fault), "case %zu", i);
		cr_expect_eq(fault.kind, FAULT_REJECT, "case %zu", i);
	}
}

static bool parse_audit(struct row *row, pb_audit_record *record, struct fault *fault)
{
	struct wire wire AUTO(wire_done) = {0};
	struct row_message message = {
		.subject = "tocsin.audit.event.acme.shop", .stored_at_us = 55};

	cr_assert(wire_pack(&wire, &record->base, fault));
	message.data = wire.data;
	message.len = wire.len;
	return record_of_audit(row, &message, fault);
}

Test(record, of_the_trail_keeps_every_field)
{
	struct row row AUTO(row_done) = {0};
	struct fault fault = {0};
	pb_audit_record record;

	pb_audit_record_init(&record);
	record.id = wire_string("id");
	record.at_us = 42;
	record.area = wire_string("event");
	record.action = wire_string("event.routed");
	record.org = wire_string("acme");
	record.team = wire_string("-");
	record.event_id = wire_string(EVENT);
	record.actor = wire_string("router");
	record.detail_json = wire_string("{\"a\":1}");
	cr_assert(parse_audit(&row, &record, &fault), "%s", fault.text);
	cr_assert_eq(row.count, RECORD_COUNT);
	cr_expect_str_eq(row.values[AT], "42");
	cr_expect_str_eq(row.values[ACTION], "event.routed");
	cr_expect_str_eq(row.values[ORG], "acme");
	cr_expect_str_eq(row.values[TEAM], "");
	cr_expect_str_eq(row.values[DETAIL], "{\"a\":1}");
}

Test(record, of_the_trail_without_a_time_has_the_time_it_was_stored)
{
	struct row row AUTO(row_done) = {0};
	struct fault fault = {0};
	pb_audit_record record;

	pb_audit_record_init(&record);
	record.action = wire_string("config.changed");
	cr_assert(parse_audit(&row, &record, &fault));
	cr_expect_str_eq(row.values[AT], "55");
	cr_expect_null(row.values[DETAIL]);
}

Test(record, of_the_trail_is_refused_when_it_is_none)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {{"", 0}, {"\xff\xff\xff", 3}, {"{\"action\":\"x\"}", 14}};

	for (size_t i = 0; i < countof(cases); i++) {
		struct row row AUTO(row_done) = {0};
		struct row_message message = {.subject = "tocsin.audit.event.-.-",
			.data = cases[i].bytes,
			.len = cases[i].len};
		struct fault fault = {0};

		cr_expect_not(record_of_audit(&row, &message, &fault), "case %zu", i);
		cr_expect_eq(fault.kind, FAULT_REJECT);
	}
}
