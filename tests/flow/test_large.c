// SPDX-License-Identifier: Apache-2.0
// Story: a body that does not fit a message arrives whole, once, and makes the same task
// as a small one; what is too large, altered or too much at once is refused with words.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/ids.h"
#include "common/nats/body.h"
#include "common/nats/subjects.h"
#include "tests/support/alone.h"
#include "tests/support/seen.h"

enum {
	MIB = 1 << 20,
	LARGEST = 25 * MIB,
	SOON_MS = 30000,
	LATE_MS = 60000,
	TIMEOUT_MS = 60000,
};

static struct stack stack;

static const struct stack_options doors = {.doors_only = true,
	/* Sanitizers are slow; the deadline itself is another test's. */
	.settings = (const char *const[]){"TOCSIN_INGRESS_ACK_TIMEOUT=30s", NULL}};
static const struct stack_options whole = {
	.settings = (const char *const[]){"TOCSIN_INGRESS_ACK_TIMEOUT=30s", NULL}};

static const struct stack_options tight = {.doors_only = true,
	.settings = (const char *const[]){"TOCSIN_INGRESS_ACK_TIMEOUT=30s",
		"TOCSIN_INGRESS_MAX_BODY=12MiB", "TOCSIN_INGRESS_BODY_MEMORY=32MiB",
		NULL}};

/* `body` with a field more, so that it has `len` bytes; both are objects. Frees body. */
static char *pad(char *body, size_t len)
{
	static const char before[] = "{\"padding\":\"";
	size_t own = strlen(body);
	char *padded = malloc(len + 1);
	size_t fill = len - own - (sizeof(before) - 1) - 1;

	cr_assert(padded && body[0] == '{');
	memcpy(padded, before, sizeof(before) - 1);
	memset(padded + sizeof(before) - 1, 'x', fill);
	padded[sizeof(before) - 1 + fill] = '"';
	padded[sizeof(before) + fill] = ',';
	memcpy(padded + sizeof(before) + fill + 1, body + 1, own);
	cr_assert_eq(strlen(padded), len);
	free(body);
	return padded;
}

static int send_push(const char *id, const char *body, const char *signature,
	struct exchange *exchange)
{
	github_write(exchange,
		&(struct github_delivery){.event = "push",
			.id = id,
			.body = body,
			.signature = signature});
	(void)exchange_run(exchange, stack.addresses[INGRESS], TIMEOUT_MS);
	return exchange->status;
}

/* The last event of EVENTS, with its body made whole. */
static pb_event *last_event(struct bus *bus)
{
	natsMsg *message AUTO(natsMsg_Destroy) = NULL;
	struct fault fault = {0};
	pb_event *event;

	cr_assert_eq(js_GetLastMsg(&message, bus_js(bus), STREAM_EVENTS,
			     "tocsin.event.github.push", NULL, NULL),
		NATS_OK);
	event = pb_event_unpack(
		natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));
	cr_assert(event);
	cr_assert(body_complete(bus, event, &fault), "%s", fault.text);
	return event;
}

static struct bus *connect_bus(void)
{
	struct daemon_config config = alone_config(&stack);
	struct fault fault = {0};
	struct bus *bus;

	cr_assert(bus_open(&bus, &config, "test", &fault), "%s", fault.text);
	return bus;
}

Test(large, twenty_five_mib_arrive_byte_for_byte_and_once, .timeout = 120)
{
	char *body = pad(body_of_push("acme/shop", "main"), LARGEST);
	struct exchange first = {0}, again = {0};
	pb_event *event AUTO(pb_event_free) = NULL;
	struct bus *bus;

	stack_start(&stack, &doors);
	bus = connect_bus();
	cr_assert_eq(send_push("large-1", body, NULL, &first), 200, "%s", first.body);
	cr_expect_eq(
		stack_stream_count(&stack, STREAM_BODIES), LARGEST / BODY_PIECE_MAX);
	event = last_event(bus);
	cr_expect_eq(event->body.len, LARGEST);
	cr_expect(memcmp(event->body.data, body, LARGEST) == 0);
	cr_expect_str_eq(event->id, event_of(&first));

	cr_assert_eq(send_push("large-1", body, NULL, &again), 200, "%s", again.body);
	cr_expect(strstr(again.body, "\"duplicate\":true"));
	cr_expect_eq(stack_stream_count(&stack, STREAM_BODIES),
		LARGEST / BODY_PIECE_MAX, "a retry stored pieces twice");
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), 1);
	exchange_done(&first);
	exchange_done(&again);
	free(body);
	bus_close(bus);
	stack_stop(&stack);
}

