// SPDX-License-Identifier: Apache-2.0
// Story: the ingress and nats-server are killed in turn, fifty times, under load from a
// sender that repeats as the providers do. Whoever got a 2xx is in the stream, once; whoever
// is not, was never told so.
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/body.h"
#include "common/nats/subjects.h"
#include "tests/support/alone.h"

enum {
	KILLS = 50,
	SENDERS = 6,
	EACH_MAX = 20000,
	CALL_MS = 5000,
	STOP_MS = 20000,
	PAUSE_MS = 20,
	LARGE_EVERY = 50,
	LARGE_LEN = 1500000,
};

static struct stack stack;
static struct bus *bus;
static atomic_bool over;
static char listen_setting[128];
static const char *settings[] = {"TOCSIN_INGRESS_LIMITS=*=0", listen_setting, NULL};
static struct stack_options options = {.settings = settings};

struct sender {
	pthread_t thread;
	int number, begun;
	bool promised[EACH_MAX];
	long refused, broken, wrong; /* attempts */
	char *large;
};

static struct sender senders[SENDERS];

/* Small ones, and now and then one that goes in pieces. */
static void write_delivery(
	struct exchange *exchange, const struct sender *sender, int index)
{
	char id[48];

	(void)snprintf(id, sizeof(id), "storm-%d-%d", sender->number, index);
	github_write(exchange,
		&(struct github_delivery){.event = "push",
			.id = id,
			.body = index % LARGE_EVERY == LARGE_EVERY / 2 ? sender->large
								       : "{}"});
}

/* One delivery until it gets its 2xx; not any more once the storm is over. */
static void deliver(struct sender *sender, int index)
{
	struct exchange exchange AUTO(exchange_done) = {0};

	write_delivery(&exchange, sender, index);
	while (!sender->promised[index]) {
		(void)exchange_run(&exchange, stack.addresses[INGRESS], CALL_MS);
		if (exchange.status == 200)
			sender->promised[index] = true;
		else if (exchange.status == 503)
			sender->refused++;
		else if (exchange.status == 0)
			sender->broken++;
		else
			sender->wrong++;
		if (!sender->promised[index]) {
			if (atomic_load(&over))
				return;
			clock_sleep_ms(PAUSE_MS);
		}
	}
}

static void *send_all(void *context)
{
	struct sender *sender = context;

	while (!atomic_load(&over) && sender->begun < EACH_MAX)
		deliver(sender, sender->begun++);
	return NULL;
}

static void storm(void)
{
	for (int i = 0; i < KILLS; i++) {
		clock_sleep_ms(200 + i * 37 % 300); /* into whatever is under way */
		if (i % 2 == 0) {
			process_kill(&stack.daemons[INGRESS]);
			stack_daemon_start(&stack, INGRESS);
		} else {
			process_kill(&stack.nats);
			clock_sleep_ms(i * 13 % 200);
			stack_nats_start(&stack);
		}
	}
}

/* How often each delivery is in EVENTS. */
static unsigned char found[SENDERS][EACH_MAX];

/* A body in pieces: those it names are there, and are the body. */
static bool is_whole(natsMsg *message)
{
	pb_event *event AUTO(pb_event_free) = pb_event_unpack(
		natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));
	struct fault fault = {0};

	if (!event || !event->pieces)
		return event != NULL;
	if (body_complete(bus, event, &fault))
		return event->body.len == LARGE_LEN;
	(void)fprintf(stderr, "storm: %s\n", fault.text);
	return false;
}

static void count_stored(void)
{
	jsStreamInfo *info = NULL;

	cr_assert_eq(js_GetStreamInfo(&info, bus_js(bus), STREAM_EVENTS, NULL, NULL),
		NATS_OK);
	for (uint64_t i = info->State.FirstSeq; i <= info->State.LastSeq; i++) {
		natsMsg *message AUTO(natsMsg_Destroy) = NULL;
		int sender, index;

		cr_assert_eq(
			js_GetMsg(&message, bus_js(bus), STREAM_EVENTS, i, NULL, NULL),
			NATS_OK);
		cr_assert_eq(sscanf(bus_header(message, HEADER_MESSAGE_ID),
				     "github:storm-%d-%d", &sender, &index),
			2);
		found[sender][index]++;
		cr_expect(is_whole(message), "sequence %llu", (unsigned long long)i);
	}
	jsStreamInfo_Destroy(info);
}

static char *large_body(void)
{
	char *body = malloc(LARGE_LEN + 1);

	memset(body, ' ', LARGE_LEN);
	memcpy(body, "{}", 2);
	body[LARGE_LEN] = '\0';
	return body;
}

static void start(void)
{
	alone_start(&stack, &bus);
	stack.options = &options;
	(void)snprintf(listen_setting, sizeof(listen_setting), "TOCSIN_ACK=stored");
	stack_daemon_start(&stack, INGRESS);
	/* From now on the port stays the same. */
	(void)snprintf(listen_setting, sizeof(listen_setting), "TOCSIN_LISTEN=%s",
		stack.addresses[INGRESS]);
	for (int i = 0; i < SENDERS; i++) {
		senders[i].number = i;
		senders[i].large = large_body();
		cr_assert_eq(
			pthread_create(&senders[i].thread, NULL, send_all, &senders[i]),
			0);
	}
}

static void judge(void)
{
	long promised = 0, lost = 0, twice = 0, refused = 0, broken = 0, begun = 0;

	for (int s = 0; s < SENDERS; s++) {
		for (int i = 0; i < senders[s].begun; i++) {
			promised += senders[s].promised[i];
			lost += senders[s].promised[i] && found[s][i] == 0;
			twice += found[s][i] > 1;
		}
		cr_expect_eq(senders[s].wrong, 0, "an answer that is neither");
		begun += senders[s].begun;
		refused += senders[s].refused;
		broken += senders[s].broken;
		free(senders[s].large);
	}
	(void)fprintf(stderr,
		"storm: %ld deliveries, %ld promised, %ld lost, %ld twice; "
		"%ld times 503, %ld broken\n",
		begun, promised, lost, twice, refused, broken);
	cr_expect_eq(lost, 0);
	cr_expect_eq(twice, 0);
	/* It was a storm, and there was load. */
	cr_expect_geq(promised, KILLS * SENDERS);
	cr_expect_geq(broken, 10);
	cr_expect_geq(refused, 10);
}

Test(storm, fifty_kills_under_load_lose_nothing_promised_and_double_nothing,
	.timeout = 280)
{
	start();
	storm();
	atomic_store(&over, true);
	for (int i = 0; i < SENDERS; i++)
		(void)pthread_join(senders[i].thread, NULL);
	cr_expect_eq(process_stop(&stack.daemons[INGRESS], SIGTERM, STOP_MS), 0);
	cr_assert(WAIT_UNTIL(bus_is_connected(bus), STOP_MS));
	count_stored();
	judge();
	bus_close(bus);
	stack_nats_stop(&stack);
}
