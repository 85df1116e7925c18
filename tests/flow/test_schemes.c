// SPDX-License-Identifier: Apache-2.0
// Story: each way of signing, with bodies that are checked in another thread and that do
// not fit a message, and rows that only a file has: what is signed is stored byte for byte
// and once, what is not is a 401.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/flow/senders.h"
#include "tests/support/stored.h"

enum { ANSWER_MS = 60000, IN_THE_POOL = (64 << 10) + 1, IN_PIECES = 1200000 };

static const char *const settings[] = {
	SENDERS_SETTINGS, "TOCSIN_INGRESS_ACK_TIMEOUT=30s", NULL};
static const struct stack_options ready_made = {
	.doors_only = true, .settings = settings};
static struct stack stack;

static int send(const struct sender *sender, enum sender_flaw flaw)
{
	struct exchange exchange AUTO(exchange_done) = {0};

	sender_write(&exchange, sender, flaw, NULL);
	(void)exchange_run(&exchange, stack.addresses[INGRESS], ANSWER_MS);
	return exchange.status;
}

/* Sent twice: one event more, with these bytes. */
static void expect_kept(struct bus *bus, const struct sender *sender)
{
	long before = stack_stream_count(&stack, "EVENTS");
	pb_event *event AUTO(pb_event_free) = NULL;

	cr_expect_eq(send(sender, FLAW_NONE), 200, "%s", sender->what);
	cr_expect_eq(send(sender, FLAW_NONE), 200, "%s, again", sender->what);
	cr_expect_eq(
		stack_stream_count(&stack, "EVENTS"), before + 1, "%s", sender->what);
	event = stored_last(bus, sender->subject);
	cr_assert(event, "%s: nothing at %s", sender->what, sender->subject);
	cr_expect(stored_is(event, sender->body, strlen(sender->body)), "%s",
		sender->what);
	if (sender->id)
		cr_expect_str_eq(event->delivery_id, sender->id, "%s", sender->what);
}

static void expect_refused(const struct sender *sender, enum sender_flaw flaw)
{
	long before = stack_stream_count(&stack, "EVENTS");

	if (!sender_can(sender, flaw))
		return;
	cr_expect_eq(send(sender, flaw), 401, "%s: %s", sender->what,
		sender_flaw_names[flaw]);
	cr_expect_eq(stack_stream_count(&stack, "EVENTS"), before, "%s: %s",
		sender->what, sender_flaw_names[flaw]);
}

/* The object `body` with blanks behind it: they are signed, too. */
static char *widen(const char *body, size_t len)
{
	char *wide = malloc(len + 1);
	size_t own = strlen(body);

	cr_assert(wide);
	memcpy(wide, body, own);
	for (size_t i = own; i < len; i++)
		wide[i] = i % 61 == 0 ? '\n' : ' ';
	wide[len] = '\0';
	return wide;
}

static bool is_form(const struct sender *sender)
{
	return strcmp(sender->type, FORM_TYPE) == 0;
}

static void try_large(size_t len)
{
	struct bus *bus;

	stack_start(&stack, &ready_made);
	bus = stored_connect(&stack);
	for (size_t i = 0; i < countof(senders); i++) {
		struct sender large = senders[i];
		char *body AUTO(free) = NULL;

		if (is_form(&large))
			continue;
		large.body = body = widen(senders[i].body, len);
		expect_refused(&large, FLAW_ALTERED_BODY);
		expect_refused(&large, FLAW_WRONG_SECRET);
		expect_refused(&large, FLAW_MISSING);
		expect_kept(bus, &large);
	}
	bus_close(bus);
	stack_stop(&stack);
}

Test(schemes, a_body_that_is_checked_in_a_thread_is_kept, .timeout = 180)
{
	try_large(IN_THE_POOL);
}

Test(schemes, a_body_that_does_not_fit_a_message_is_kept, .timeout = 180)
{
	try_large(IN_PIECES);
}

