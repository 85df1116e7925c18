// SPDX-License-Identifier: Apache-2.0
#include "ingress/delivery.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "proto/names.h"

struct given {
	const char *name, *value;
};

static const char *lookup(void *context, const char *name)
{
	for (const struct given *given = context; given->name; given++)
		if (strcasecmp(given->name, name) == 0)
			return given->value;
	return NULL;
}

/* The delivery points into `content`, which is static: one is looked at at a time. */
static struct body content;

static struct delivery make_at(const struct source *source, const char *content_type,
	const char *body, struct given *headers)
{
	struct body_refusal refusal;
	struct fault fault = {0};
	struct delivery delivery = {.source = source,
		.body = body,
		.body_len = strlen(body),
		.content_type = content_type,
		.content = &content,
		.request_id = "r1",
		.received_at_us = 1700000000000001};

	body_done(&content);
	content = (struct body){0};
	cr_assert(body_read(&content, &refusal, source, content_type,
			  &(struct hmac_part){body, strlen(body)}, &fault),
		"%s: %s", body, fault.text);
	delivery_identify(&delivery, lookup, headers);
	return delivery;
}

static const struct source *source_at(const char *path)
{
	for (const struct source *source = sources; source->name; source++)
		if (strcmp(source->path, path) == 0)
			return source;
	cr_assert_fail("%s", path);
	return NULL;
}

static struct delivery make(
	const char *source_name, const char *body, struct given *headers)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/webhooks/%s%s", source_name,
		strcmp(source_name, "slack") == 0 ? "/events" : "");
	return make_at(source_at(path), "application/json", body, headers);
}

Test(delivery, id_and_kind_are_where_each_sender_puts_them)
{
	static const struct {
		const char *source, *body, *id, *kind;
	} cases[] = {
		{"github", "{}", "d-1", "issue_comment"},
		{"slack", "{\"event_id\":\"Ev1\",\"event\":{\"type\":\"app_mention\"}}",
			"Ev1", "app_mention"},
		{"pagerduty",
			"{\"event\":{\"id\":\"P1\",\"event_type\":\"incident."
			"triggered\"}}",
			"P1", "incident_triggered"},
		{"incidentio",
			"{\"event_type\":\"public_incident.incident_created_v2\"}",
			"msg_1", "public_incident_incident_created_v2"},
	};
	struct given headers[] = {{"X-GitHub-Delivery", "d-1"},
		{"X-GitHub-Event", "issue_comment"}, {"webhook-id", "msg_1"},
		{NULL, NULL}};

	for (size_t i = 0; i < countof(cases); i++) {
		struct delivery delivery =
			make(cases[i].source, cases[i].body, headers);

		cr_expect_str_eq(delivery.id, cases[i].id, "%s", cases[i].source);
		cr_expect_str_eq(delivery.kind, cases[i].kind, "%s", cases[i].source);
		cr_expect(id_is_uuid(delivery.event_id), "%s", cases[i].source);
	}
}

/* A signed request can be sent again with a header more that its signature is not over. */
Test(delivery, an_id_that_the_signature_was_not_checked_over_is_none)
{
	static const struct {
		const char *unsigned_id, *id;
	} cases[] = {{"webhook-id", "msg_s"}, {"svix-id", "msg_w"}};
	struct given headers[] = {
		{"Webhook-Id", "msg_w"}, {"Svix-Id", "msg_s"}, {NULL, NULL}};

	for (size_t i = 0; i < countof(cases); i++) {
		struct delivery delivery = make("incidentio", "{}", headers);

		delivery.unsigned_id = cases[i].unsigned_id;
		delivery_identify(&delivery, lookup, headers);
		cr_expect_str_eq(delivery.id, cases[i].id, "case %zu", i);
	}
}

