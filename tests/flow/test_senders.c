// SPDX-License-Identifier: Apache-2.0
// Story: every sender's delivery is stored once and byte for byte, and each way of getting
// it wrong is a 401 without an event.
#include <criterion/criterion.h>
#include <nats/nats.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "proto/names.h"
#include "tests/flow/senders.h"
#include "tests/support/stack.h"

enum { ANSWER_MS = 15000, STAMP_SIZE = 40 };

static const char *const settings[] = {SENDERS_SETTINGS, NULL};
static const struct stack_options doors = {.doors_only = true, .settings = settings};
static struct stack stack;

static int send_out(struct exchange *exchange)
{
	(void)exchange_run(exchange, stack.addresses[INGRESS], ANSWER_MS);
	return exchange->status;
}

static int send(const struct sender *sender, enum sender_flaw flaw, const char *stamp)
{
	struct exchange exchange AUTO(exchange_done) = {0};

	sender_write(&exchange, sender, flaw, stamp);
	return send_out(&exchange);
}

/* The last event on the sender's subject: its body is the one that was sent. */
static void check_stored(jsCtx *js, const struct sender *sender)
{
	natsMsg *message = NULL;
	pb_event *event AUTO(pb_event_free) = NULL;
	natsStatus status =
		js_GetLastMsg(&message, js, "EVENTS", sender->subject, NULL, NULL);

	cr_assert_eq(status, NATS_OK, "%s: %s", sender->what, sender->subject);
	event = pb_event_unpack(
		natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));
	natsMsg_Destroy(message);
	cr_assert_not_null(event, "%s", sender->what);
	cr_expect(event->body.len == strlen(sender->body) &&
			memcmp(event->body.data, sender->body, event->body.len) == 0,
		"%s", sender->what);
	if (sender->id)
		cr_expect_str_eq(event->delivery_id, sender->id, "%s", sender->what);
	else
		cr_expect_eq(strncmp(event->delivery_id, "sha256-", 7), 0, "%s",
			sender->what);
}

Test(senders, every_delivery_is_stored_byte_for_byte_and_once, .timeout = 110)
{
	natsConnection *connection = NULL;
	jsCtx *js = NULL;

	stack_start(&stack, &doors);
	cr_assert_eq(natsConnection_ConnectTo(&connection, stack.nats_url), NATS_OK);
	cr_assert_eq(natsConnection_JetStream(&js, connection, NULL), NATS_OK);
	for (size_t i = 0; i < countof(senders); i++) {
		long before = stack_stream_count(&stack, "EVENTS");

		cr_expect_eq(
			send(&senders[i], FLAW_NONE, NULL), 200, "%s", senders[i].what);
		cr_expect_eq(send(&senders[i], FLAW_NONE, NULL), 200, "%s, again",
			senders[i].what);
		cr_expect_eq(stack_stream_count(&stack, "EVENTS"), before + 1, "%s",
			senders[i].what);
		check_stored(js, &senders[i]);
	}
	jsCtx_Destroy(js);
	natsConnection_Destroy(connection);
	stack_stop(&stack);
}

/* Signed under either set of names, sent again with another id under the other set's. */
Test(senders, an_id_that_is_not_signed_makes_no_new_event, .timeout = 110)
{
	static const struct {
		const char *path, *headers;
	} cases[] = {
		{"/webhooks/incidentio",
			"webhook-id: msg_new\r\nsvix-id: msg_old\r\n"
			"svix-timestamp: $TS\r\nsvix-signature: v1,$MAC\r\n"},
		{"/webhooks/generic",
			"webhook-id: msg_new\r\nsvix-id: msg_old\r\n"
			"svix-timestamp: $TS\r\nsvix-signature: v1,$MAC\r\n"},
		{"/webhooks/generic",
			"svix-id: msg_new\r\nwebhook-id: msg_old\r\n"
			"webhook-timestamp: $TS\r\nwebhook-signature: v1,$MAC\r\n"},
	};
	struct sender sender = {.type = JSON_TYPE,
		.signs = "msg_old." STANDARD_SIGNS,
		.secret = STANDARD_SECRET,
		.base64 = true,
		.body = "{\"type\":\"replayed\",\"event_type\":\"replayed\"}"};
	natsConnection *connection = NULL;
	jsCtx *js = NULL;

	stack_start(&stack, &doors);
	cr_assert_eq(natsConnection_ConnectTo(&connection, stack.nats_url), NATS_OK);
	cr_assert_eq(natsConnection_JetStream(&js, connection, NULL), NATS_OK);
	sender.id = "msg_old";
	for (size_t i = 0; i < countof(cases); i++) {
		sender.what = sender.path = cases[i].path;
		sender.headers = cases[i].headers;
		sender.subject = i == 0 ? "tocsin.event.incidentio.replayed"
					: "tocsin.event.generic.replayed";
		cr_expect_eq(send(&sender, FLAW_NONE, NULL), 200, "case %zu", i);
		check_stored(js, &sender);
	}
	/* Of the last two the second is the first again. */
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), 2);
	jsCtx_Destroy(js);
	natsConnection_Destroy(connection);
	stack_stop(&stack);
}

