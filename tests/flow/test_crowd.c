// SPDX-License-Identifier: Apache-2.0
// Story: five thousand sockets that dribble, a SIGHUP, and a stop, each while others send:
// those get their answers as before, and what was taken is answered.
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/nats/subjects.h"
#include "tests/support/alone.h"

enum {
	CROWD = 5000,
	SENDERS = 4,
	EACH = 150,
	ROUNDS = 3,
	CALL_MS = 20000,
	STOP_MS = 30000,
	SLACK_MS = 10, /* a sanitizer's, and this machine's others' */
};

static struct stack stack;
static struct bus *bus;
static const struct stack_options options = {
	.settings = (const char *const[]){"TOCSIN_INGRESS_LIMITS=*=0",
		"TOCSIN_INGRESS_REQUEST_TIMEOUT=30s", NULL}};

static void start(void)
{
	alone_start(&stack, &bus);
	stack.options = &options;
	stack_daemon_start(&stack, INGRESS);
}

static void stop(void)
{
	cr_expect_eq(process_stop(&stack.daemons[INGRESS], SIGTERM, STOP_MS), 0);
	bus_close(bus);
	stack_nats_stop(&stack);
}

struct sender {
	pthread_t thread;
	const char *name;
	int limit; /* how many; 0: until nobody answers */
	int answered, other, broken;
	long took_ms[EACH];
};

static void *send_some(void *context)
{
	struct sender *sender = context;
	char id[64];

	for (int i = 0; sender->limit == 0 || i < sender->limit; i++) {
		struct exchange exchange AUTO(exchange_done) = {0};

		(void)snprintf(id, sizeof(id), "%s-%d", sender->name, i);
		github_write(&exchange,
			&(struct github_delivery){
				.event = "push", .id = id, .body = "{}"});
		(void)exchange_run(&exchange, stack.addresses[INGRESS], CALL_MS);
		sender->answered += exchange.status == 200;
		sender->other += exchange.status != 200 && exchange.status != 0;
		sender->broken += exchange.status == 0;
		if (sender->limit > 0)
			sender->took_ms[i] = exchange.took_ms;
		if (sender->limit == 0 && exchange.status != 200)
			break;
	}
	return NULL;
}

static void begin(struct sender *list, const char *const names[SENDERS], int limit)
{
	for (int i = 0; i < SENDERS; i++) {
		list[i] = (struct sender){.name = names[i], .limit = limit};
		cr_assert_eq(
			pthread_create(&list[i].thread, NULL, send_some, &list[i]), 0);
	}
}

static void end(struct sender *list)
{
	for (int i = 0; i < SENDERS; i++)
		(void)pthread_join(list[i].thread, NULL);
}

static int by_value(const void *a, const void *b)
{
	long left = *(const long *)a, right = *(const long *)b;

	return (left > right) - (left < right);
}

/* All must be answered with 200; the 99th percentile in milliseconds. */
static long p99(const char *const names[SENDERS])
{
	static struct sender senders[SENDERS];
	static long all[SENDERS * EACH];

	begin(senders, names, EACH);
	end(senders);
	for (int i = 0; i < SENDERS; i++) {
		cr_expect_eq(senders[i].answered, EACH);
		memcpy(all + (ptrdiff_t)i * EACH, senders[i].took_ms,
			sizeof(senders[i].took_ms));
	}
	qsort(all, SENDERS * EACH, sizeof(all[0]), by_value);
	return all[SENDERS * EACH * 99 / 100];
}

static int crowd[CROWD];
static atomic_bool leaving;

static int dial(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_port = htons(
		(uint16_t)strtol(strrchr(stack.addresses[INGRESS], ':') + 1, NULL, 10));
	cr_assert(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0, "%s",
		strerror(errno));
	return fd;
}