/* What no ready-made row has. */
static const char rows[] =
	"{\"sources\":["
	"{\"name\":\"basic\",\"scheme\":\"basic\","
	"\"secrets\":[{\"env\":\"TOCSIN_TEST_BASIC\"}]},"
	"{\"name\":\"both\",\"scheme\":\"hmac\",\"header\":\"X-Sum\","
	"\"prefix\":\"v2:\",\"encoding\":\"base64\",\"separator\":\";\","
	"\"signs\":\"{timestamp}|{id}|{body}\",\"id_header\":\"X-Id\","
	"\"timestamp_header\":\"X-Time\","
	"\"secrets\":[{\"env\":\"TOCSIN_TEST_HMAC\"}]},"
	"{\"name\":\"forms\",\"scheme\":\"hmac\",\"header\":\"X-Sum\","
	"\"body\":\"form\",\"delivery_id\":{\"field\":\"id\"},"
	"\"kind\":{\"field\":\"kind\"},"
	"\"secrets\":[{\"env\":\"TOCSIN_TEST_HMAC\"}]},"
	"{\"name\":\"wrapped\",\"scheme\":\"hmac\",\"header\":\"X-Sum\","
	"\"body\":\"payload\",\"delivery_id\":\"/id\","
	"\"secrets\":[{\"env\":\"TOCSIN_TEST_HMAC\"}]},"
	"{\"name\":\"any\",\"scheme\":\"bearer\",\"body\":\"any\","
	"\"kind\":{\"header\":\"X-Kind\"},"
	"\"secrets\":[{\"env\":\"TOCSIN_TEST_BEARER\"}]}]}";

static const struct sender own[] = {
	{"basic", "/webhooks/generic/basic", JSON_TYPE, "Authorization: Basic $MAC\r\n",
		NULL, "dGhlIHVzZXI6YSBwYXNzOndvcmQ=", false, "{\"type\":\"t\"}",
		"tocsin.event.basic.t", NULL},
	{"both", "/webhooks/generic/both", "application/vnd.x.v1+json",
		"X-Id: both-1\r\nX-Time: $TS\r\nX-Sum: v1:xx;v2:$MAC\r\n",
		"$TS|both-1|$BODY", "an HMAC secret", true, "{\"type\":\"a.b\"}",
		"tocsin.event.both.a_b", "both-1"},
	{"forms", "/webhooks/generic/forms", FORM_TYPE, "X-Sum: $MAC\r\n", "$BODY",
		"an HMAC secret", false,
		"id=form-1&kind=deploy&text=a+b%20c%2B&empty=&flag&%C3%A9=%F0%9F%98%80",
		"tocsin.event.forms.deploy", "form-1"},
	{"wrapped", "/webhooks/generic/wrapped", FORM_TYPE "; charset=utf-8",
		"X-Sum: $MAC\r\n", "$BODY", "an HMAC secret", false,
		"x=&payload=%7b%22id%22:12,%22type%22%3A%22t+u%22}&y=1",
		"tocsin.event.wrapped.t_u", "12"},
	{"any", "/webhooks/generic/any", "text/plain",
		"X-Kind: note\r\nAuthorization: Bearer $MAC\r\n", NULL,
		"a-bearer-token", false, "no {JSON at \xff\xfe all\r\n",
		"tocsin.event.any.note", NULL},
};

static void start_with_rows(void)
{
	static char file_setting[PATH_SIZE + 96];
	static const char *own_settings[] = {file_setting,
		"TOCSIN_TEST_BASIC=the user:a pass:word",
		"TOCSIN_TEST_HMAC=an HMAC secret", "TOCSIN_TEST_BEARER=a-bearer-token",
		NULL};
	static const struct stack_options options = {
		.doors_only = true, .settings = own_settings};
	char path[PATH_SIZE + 32];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/sources.json", place_of_test());
	(void)snprintf(
		file_setting, sizeof(file_setting), "TOCSIN_SOURCES_FILE=%s", path);
	file = fopen(path, "we");
	cr_assert(file && fputs(rows, file) >= 0 && fclose(file) == 0);
	stack_start(&stack, &options);
}

Test(schemes, rows_of_a_file_take_what_they_say_and_refuse_all_else, .timeout = 120)
{
	struct bus *bus;

	start_with_rows();
	bus = stored_connect(&stack);
	for (size_t i = 0; i < countof(own); i++) {
		for (unsigned flaw = FLAW_NONE + 1; flaw < SENDER_FLAWS; flaw++)
			expect_refused(&own[i], flaw);
		expect_kept(bus, &own[i]);
	}
	bus_close(bus);
	stack_stop(&stack);
}