static void refuse_times(const struct sender *sender)
{
	const long now = (long)time(NULL);
	char stale[STAMP_SIZE], early[STAMP_SIZE], plus[STAMP_SIZE], spaced[STAMP_SIZE],
		fraction[STAMP_SIZE], milli[STAMP_SIZE];
	const char *const times[] = {stale, early, plus, spaced, fraction, milli, "-1",
		"soon", "99999999999999999999999999999", "0x6000", "1e9", ""};

	(void)snprintf(stale, sizeof(stale), "%ld", now - 305);
	(void)snprintf(early, sizeof(early), "%ld", now + 330);
	(void)snprintf(plus, sizeof(plus), "+%ld", now);
	(void)snprintf(spaced, sizeof(spaced), "%ld %ld", now / 1000, now % 1000);
	(void)snprintf(fraction, sizeof(fraction), "%ld.0", now);
	(void)snprintf(milli, sizeof(milli), "%ld000", now);
	for (size_t i = 0; i < countof(times); i++)
		cr_expect_eq(send(sender, FLAW_NONE, times[i]), 401, "%s, time '%s'",
			sender->what, times[i]);
}

Test(senders, every_flaw_of_every_sender_is_a_401_and_no_event, .timeout = 110)
{
	long before;

	stack_start(&stack, &doors);
	before = stack_stream_count(&stack, "EVENTS");
	for (size_t i = 0; i < countof(senders); i++) {
		for (unsigned flaw = FLAW_NONE + 1; flaw < SENDER_FLAWS; flaw++)
			if (sender_can(&senders[i], flaw))
				cr_expect_eq(send(&senders[i], flaw, NULL), 401,
					"%s: %s", senders[i].what,
					sender_flaw_names[flaw]);
		if (strstr(senders[i].headers, "$TS"))
			refuse_times(&senders[i]);
	}
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), before);
	stack_stop(&stack);
}

/* A request as `head` begins it, with the headers of a good one. */
static int send_raw(const struct sender *sender, const char *line, const char *more,
	const char *body)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	struct text *request = &exchange.request;

	text_printf(
		request, "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", line);
	sender_headers(request, sender);
	text_add(request, more);
	text_add(request, "\r\n");
	text_add(request, body);
	return send_out(&exchange);
}

static void add_chunks(struct text *out, const char *body, size_t size)
{
	size_t len = strlen(body);

	for (size_t at = 0; at < len; at += size) {
		size_t part = len - at < size ? len - at : size;

		text_printf(out, "%zx\r\n", part);
		text_add_bytes(out, body + at, part);
		text_add(out, "\r\n");
	}
	text_add(out, "0\r\n\r\n");
}

Test(senders, chunks_are_taken_where_they_are_well_formed, .timeout = 110)
{
	static const char chunked[] = "Transfer-Encoding: chunked\r\n";
	const struct sender *sender = &senders[0];
	struct text chunks AUTO(text_done) = {0};
	long before;

	stack_start(&stack, &doors);
	before = stack_stream_count(&stack, "EVENTS");
	add_chunks(&chunks, sender->body, 5);
	cr_expect_eq(
		send_raw(sender, sender->path, chunked, text_string(&chunks)), 200);
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), before + 1);
	cr_expect_eq(
		send_raw(sender, sender->path, chunked, "zz\r\n{}\r\n0\r\n\r\n"), 400);
	cr_expect_eq(send_raw(sender, sender->path, chunked, "-5\r\n{}\r\n"), 400);
	cr_expect_eq(
		send_raw(sender, sender->path, chunked, "fffffffffffffffffff\r\n{}"),
		413);
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), before + 1);
	stack_stop(&stack);
}