Test(delivery, what_cannot_be_found_refuses_nothing)
{
	static const char *const bodies[] = {"{}", "[]", "1", "null", "{\"event\":[]}",
		"{\"event\":{\"type\":7},\"event_id\":{}}", "{\"event_id\":\"\"}"};
	struct given none[] = {{NULL, NULL}};

	for (size_t i = 0; i < countof(bodies); i++) {
		struct delivery delivery = make("slack", bodies[i], none);

		cr_expect_eq(strncmp(delivery.id, "sha256-", 7), 0, "%s", bodies[i]);
		cr_expect_str_eq(delivery.kind, "unknown");
	}
}

Test(delivery, the_same_delivery_is_the_same_event_and_another_is_not)
{
	struct given one[] = {{"X-GitHub-Delivery", "a"}, {NULL, NULL}};
	struct given two[] = {{"X-GitHub-Delivery", "b"}, {NULL, NULL}};
	struct given none[] = {{NULL, NULL}};
	struct delivery first = make("github", "{}", one),
			again = make("github", "{\"x\":1}", one),
			other = make("github", "{}", two),
			nameless = make("github", "{}", none),
			changed = make("github", "{ }", none);

	cr_expect_str_eq(first.event_id, again.event_id);
	cr_expect_str_neq(first.event_id, other.event_id);
	cr_expect_str_neq(nameless.event_id, changed.event_id);
}

Test(delivery, a_body_without_an_id_is_an_event_a_day)
{
	static const int64_t day_us = 86400000000, midnight_us = 1700006400000000;
	struct given none[] = {{NULL, NULL}};
	struct given named[] = {{"X-GitHub-Delivery", "a"}, {NULL, NULL}};
	struct given hashed[] = {{"X-GitHub-Delivery", "a b"}, {NULL, NULL}};
	struct {
		struct given *headers;
		int64_t at_us;
		bool same;
	} cases[] = {
		{none, midnight_us + day_us - 1, true},
		{none, midnight_us + day_us, false},
		{none, midnight_us - 1, false},
		/* What has an id is the same event for ever. */
		{named, midnight_us + 30 * day_us, true},
		{hashed, midnight_us + 30 * day_us, true},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct delivery first = make("github", "{}", cases[i].headers);
		struct delivery later = first;

		first.received_at_us = midnight_us;
		delivery_identify(&first, lookup, cases[i].headers);
		later.received_at_us = cases[i].at_us;
		delivery_identify(&later, lookup, cases[i].headers);
		cr_expect_str_eq(later.id, first.id, "case %zu", i);
		cr_expect_eq(strcmp(later.event_id, first.event_id) == 0, cases[i].same,
			"case %zu", i);
	}
}

Test(delivery, an_id_unfit_for_a_header_is_hashed)
{
	static const char *const unfit[] = {"a b", "a\r\nNats-Rollup: all", "\xc3\xa9",
		"0123456789012345678901234567890123456789012345678901234567890123456789"
		"012345678901234567890123456789012345678901234567890123456789012345678"
		"9"};

	for (size_t i = 0; i < countof(unfit); i++) {
		struct given headers[] = {
			{"X-GitHub-Delivery", unfit[i]}, {NULL, NULL}};
		struct delivery delivery = make("github", "{}", headers);

		cr_expect_eq(strncmp(delivery.id, "sha256-", 7), 0, "%s", unfit[i]);
	}
}

/* What docs/webhooks.md says of ids that are longer than any sender's. */
Test(delivery, an_id_over_1023_bytes_is_none)
{
	char id[1025], body[1200];
	struct given headers[] = {{"X-GitHub-Delivery", id}, {NULL, NULL}};
	char of_id[DELIVERY_ID_SIZE], of_body[DELIVERY_ID_SIZE];

	memset(id, 'x', sizeof(id));
	id[1023] = '\0';
	(void)strcpy(of_id, make("github", "{}", headers).id);
	id[1023] = 'x';
	id[1024] = '\0';
	(void)strcpy(of_body, make("github", "{}", headers).id);
	cr_expect_str_neq(of_id, of_body);
	headers[0].name = NULL;
	cr_expect_str_eq(make("github", "{}", headers).id, of_body);

	/* And the row's next place is looked at. */
	(void)snprintf(body, sizeof(body),
		"payload={\"trigger_id\":\"%s\",\"user\":{\"id\":\"U1\"},"
		"\"actions\":[{\"action_ts\":\"1.5\"}]}",
		id);
	cr_expect_str_eq(make_at(source_at("/webhooks/slack/interactions"),
				 "application/x-www-form-urlencoded", body, headers)
				 .id,
		"U1-1.5");
}

