// SPDX-License-Identifier: Apache-2.0
// Story: a sender over its limit is told when to come again, but for GitHub and others that
// never come again: their events are stored, and routed later. Strangers without a secret are told
// off by address, and take nothing from those who have one.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/nats/subjects.h"
#include "tests/flow/senders.h"
#include "tests/support/stored.h"

enum { SOON_MS = 20000, LATE_MS = 60000, LIMIT = 3 };

static struct stack stack;

static const struct stack_options doors = {.doors_only = true,
	.settings =
		(const char *const[]){"TOCSIN_INGRESS_LIMITS=slack=1/h:3,github=1/h:3",
			"TOCSIN_INGRESS_LIMIT_FAILED=1/h:3",
			"TOCSIN_TRUSTED_PROXIES=127.0.0.1", NULL}};

static const struct stack_options whole = {
	.settings = (const char *const[]){"TOCSIN_INGRESS_LIMITS=github=1/s:3", NULL}};

static const struct stack_options configured = {.doors_only = true,
	.settings = (const char *const[]){
		SENDERS_SETTINGS, "TOCSIN_INGRESS_LIMITS=*=1/m:3", NULL}};

static int mention(const char *event_id, const char *channel, struct exchange *exchange)
{
	char *body = body_of_mention(&(struct mention){
		.event_id = event_id, .channel = channel, .text = "hello"});

	slack_write(exchange, &(struct slack_delivery){.body = body});
	(void)exchange_run(exchange, stack.addresses[INGRESS], SOON_MS);
	free(body);
	return exchange->status;
}

static long header_number(const struct exchange *exchange, const char *name)
{
	char value[32];

	exchange_header(exchange, name, value, sizeof(value));
	return *value ? strtol(value, NULL, 10) : -1;
}

static void expect_429(struct exchange *exchange)
{
	cr_expect_eq(exchange->status, 429, "%s", exchange->body);
	cr_expect(strstr(exchange->body, "\"rate_limited\""));
	cr_expect_gt(header_number(exchange, "Retry-After"), 0);
	cr_expect_leq(header_number(exchange, "Retry-After"), 3600);
	cr_expect_eq(header_number(exchange, "X-RateLimit-Limit"), LIMIT);
	cr_expect_eq(header_number(exchange, "X-RateLimit-Remaining"), 0);
	cr_expect_gt(header_number(exchange, "X-RateLimit-Reset"), (long)time(NULL));
}

Test(limits, a_noisy_channel_gets_429_and_the_quiet_one_does_not)
{
	char id[32];

	stack_start(&stack, &doors);
	for (int i = 0; i < LIMIT + 2; i++) {
		struct exchange exchange AUTO(exchange_done) = {0};

		(void)snprintf(id, sizeof(id), "EvNoisy%d", i);
		(void)mention(id, "C0NOISY", &exchange);
		if (i < LIMIT)
			cr_expect_eq(exchange.status, 200, "%s", exchange.body);
		else
			expect_429(&exchange);
	}
	for (int i = 0; i < LIMIT; i++) {
		struct exchange exchange AUTO(exchange_done) = {0};

		(void)snprintf(id, sizeof(id), "EvQuiet%d", i);
		cr_expect_eq(mention(id, "C0QUIET", &exchange), 200);
	}
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), 2 * LIMIT);
	stack_stop(&stack);
}

/* A bad signature behind the trusted proxy, from `client`; "" is the proxy's own. */
static int forged(const char *client, struct exchange *exchange)
{
	char headers[256];

	(void)snprintf(headers, sizeof(headers),
		"Content-Type: application/json\r\nX-GitHub-Event: push\r\n"
		"X-Hub-Signature-256: sha256=%064d\r\n%s%s%s",
		0, *client ? "X-Forwarded-For: " : "", client, *client ? "\r\n" : "");
	request_write(&exchange->request, "POST /webhooks/github", headers, "{}", 2);
	(void)exchange_run(exchange, stack.addresses[INGRESS], SOON_MS);
	return exchange->status;
}

