// SPDX-License-Identifier: Apache-2.0
// Story: both publishers and a nats-server that hangs, dies and comes back. Whoever was
// promised an answer gets one, exactly one, and in time.
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/nats/publisher.h"
#include "common/nats/subjects.h"
#include "tests/support/alone.h"

enum {
	PLACES = 64,
	SLACK_MS = 20,
	SANITIZED_MS = 30,
	SOON_MS = 10000,
	WRITE_MS = 2000
};

static struct stack stack;
static struct bus *bus;
static struct publisher *publisher;
static bool driven;

/* What came of one publish. */
struct told {
	atomic_int calls;
	atomic_bool stored, accepted;
	int64_t sent_ms;
	_Atomic int64_t called_ms;
};

static void tell(void *context, const struct published *result)
{
	struct told *told = context;

	told->stored = result->stored;
	told->called_ms = clock_mono_ms();
	atomic_fetch_add(&told->calls, 1);
}

static void open_one(bool with_loop)
{
	struct daemon_config config;
	struct fault fault = {0};

	driven = with_loop;
	alone_start(&stack, &bus);
	config = alone_config(&stack);
	cr_assert(driven ? publisher_open_driven(&publisher, &config, "driven",
				   &(struct publisher_limits){.in_flight = PLACES},
				   &fault)
			 : publisher_open(&publisher, bus, PLACES, &fault),
		"%s", fault.text);
}

static void close_all(void)
{
	publisher_close(publisher);
	bus_close(bus);
	stack_nats_stop(&stack);
}

/* A turn of the owner's loop. */
static void turn(void)
{
	if (driven)
		(void)publisher_drive(publisher);
	clock_sleep_ms(1);
}

#define TURN_UNTIL(condition, deadline_ms)                                \
	__extension__({                                                   \
		int64_t until_ = clock_mono_ms() + (deadline_ms);         \
		bool met_;                                                \
		while (!(met_ = (condition)) && clock_mono_ms() < until_) \
			turn();                                           \
		met_;                                                     \
	})

/* Returns when all of its threads stand still. */
static void hang_server(void)
{
	process_signal(&stack.nats, SIGSTOP);
	cr_assert_eq(waitpid(stack.nats.pid, NULL, WUNTRACED), stack.nats.pid);
}

static bool send_one(struct told *told, size_t size, long deadline_ms)
{
	static const char body[65536];
	struct fault fault = {0};

	*told = (struct told){.sent_ms = clock_mono_ms()};
	told->accepted = publisher_send(publisher,
		&(struct outgoing){.subject = "tocsin.event.test.sent",
			.body = body,
			.body_len = size,
			.deadline_ms = deadline_ms},
		tell, told, &fault);
	return told->accepted;
}

static int called(const struct told *told, size_t count)
{
	int calls = 0;

	for (size_t i = 0; i < count; i++)
		calls += told[i].calls;
	return calls;
}

/* Each once, refused, and not later than promised. */
static void expect_overdue(const struct told *told, size_t count, long deadline_ms)
{
	for (size_t i = 0; i < count; i++) {
		long took = (long)(told[i].called_ms - told[i].sent_ms);

		cr_expect_eq(told[i].calls, 1, "%zu: %d calls", i, told[i].calls);
		cr_expect_not(told[i].stored);
		cr_expect(took >= deadline_ms - 1 &&
				took <= deadline_ms + SLACK_MS + SANITIZED_MS,
			"%zu: %ld ms of %ld", i, took, deadline_ms);
	}
}

/* Full, then nothing more is taken; deadlines are met; late acks reach nobody. */
static void hang(bool with_loop)
{
	struct told told[PLACES] = {0}, more = {0}, again[PLACES] = {0};

	open_one(with_loop);
	hang_server();
	for (size_t i = 0; i < PLACES; i++)
		cr_assert(send_one(&told[i], 100, 300 + (long)(i % 2) * 200));
	cr_expect_not(send_one(&more, 100, 300));
	cr_expect_eq(publisher_in_flight(publisher), PLACES);
	cr_assert(TURN_UNTIL(called(told, PLACES) == PLACES, SOON_MS));
	for (size_t i = 0; i < PLACES; i++)
		expect_overdue(&told[i], 1, 300 + (long)(i % 2) * 200);
	cr_expect_eq(publisher_in_flight(publisher), 0);

	process_signal(&stack.nats, SIGCONT);
	for (size_t i = 0; i < PLACES; i++)
		cr_assert(send_one(&again[i], 100, 5000));
	cr_assert(TURN_UNTIL(called(again, PLACES) == PLACES, SOON_MS));
	for (int i = 0; i < 100; i++)
		turn();
	cr_expect_eq(called(told, PLACES), PLACES);
	cr_expect_eq(called(again, PLACES), PLACES);
	for (size_t i = 0; i < PLACES; i++)
		cr_expect(again[i].stored, "%zu", i);
	cr_expect_eq(more.calls, 0);
	/* The late ones were stored, too: only their senders did not learn of it. */
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), 2 * PLACES);
	close_all();
}

Test(publish, a_server_that_hangs_costs_no_more_than_the_deadline)
{
	hang(false);
}