Test(delivery, the_message_holds_the_body_byte_for_byte)
{
	struct given headers[] = {{"X-GitHub-Delivery", "d-1"},
		{"X-GitHub-Event", "push"}, {"x-github-hook-id", "42"}, {NULL, NULL}};
	struct delivery delivery = make("github", "{\"a\":\"\\u0000\"}", headers);
	struct wire wire AUTO(wire_done) = {0};
	struct delivery_message message = {.wire = &wire};
	struct fault fault = {0};
	pb_event *event AUTO(pb_event_free) = NULL;

	cr_assert(delivery_message(&message, &delivery, lookup, headers, &fault));
	cr_expect_str_eq(message.outgoing.subject, "tocsin.event.github.push");
	cr_expect_str_eq(message.headers[0].value, "github:d-1");
	event = pb_event_unpack(message.outgoing.body, message.outgoing.body_len);
	cr_assert_not_null(event);
	cr_expect_eq(event->body.len, delivery.body_len);
	cr_expect_arr_eq(event->body.data, delivery.body, delivery.body_len);
	cr_expect_str_eq(event->id, delivery.event_id);
	cr_expect_eq(event->received_at_us, 1700000000000001);
	cr_assert_eq(event->n_headers, 2);
	cr_expect_str_eq(event->headers[1]->name, "x-github-hook-id");
	cr_expect_str_eq(event->headers[1]->value, "42");
}

/* Packing is done in the I/O thread, where a large body is not walked again. */
Test(delivery, the_message_holds_what_was_found_before_it_is_packed)
{
	static const struct source row = {.name = "deploys",
		.takes = SOURCE_JSON,
		.configured = true,
		.text = {{SPOT_POINTER, "/text"}}};
	struct given none[] = {{NULL, NULL}};
	struct delivery delivery =
		make_at(&row, "application/json", "{\"text\":\"Why?\"}", none);
	const struct facts facts = delivery_facts(&delivery, lookup, none);
	struct wire wire AUTO(wire_done) = {0};
	struct delivery_message message = {.wire = &wire};
	struct fault fault = {0};
	struct found found;
	pb_event *event AUTO(pb_event_free) = NULL;

	found_fill(&found, &row, &facts);
	delivery.found = &found;
	delivery.content = NULL; /* nothing is found from here on */
	cr_assert(delivery_message(&message, &delivery, lookup, none, &fault));
	event = pb_event_unpack(message.outgoing.body, message.outgoing.body_len);
	cr_assert(event && event->found);
	cr_expect_str_eq(event->found->text, "Why?");
}

/* Whoever unpacks the event elsewhere refuses a string that is not UTF-8. */
Test(delivery, what_is_not_utf8_is_left_out_of_the_message)
{
	struct given headers[] = {{"X-GitHub-Delivery", "d-1"},
		{"X-GitHub-Event", "caf\xe9"}, {"x-github-hook-id", "caf\xc3\xa9"},
		{"x-github-hook-installation-target-id", "\xed\xa0\x80"}, {NULL, NULL}};
	struct delivery delivery = make("github", "{}", headers);
	struct wire wire AUTO(wire_done) = {0};
	struct delivery_message message = {.wire = &wire};
	struct fault fault = {0};
	pb_event *event AUTO(pb_event_free) = NULL;

	delivery.content_type = "application/json; charset=\xff";
	cr_assert(delivery_message(&message, &delivery, lookup, headers, &fault));
	event = pb_event_unpack(message.outgoing.body, message.outgoing.body_len);
	cr_assert_not_null(event);
	cr_expect_str_eq(event->content_type, "");
	cr_assert_eq(event->n_headers, 1);
	cr_expect_str_eq(event->headers[0]->value, "caf\xc3\xa9");
}
