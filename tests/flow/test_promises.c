// SPDX-License-Identifier: Apache-2.0
// Story: what is promised is what is kept. A full stream is a 503 and nothing of it is lost;
// an ack that shall mean three copies is not given for one.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/streams.h"
#include "common/nats/subjects.h"
#include "tests/support/alone.h"

enum { SOON_MS = 20000, STOP_MS = 20000, KIB = 1024 };

static struct stack stack;
static struct bus *bus;

static const struct stack_options small = {.doors_only = true,
	.settings = (const char *const[]){
		"TOCSIN_STREAM_MAX_BYTES=2MiB", "TOCSIN_INGRESS_LIMITS=*=0", NULL}};

static char *body_of(size_t len)
{
	char *body = malloc(len + 1);

	memset(body, ' ', len);
	memcpy(body, "{}", 2);
	body[len] = '\0';
	return body;
}

static int push(const char *id, const char *body, char *retry_after, size_t size)
{
	struct exchange exchange AUTO(exchange_done) = {0};

	github_write(&exchange,
		&(struct github_delivery){.event = "push", .id = id, .body = body});
	(void)exchange_run(&exchange, stack.addresses[INGRESS], SOON_MS);
	(void)exchange_header(&exchange, "Retry-After", retry_after, size);
	return exchange.status;
}

static void lift_limit(const char *name)
{
	struct daemon_config config = alone_config(&stack);
	struct fault fault = {0};
	jsStreamInfo *info = NULL;

	cr_assert(bus_open(&bus, &config, "test", &fault), "%s", fault.text);
	cr_assert_eq(js_GetStreamInfo(&info, bus_js(bus), name, NULL, NULL), NATS_OK);
	cr_expect_eq(info->Config->Discard, js_DiscardNew);
	info->Config->MaxBytes = -1;
	cr_assert_eq(
		js_UpdateStream(NULL, bus_js(bus), info->Config, NULL, NULL), NATS_OK);
	jsStreamInfo_Destroy(info);
	bus_close(bus);
}

Test(promises, a_full_stream_is_a_503_and_keeps_what_it_has, .timeout = 100)
{
	char *body = body_of(100 * KIB), id[32], retry_after[16];
	int taken = 0, refused = 0;

	stack_start(&stack, &small);
	for (int i = 0; i < 30; i++) {
		int status;

		(void)snprintf(id, sizeof(id), "full-%d", i);
		status = push(id, body, retry_after, sizeof(retry_after));
		taken += status == 200;
		refused += status == 503;
		if (status == 503)
			cr_expect_gt(strtol(retry_after, NULL, 10), 0);
		cr_expect(status == 200 || status == 503, "%d", status);
	}
	cr_expect_geq(taken, 15);
	cr_expect_geq(refused, 5);
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), taken);
	/* With room again, what comes again is taken, and what was taken is known. */
	lift_limit(STREAM_EVENTS);
	for (int i = 0; i < 30; i++) {
		(void)snprintf(id, sizeof(id), "full-%d", i);
		cr_expect_eq(push(id, body, retry_after, sizeof(retry_after)), 200);
	}
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), 30);
	free(body);
	stack_stop(&stack);
}

/* Half a body in BODIES is nobody's: no event names it. */
Test(promises, a_full_stream_of_bodies_is_a_503_without_an_event, .timeout = 100)
{
	char *body = body_of(5 * KIB * KIB), retry_after[16];

	stack_start(&stack, &small);
	cr_expect_eq(push("big", body, retry_after, sizeof(retry_after)), 503);
	cr_expect_gt(strtol(retry_after, NULL, 10), 0);
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), 0);
	lift_limit(STREAM_BODIES);
	cr_expect_eq(push("big", body, retry_after, sizeof(retry_after)), 200);
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), 1);
	cr_expect_eq(stack_stream_count(&stack, STREAM_BODIES), 10);
	free(body);
	stack_stop(&stack);
}

static bool log_has(const char *words)
{
	char line[2048];
	FILE *log = fopen(stack.daemons[INGRESS].log, "re");
	bool found = false;

	while (log && !found && fgets(line, sizeof(line), log))
		found = strstr(line, words) != NULL;
	if (log)
		(void)fclose(log);
	return found;
}

static int start_and_wait_for_the_end(const char *setting)
{
	struct stack_options options = {
		.settings = (const char *const[]){setting, NULL}};
	struct process *ingress = &stack.daemons[INGRESS];

	stack.options = &options;
	stack_daemon_launch(&stack, INGRESS);
	if (!WAIT_UNTIL(!process_is_alive(ingress), SOON_MS)) {
		process_kill(ingress);
		return -1;
	}
	return 1;
}

Test(promises, replicated_is_not_said_of_one_replica, .timeout = 60)
{
	alone_start(&stack, &bus);
	cr_expect_eq(start_and_wait_for_the_end("TOCSIN_ACK=replicated"), 1);
	cr_expect(log_has("stream EVENTS has 1 replica"), "the log does not say so");
	cr_expect_eq(start_and_wait_for_the_end("TOCSIN_ACK=perhaps"), 1);
	cr_expect(log_has("TOCSIN_ACK=perhaps"));
	bus_close(bus);
	stack_nats_stop(&stack);
}