Test(publish, driven_a_server_that_hangs_costs_no_more_than_the_deadline)
{
	hang(true);
}

/* More than fits into the socket: sending must not wait for the server either. */
static void *send_large(void *context)
{
	struct told *told = context;

	for (size_t i = 0; i < PLACES; i++)
		(void)send_one(&told[i], 65536, 500);
	return NULL;
}

static int accepted(const struct told *told)
{
	int calls = 0;

	for (size_t i = 0; i < PLACES; i++)
		calls += told[i].accepted;
	return calls;
}

static void fill(bool with_loop)
{
	static struct told told[2][PLACES];
	pthread_t thread;

	open_one(with_loop);
	hang_server();
	if (driven) {
		(void)send_large(told[0]);
		cr_assert(TURN_UNTIL(called(told[0], PLACES) == PLACES, SOON_MS));
		(void)send_large(told[1]);
		cr_assert(TURN_UNTIL(called(told[1], PLACES) == PLACES, SOON_MS));
		expect_overdue(told[0], PLACES, 500);
		expect_overdue(told[1], PLACES, 500);
	} else {
		cr_assert_eq(pthread_create(&thread, NULL, send_large, told[0]), 0);
		cr_assert(TURN_UNTIL(called(told[0], PLACES) > 0 &&
				called(told[0], PLACES) == accepted(told[0]),
			SOON_MS));
		(void)pthread_join(thread, NULL);
		for (size_t i = 0; i < PLACES; i++)
			cr_expect_leq(told[0][i].called_ms - told[0][i].sent_ms,
				500 + WRITE_MS + SLACK_MS + SANITIZED_MS);
	}
	process_signal(&stack.nats, SIGCONT);
	close_all();
}

Test(publish, deadlines_are_kept_when_the_socket_is_full)
{
	fill(false);
}

Test(publish, driven_deadlines_are_kept_when_the_socket_is_full)
{
	fill(true);
}

/* Killed with messages on their way: they fail at once, not at their deadline. */
static void reconnect(bool with_loop)
{
	struct told told[PLACES] = {0}, one = {0};

	open_one(with_loop);
	for (int round = 0; round < 3; round++) {
		int64_t killed_ms;

		hang_server();
		for (size_t i = 0; i < PLACES; i++)
			cr_assert(send_one(&told[i], 100, 20000));
		turn();
		killed_ms = clock_mono_ms();
		process_kill(&stack.nats);
		cr_assert(TURN_UNTIL(called(told, PLACES) == PLACES, SOON_MS));
		cr_expect_leq(clock_mono_ms() - killed_ms, 500);
		cr_expect(TURN_UNTIL(!publisher_is_connected(publisher), SOON_MS));
		cr_expect_not(send_one(&one, 100, 100));
		cr_expect_eq(one.calls, 0);

		stack_nats_start(&stack);
		cr_assert(TURN_UNTIL(publisher_is_connected(publisher), SOON_MS));
		cr_assert(TURN_UNTIL(send_one(&one, 100, 2000), SOON_MS));
		cr_assert(TURN_UNTIL(one.calls == 1, SOON_MS));
		cr_expect(one.stored, "round %d", round);
		cr_expect_eq(called(told, PLACES), PLACES);
	}
	close_all();
}

Test(publish, a_lost_connection_fails_what_is_on_its_way_at_once)
{
	reconnect(false);
}

Test(publish, driven_a_lost_connection_fails_what_is_on_its_way_at_once)
{
	reconnect(true);
}

/* The sweeper sleeps while nothing is in flight: no two senders may both miss it. */
static void *send_small(void *context)
{
	(void)send_one(context, 10, 100);
	return NULL;
}

Test(publish, the_first_message_of_several_threads_has_a_deadline, .timeout = 60)
{
	open_one(false);
	hang_server();
	for (int round = 0; round < 100; round++) {
		struct told told[4] = {0};
		pthread_t threads[4];

		for (int i = 0; i < 4; i++)
			cr_assert_eq(
				pthread_create(&threads[i], NULL, send_small, &told[i]),
				0);
		for (int i = 0; i < 4; i++)
			(void)pthread_join(threads[i], NULL);
		cr_assert(TURN_UNTIL(called(told, 4) == 4, 2000), "round %d", round);
		cr_assert(TURN_UNTIL(publisher_in_flight(publisher) == 0, 1000));
		if (round % 20 == 19) { /* or pings go unanswered too long */
			process_signal(&stack.nats, SIGCONT);
			clock_sleep_ms(20);
			hang_server();
		}
	}
	process_signal(&stack.nats, SIGCONT);
	close_all();
}

Test(publish, at_close_everybody_is_told)
{
	struct told told[PLACES] = {0};

	open_one(false);
	hang_server();
	for (size_t i = 0; i < PLACES; i++)
		cr_assert(send_one(&told[i], 100, 20000));
	publisher_close(publisher);
	cr_expect_eq(called(told, PLACES), PLACES);
	process_signal(&stack.nats, SIGCONT);
	bus_close(bus);
	stack_nats_stop(&stack);
}