Test(senders, what_http_forbids_is_no_event, .timeout = 110)
{
	const struct sender *sender = &senders[0];
	struct text flood AUTO(text_done) = {0};
	char length[64];
	long before;

	stack_start(&stack, &doors);
	before = stack_stream_count(&stack, "EVENTS");
	(void)snprintf(length, sizeof(length), "Content-Length: %zu\r\n",
		strlen(sender->body) - 2);
	cr_expect_eq(send_raw(sender, sender->path, length, sender->body), 401,
		"a length that is too short");
	cr_expect_eq(
		send_raw(sender, sender->path, "Content-Length: -1\r\n", sender->body),
		400);
	cr_expect_eq(
		send_raw(sender, sender->path, "Content-Length: 9x\r\n", sender->body),
		400);
	for (int i = 0; i < 5000; i++)
		text_printf(&flood, "X-Flood-%d: aaaaaaaaaaaaaaaa\r\n", i);
	(void)snprintf(length, sizeof(length), "Content-Length: %zu\r\n",
		strlen(sender->body));
	text_add(&flood, length);
	cr_expect_eq(
		send_raw(sender, sender->path, text_string(&flood), sender->body), 431);
	cr_expect_eq(send_raw(sender, "http://x/webhooks/github", length, sender->body),
		404, "absolute form");
	cr_expect_eq(send_raw(sender, "/webhooks/generic/nobody", length, sender->body),
		404);
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), before);
	stack_stop(&stack);
}

Test(senders, what_its_type_does_not_say_is_a_400, .timeout = 110)
{
	char *deep = calloc(1, 100001);
	struct sender sender = senders[0];
	const char *const bodies[] = {"", "{", "\"\xff\xfe\"", "{} {}", "nul", deep};
	long before;

	cr_assert(deep);
	memset(deep, '[', 100000);
	stack_start(&stack, &doors);
	before = stack_stream_count(&stack, "EVENTS");
	for (size_t i = 0; i < countof(bodies); i++) {
		sender.body = bodies[i];
		cr_expect_eq(send(&sender, FLAW_NONE, NULL), 400, "%.20s", bodies[i]);
	}
	sender.type = FORM_TYPE;
	sender.body = "payload=%7";
	cr_expect_eq(send(&sender, FLAW_NONE, NULL), 400);
	sender.body = "a=b";
	cr_expect_eq(send(&sender, FLAW_NONE, NULL), 400);
	sender.body = "payload=%FF";
	cr_expect_eq(send(&sender, FLAW_NONE, NULL), 400);
	sender.type = "text/plain";
	cr_expect_eq(send(&sender, FLAW_NONE, NULL), 415);
	sender.type = "\xff\xfe/json";
	cr_expect_eq(send(&sender, FLAW_NONE, NULL), 415);
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), before);
	free(deep);
	stack_stop(&stack);
}

Test(senders, ssl_checks_and_commands_are_answered_with_nothing_to_show, .timeout = 110)
{
	struct exchange check AUTO(exchange_done) = {0};
	struct exchange command AUTO(exchange_done) = {0};
	static const char form[] = "Content-Type: " FORM_TYPE "\r\n";
	char id[64];
	long before;

	stack_start(&stack, &doors);
	before = stack_stream_count(&stack, "EVENTS");
	request_write(&check.request, "POST /webhooks/slack/commands", form,
		"ssl_check=1&token=x", 19);
	cr_expect_eq(send_out(&check), 200);
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), before);
	sender_write(&command, &senders[7], FLAW_NONE, NULL);
	cr_expect_eq(send_out(&command), 200);
	cr_expect_str_eq(command.body, "");
	cr_expect_eq(
		strlen(exchange_header(&command, "X-Tocsin-Event-Id", id, sizeof(id))),
		36);
	stack_stop(&stack);
}

Test(senders, source_test_signs_and_sends, .timeout = 110)
{
	struct environment environment = {0};
	char program[PATH_SIZE], output[4096], url[ADDRESS_SIZE + 32];
	const char *arguments[] = {program, "source", "test", senders[14].what,
		"--source", "stripe", NULL};
	long before;
	FILE *file;

	stack_start(&stack, &doors);
	before = stack_stream_count(&stack, "EVENTS");
	(void)snprintf(
		program, sizeof(program), "%s/cli/tocsin", getenv("TOCSIN_BUILD_DIR"));
	(void)snprintf(url, sizeof(url), "%s/body.json", stack.directory);
	arguments[3] = url;
	file = fopen(url, "we");
	cr_assert(file && fputs(senders[14].body, file) >= 0 && fclose(file) == 0);
	environment_set(
		&environment, "TOCSIN_INGRESS_URL=http://%s", stack.addresses[INGRESS]);
	for (const char *const *setting = settings; *setting; setting++)
		environment_set(&environment, "%s", *setting);
	cr_expect_eq(process_output(&(struct process_start){.name = "cli",
					    .arguments = arguments,
					    .environment = &environment,
					    .directory = stack.directory},
			     output, sizeof(output)),
		0, "%s", output);
	cr_expect(strstr(output, ": 200 ") && strstr(output, "event "), "%s", output);
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), before + 1);
	environment_done(&environment);
	stack_stop(&stack);
}