/* Half of them are slow with the head, half with a body. */
static void gather(void)
{
	static const char head[] =
		"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nX-Slow: ";
	static const char body[] = "POST /webhooks/github HTTP/1.1\r\nHost: x\r\n"
				   "Content-Length: 60000\r\n\r\n{";
	struct rlimit limit;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > CROWD + 500,
		"too few descriptors for this test");
	for (int i = 0; i < CROWD; i++) {
		const char *start = i % 2 ? head : body;

		crowd[i] = dial();
		cr_assert_gt(send(crowd[i], start, strlen(start), MSG_NOSIGNAL), 0);
	}
}

/* A byte of each now and then: about five thousand bytes a second. */
static void *dribble(void *context)
{
	(void)context;
	for (int i = 0; !atomic_load(&leaving); i = (i + 1) % CROWD) {
		(void)send(crowd[i], "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (i % 50 == 0)
			clock_sleep_ms(10);
	}
	return NULL;
}

static void disperse(void)
{
	for (int i = 0; i < CROWD; i++)
		(void)close(crowd[i]);
}

/* The machine has other work: the best of each counts. */
Test(crowd, five_thousand_slow_sockets_do_not_slow_the_others, .timeout = 170)
{
	static const char *const quiet[ROUNDS][SENDERS] = {{"q0a", "q0b", "q0c", "q0d"},
		{"q1a", "q1b", "q1c", "q1d"}, {"q2a", "q2b", "q2c", "q2d"}};
	static const char *const loud[ROUNDS][SENDERS] = {{"l0a", "l0b", "l0c", "l0d"},
		{"l1a", "l1b", "l1c", "l1d"}, {"l2a", "l2b", "l2c", "l2d"}};
	long without = CALL_MS, with = CALL_MS;

	start();
	for (int i = 0; i < ROUNDS; i++) {
		pthread_t thread;
		long one = p99(quiet[i]);

		without = one < without ? one : without;
		gather();
		atomic_store(&leaving, false);
		cr_assert_eq(pthread_create(&thread, NULL, dribble, NULL), 0);
		one = p99(loud[i]);
		with = one < with ? one : with;
		atomic_store(&leaving, true);
		(void)pthread_join(thread, NULL);
		disperse();
	}
	(void)fprintf(stderr,
		"crowd: p99 %ld ms without, %ld ms with %d slow sockets\n", without,
		with, CROWD);
	cr_expect_leq(with, 2 * without + SLACK_MS);
	cr_expect_eq(
		stack_stream_count(&stack, STREAM_EVENTS), 2 * ROUNDS * SENDERS * EACH);
	stop();
}

Test(crowd, a_hangup_under_load_drops_nothing, .timeout = 100)
{
	static const char *const names[SENDERS] = {"ha", "hb", "hc", "hd"};
	static struct sender senders[SENDERS];

	start();
	begin(senders, names, EACH);
	for (int i = 0; i < 10; i++) {
		process_signal(&stack.daemons[INGRESS], SIGHUP);
		clock_sleep_ms(60);
	}
	end(senders);
	for (int i = 0; i < SENDERS; i++)
		cr_expect_eq(senders[i].answered, EACH);
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), SENDERS * EACH);
	stop();
}

/* Nothing is stored whose sender was not told. */
Test(crowd, a_stop_under_load_answers_what_it_took, .timeout = 100)
{
	static const char *const names[SENDERS] = {"sa", "sb", "sc", "sd"};
	static struct sender senders[SENDERS];
	int answered = 0;

	start();
	begin(senders, names, 0);
	cr_assert(WAIT_UNTIL(
		stack_stream_count(&stack, STREAM_EVENTS) > 10 * SENDERS, CALL_MS));
	cr_expect_eq(process_stop(&stack.daemons[INGRESS], SIGTERM, STOP_MS), 0);
	end(senders);
	for (int i = 0; i < SENDERS; i++)
		answered += senders[i].answered;
	cr_expect_gt(answered, 0);
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), answered);
	bus_close(bus);
	stack_nats_stop(&stack);
}