Test(limits, bad_signatures_are_limited_by_client_and_good_ones_are_not)
{
	static const char *const others[] = {
		"203.0.113.10", "2001:db8:1:3::1", "203.0.113.9, 203.0.113.11"};

	stack_start(&stack, &doors);
	for (int i = 0; i < LIMIT + 2; i++) {
		struct exchange exchange AUTO(exchange_done) = {0};
		char client[64];

		/* Whatever stands before the address that the proxy saw. */
		(void)snprintf(client, sizeof(client), "10.0.0.%d, 203.0.113.9", i);
		if (forged(client, &exchange) != 401 || i >= LIMIT)
			expect_429(&exchange);
	}
	for (int i = 0; i < LIMIT + 2; i++) {
		struct exchange exchange AUTO(exchange_done) = {0};
		char client[64];

		(void)snprintf(client, sizeof(client), "2001:db8:1:2::%d", i);
		if (forged(client, &exchange) != 401 || i >= LIMIT)
			expect_429(&exchange);
	}
	for (size_t i = 0; i < countof(others); i++) {
		struct exchange exchange AUTO(exchange_done) = {0};

		cr_expect_eq(forged(others[i], &exchange), 401, "%s", others[i]);
	}
	/* The proxy itself used up: what is signed still gets in through it. */
	for (int i = 0; i < LIMIT + 2; i++) {
		struct exchange exchange AUTO(exchange_done) = {0};

		(void)forged("", &exchange);
		cr_expect_eq(exchange.status, i < LIMIT ? 401 : 429);
	}
	cr_expect_eq(stack_send_github(&stack, "push", "good-1",
			     body_of_push("acme/shop", "main"), NULL),
		200);
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), 1);
	stack_stop(&stack);
}

static int send_as(const struct sender *sender)
{
	struct exchange exchange AUTO(exchange_done) = {0};

	sender_write(&exchange, sender, FLAW_NONE, NULL);
	(void)exchange_run(&exchange, stack.addresses[INGRESS], SOON_MS);
	if (exchange.status == 429)
		expect_429(&exchange);
	return exchange.status;
}

/* Datadog sends again after a 5xx only; a home-made sender whatever was refused. */
Test(limits, a_configured_sender_that_never_sends_again_is_stored_as_well)
{
	struct sender datadog = {.path = "/webhooks/generic/datadog",
		.type = JSON_TYPE,
		.headers = "X-Tocsin-Token: $MAC\r\n",
		.secret = "a Datadog token"};
	const struct sender *home_made = &senders[12];
	pb_event *event AUTO(pb_event_free) = NULL;
	struct bus *bus;
	char body[64];

	cr_assert_str_eq(home_made->path, "/webhooks/generic");
	stack_start(&stack, &configured);
	bus = stored_connect(&stack);
	for (int i = 0; i < LIMIT + 2; i++) {
		(void)snprintf(body, sizeof(body),
			"{\"id\":\"%d\",\"event_type\":\"burst\"}", i);
		datadog.body = body;
		cr_expect_eq(send_as(&datadog), 200, "%d", i);
		cr_expect_eq(send_as(home_made), i < LIMIT ? 200 : 429, "%d", i);
		pb_event_free(event);
		event = stored_last(bus, "tocsin.event.datadog.burst");
		cr_assert(event && stored_is(event, body, strlen(body)));
		cr_expect_eq(event->not_before_us > 0, i >= LIMIT, "%d", i);
	}
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), LIMIT + 2 + 1);
	bus_close(bus);
	stack_stop(&stack);
}

/* Twelve at once at one a second after three: none is refused, the last waits. */
Test(limits, what_github_sends_beyond_its_limit_is_routed_later_and_not_lost,
	.timeout = 100)
{
	enum { COUNT = 8 };
	char events[COUNT][64], id[32];
	int64_t from = clock_mono_ms();

	stack_start(&stack, &whole);
	from = clock_mono_ms();
	for (int i = 0; i < COUNT; i++) {
		(void)snprintf(id, sizeof(id), "burst-%d", i);
		cr_expect_eq(stack_send_github(&stack, "push", id,
				     body_of_push("acme/shop", "main"), events[i]),
			200);
	}
	for (int i = 0; i < COUNT; i++)
		cr_expect_str_eq(
			stack_run_state(&stack, events[i], LATE_MS), "completed");
	/* By the trail: when the last was routed after it had been received. */
	cr_expect_geq(number_of(stack.database,
			      "SELECT (extract(epoch FROM max(r.at) - min(e.at)))::int"
			      " FROM audit.record r, audit.record e WHERE r.action = "
			      "'event.routed' AND e.action = 'event.received'"),
		COUNT - LIMIT - 2);
	cr_expect_geq(clock_mono_ms() - from, (COUNT - LIMIT - 2) * 1000);
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 0);
	stack_stop(&stack);
}