Test(large, one_byte_more_is_413_and_an_altered_body_401, .timeout = 120)
{
	char *over = pad(body_of_push("acme/shop", "main"), LARGEST + 1);
	char *altered = pad(body_of_push("acme/shop", "main"), 3 * MIB);
	char signature[96];
	struct exchange exchange = {0};
	static const char chunked[] =
		"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

	stack_start(&stack, &doors);
	cr_expect_eq(send_push("over-1", over, NULL, &exchange), 413);
	exchange_done(&exchange);

	/* Of unknown length it is noticed when it is too long. */
	text_add(&exchange.request, chunked);
	text_printf(&exchange.request, "%x\r\n", LARGEST + 1);
	text_add_bytes(&exchange.request, over, LARGEST + 1);
	text_add(&exchange.request, "\r\n0\r\n\r\n");
	(void)exchange_run(&exchange, stack.addresses[INGRESS], TIMEOUT_MS);
	cr_expect(exchange.status == 413 || exchange.status == 0);
	exchange_done(&exchange);

	(void)github_sign(signature, GITHUB_SECRET, altered);
	altered[2 * MIB] = 'y';
	cr_expect_eq(send_push("altered-1", altered, signature, &exchange), 401);
	exchange_done(&exchange);

	/* Signed, but no JSON: found out in a thread of the pool. */
	altered[3 * MIB - 1] = ' ';
	cr_expect_eq(send_push("broken-1", altered, NULL, &exchange), 400);
	exchange_done(&exchange);
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), 0);
	cr_expect_eq(stack_stream_count(&stack, STREAM_BODIES), 0);
	free(over);
	free(altered);
	stack_stop(&stack);
}

/* What the run was asked, and what was decided, without what differs by itself. */
static char *outcome_of(const char *event)
{
	char *out = NULL;

	cr_assert(asprintf(&out, "%s",
			  rows_of(stack.database,
				  "SELECT run.text, run.agent, run.source, "
				  "a.detail->'destinations', a.detail->'matched_value'"
				  " FROM config.run run JOIN audit.record a"
				  " ON a.event_id = run.event_id AND a.action = "
				  "'event.routed' WHERE run.event_id = '%s'",
				  event)) > 0);
	return out;
}

Test(large, five_mb_make_the_same_task_as_a_few_hundred_bytes, .timeout = 140)
{
	char *small = body_of_push("acme/shop", "main");
	char *big = pad(body_of_push("acme/shop", "main"), 5000000);
	struct exchange exchange = {0};
	char small_event[UUID_SIZE], big_event[UUID_SIZE];
	char *small_outcome AUTO(free) = NULL, *big_outcome AUTO(free) = NULL;

	stack_start(&stack, &whole);
	cr_assert_eq(send_push("push-small", small, NULL, &exchange), 200);
	(void)snprintf(small_event, sizeof(small_event), "%s", event_of(&exchange));
	exchange_done(&exchange);
	cr_assert_eq(send_push("push-big", big, NULL, &exchange), 200);
	(void)snprintf(big_event, sizeof(big_event), "%s", event_of(&exchange));
	exchange_done(&exchange);
	cr_expect_gt(stack_stream_count(&stack, STREAM_BODIES), 5);
	cr_assert_str_eq(stack_run_state(&stack, small_event, LATE_MS), "completed");
	cr_assert_str_eq(stack_run_state(&stack, big_event, LATE_MS), "completed");
	cr_assert(stack_wait_action(&stack, big_event, "run.completed", LATE_MS));
	small_outcome = outcome_of(small_event);
	big_outcome = outcome_of(big_event);
	cr_expect_gt(strlen(small_outcome), 20, "%s", small_outcome);
	cr_expect_str_eq(small_outcome, big_outcome);
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 0);
	free(small);
	free(big);
	stack_stop(&stack);
}

Test(large, bodies_beyond_the_memory_for_them_get_503_and_can_come_again,
	.timeout = 140)
{
	enum { SENDERS = 8, LEN = 12 * MIB };
	char *body = pad(body_of_push("acme/shop", "main"), LEN);
	struct exchange exchanges[SENDERS] = {0};
	int taken = 0, refused = 0;

	stack_start(&stack, &tight);
	for (int i = 0; i < SENDERS; i++) {
		char id[32];

		(void)snprintf(id, sizeof(id), "many-%d", i);
		github_write(&exchanges[i],
			&(struct github_delivery){
				.event = "push", .id = id, .body = body});
	}
	exchange_run_all(exchanges, SENDERS, stack.addresses[INGRESS], SENDERS);
	for (int i = 0; i < SENDERS; i++) {
		char wait[16];

		taken += exchanges[i].status == 200;
		refused += exchanges[i].status == 503;
		if (exchanges[i].status == 503)
			cr_expect_str_neq(exchange_header(&exchanges[i], "Retry-After",
						  wait, sizeof(wait)),
				"");
	}
	cr_expect_eq(taken + refused, SENDERS);
	cr_expect_geq(taken, 1);
	cr_expect_geq(refused, 1);
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), taken);

	/* One after the other all find room: what was taken was given back. */
	for (int i = 0; i < SENDERS; i++) {
		(void)exchange_run(&exchanges[i], stack.addresses[INGRESS], TIMEOUT_MS);
		cr_expect_eq(exchanges[i].status, 200, "%s", exchanges[i].body);
		exchange_done(&exchanges[i]);
	}
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), SENDERS);
	free(body);
	stack_stop(&stack);
}
