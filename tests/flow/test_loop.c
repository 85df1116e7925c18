// SPDX-License-Identifier: Apache-2.0
// Story: what the consuming loop does with a message whose handler fails, dies, waits
// or publishes, and with a nats-server that goes. The handlers run in loop_worker.c.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/subjects.h"
#include "tests/support/alone.h"

DEFINE_AUTO(jsStreamInfo, jsStreamInfo_Destroy)

enum { SETTLE_MS = 30000, STOP_MS = 15000, FATAL_STATUS = 3, KILLED = 128 + SIGKILL };

static struct stack stack;
static struct bus *bus;
static struct process worker;

struct loop_options {
	int threads, batch, ack_wait_ms, max_deliveries;
};

static void loop_start(const struct loop_options *options)
{
	char program[PATH_SIZE], numbers[4][16];
	const char *arguments[] = {program, stack.nats_url, numbers[0], numbers[1],
		numbers[2], numbers[3], NULL};
	const int values[] = {options->threads, options->batch, options->ack_wait_ms,
		options->max_deliveries};

	for (size_t i = 0; i < countof(values); i++)
		(void)snprintf(numbers[i], sizeof(numbers[i]), "%d", values[i]);
	(void)snprintf(program, sizeof(program), "%s/tests/flow/loop-worker",
		getenv("TOCSIN_BUILD_DIR"));
	process_start(&worker,
		&(struct process_start){.name = "loop",
			.arguments = arguments,
			.directory = stack.directory});
}

/* A well-behaved end of everything. */
static void stop_all(void)
{
	cr_expect_eq(process_stop(&worker, SIGTERM, STOP_MS), 0);
	bus_close(bus);
	stack_nats_stop(&stack);
}

/* How often a message was begun ("begin") or ended ("end"), and when at last. */
static int handled(const char *what, unsigned long sequence, long *at_ms)
{
	FILE *log = fopen(worker.log, "re");
	char line[512], begin[64];
	int count = 0;

	(void)snprintf(begin, sizeof(begin), "%s %lu", what, sequence);
	while (log && fgets(line, sizeof(line), log)) {
		size_t len = strlen(begin);

		if (strncmp(line, begin, len) != 0 || !strchr(" \n", line[len]))
			continue;
		count++;
		if (at_ms)
			(void)sscanf(line, "begin %*u %*d %ld", at_ms);
	}
	if (log)
		(void)fclose(log);
	return count;
}

static int begun(unsigned long sequence)
{
	return handled("begin", sequence, NULL);
}

static bool all_settled(void)
{
	return stack_stream_is_done(&stack, STREAM_EVENTS);
}

static void make_out(void)
{
	jsStreamConfig config;
	natsStatus status;

	(void)jsStreamConfig_Init(&config);
	config.Name = "OUT";
	config.Subjects = (const char *[]){"out.>"};
	config.SubjectsLen = 1;
	status = js_AddStream(NULL, bus_js(bus), &config, NULL, NULL);
	cr_assert_eq(status, NATS_OK, "%s", natsStatus_GetText(status));
}

static void expect_header(natsMsg *message, const char *name, const char *value)
{
	cr_expect_str_eq(bus_header(message, name), value, "%s", name);
}

static natsMsg *dead(uint64_t sequence)
{
	natsMsg *message = NULL;

	cr_assert_eq(
		js_GetMsg(&message, bus_js(bus), STREAM_DEAD, sequence, NULL, NULL),
		NATS_OK);
	return message;
}

Test(loop, a_rejected_message_is_copied_to_dead_once_with_all_that_was_known)
{
	natsMsg *message AUTO(natsMsg_Destroy) = NULL;

	alone_start(&stack, &bus);
	alone_tell(bus, "ok", 1);
	alone_tell(bus, "reject", 1);
	loop_start(&(struct loop_options){0, 16, 1000, 5});
	cr_assert(WAIT_UNTIL(begun(2) == 1 && all_settled(), SETTLE_MS));
	clock_sleep_ms(1500); /* past ack_wait: it must not come again */
	cr_expect_eq(begun(2), 1);
	cr_assert_eq(stack_stream_count(&stack, STREAM_DEAD), 1);
	message = dead(1);
	cr_expect_str_eq(natsMsg_GetSubject(message), "tocsin.dead.loop");
	cr_expect_eq(natsMsg_GetDataLength(message), 6);
	cr_expect_eq(memcmp(natsMsg_GetData(message), "reject", 6), 0);
	expect_header(message, "ce-id", "an-id");
	expect_header(message, "traceparent", "00-trace");
	expect_header(message, HEADER_DEAD_STAGE, "loop");
	expect_header(message, HEADER_DEAD_SUBJECT, "tocsin.event.test.told");
	expect_header(message, HEADER_DEAD_STREAM, "EVENTS");
	expect_header(message, HEADER_DEAD_SEQUENCE, "2");
	expect_header(message, HEADER_DEAD_DELIVERIES, "1");
	cr_expect_not_null(
		strstr(bus_header(message, HEADER_DEAD_REASON), "it is no good"));
	stop_all();
}

Test(loop, a_retried_message_comes_later_and_later_and_ends_in_dead)
{
	natsMsg *message AUTO(natsMsg_Destroy) = NULL;
	long at[4] = {0};

	alone_start(&stack, &bus);
	alone_tell(bus, "retry", 1);
	loop_start(&(struct loop_options){0, 16, 5000, 3});
	for (int i = 1; i <= 3; i++)
		cr_assert(WAIT_UNTIL(handled("begin", 1, &at[i]) == i, SETTLE_MS));
	cr_expect(at[2] - at[1] >= 950 && at[2] - at[1] < 1900, "%ld", at[2] - at[1]);
	cr_expect(at[3] - at[2] >= 1950, "%ld", at[3] - at[2]);
	cr_assert(WAIT_UNTIL(all_settled(), SETTLE_MS));
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 1);
	message = dead(1);
	expect_header(message, HEADER_DEAD_REASON, "not today");
	expect_header(message, HEADER_DEAD_DELIVERIES, "3");
	stop_all();
}

/* The others were in the same fetch, and so were delivered as often. */
static void poison(int threads, int batch)
{
	enum { MAX = 3, OTHERS = 40 };
	const struct loop_options options = {threads, batch, 1000, MAX};
	int deaths = 0;

	alone_start(&stack, &bus);
	alone_tell(bus, "ok", 2);
	alone_tell(bus, "kill", 1);
	alone_tell(bus, "sleep 1", OTHERS);
	loop_start(&options);
	for (int64_t until = clock_mono_ms() + SETTLE_MS;
		!all_settled() && clock_mono_ms() < until;) {
		if (!process_is_alive(&worker)) {
			deaths++;
			loop_start(&options);
		}
		clock_sleep_ms(20);
	}
	cr_expect(all_settled());
	cr_expect_eq(deaths, MAX);
	cr_expect_eq(begun(3), MAX);
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 1);
	for (unsigned long i = 1; i <= OTHERS + 3; i++)
		cr_expect(i == 3 || handled("end", i, NULL) >= 1, "%lu", i);
	stop_all();
}

Test(loop, a_message_that_kills_its_process_ends_in_dead_and_takes_no_other_along)
{
	poison(0, 64);
}

Test(loop, in_threads_it_takes_no_other_along_either)
{
	poison(4, 8);
}

Test(loop, a_fatal_fault_ends_the_loop_and_the_message_goes_to_the_next)
{
	const struct loop_options options = {0, 16, 1000, 5};

	alone_start(&stack, &bus);
	alone_tell(bus, "fatal 1", 1);
	loop_start(&options);
	cr_assert(WAIT_UNTIL(!process_is_alive(&worker), SETTLE_MS));
	loop_start(&options);
	cr_assert(WAIT_UNTIL(begun(1) == 2 && all_settled(), SETTLE_MS));
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 0);
	stop_all();
}

Test(loop, the_status_of_a_fatal_fault_is_told)
{
	alone_start(&stack, &bus);
	loop_start(&(struct loop_options){4, 16, 1000, 5});
	alone_tell(bus, "fatal 1", 1);
	cr_assert(WAIT_UNTIL(begun(1) == 1, SETTLE_MS));
	cr_expect_eq(process_stop(&worker, 0, STOP_MS), FATAL_STATUS);
	bus_close(bus);
	stack_nats_stop(&stack);
}

/* Postponed eight times, then failing twice: far from three failures. */
Test(loop, what_was_postponed_is_not_counted)
{
	alone_start(&stack, &bus);
	alone_tell(bus, "postpone 8", 1);
	loop_start(&(struct loop_options){2, 4, 5000, 3});
	cr_assert(WAIT_UNTIL(begun(1) == 11 && all_settled(), SETTLE_MS));
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 0);
	stop_all();
}

Test(loop, a_message_whose_publish_fails_comes_again)
{
	alone_start(&stack, &bus);
	alone_tell(bus, "publish", 3);
	loop_start(&(struct loop_options){0, 16, 2000, 0});
	cr_assert(WAIT_UNTIL(begun(1) >= 2, SETTLE_MS));
	cr_expect_not(all_settled());
	make_out();
	cr_assert(WAIT_UNTIL(all_settled(), SETTLE_MS));
	cr_expect_eq(stack_stream_count(&stack, "OUT"), 3);
	stop_all();
}

static void kill_server(int pause_ms)
{
	process_kill(&stack.nats);
	clock_sleep_ms(pause_ms);
	stack_nats_start(&stack);
}

static void lose_server(int threads)
{
	enum { COUNT = 1500 };

	alone_start(&stack, &bus);
	make_out();
	alone_tell(bus, "publish", COUNT);
	alone_tell(bus, "sleep 400", 3);
	loop_start(&(struct loop_options){threads, 64, 1000, 4});
	cr_assert(WAIT_UNTIL(stack_stream_count(&stack, "OUT") > 0, SETTLE_MS));
	kill_server(0);
	kill_server(700);
	cr_assert(WAIT_UNTIL(all_settled(), SETTLE_MS));
	cr_expect_eq(stack_stream_count(&stack, "OUT"), COUNT);
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 0);
	for (unsigned long i = 1; i <= COUNT + 3; i += 100)
		cr_expect_geq(begun(i), 1, "%lu", i);
	stop_all();
}

Test(loop, a_killed_server_loses_nothing_that_was_in_hand, .timeout = 90)
{
	lose_server(0);
}

Test(loop, a_killed_server_loses_nothing_of_threads_either, .timeout = 90)
{
	lose_server(8);
}

Test(loop, a_consumer_deleted_under_the_loop_is_made_again)
{
	alone_start(&stack, &bus);
	loop_start(&(struct loop_options){0, 16, 2000, 5});
	alone_tell(bus, "ok", 1);
	cr_assert(WAIT_UNTIL(begun(1) == 1, SETTLE_MS));
	cr_assert_eq(js_DeleteConsumer(bus_js(bus), STREAM_EVENTS, "loop", NULL, NULL),
		NATS_OK);
	alone_tell(bus, "ok", 1);
	cr_assert(WAIT_UNTIL(begun(2) >= 1, SETTLE_MS));
	cr_assert(WAIT_UNTIL(all_settled(), SETTLE_MS));
	stop_all();
}

Test(loop, a_long_handler_in_a_thread_keeps_its_message)
{
	alone_start(&stack, &bus);
	alone_tell(bus, "sleep 3000", 2);
	loop_start(&(struct loop_options){2, 2, 1000, 5});
	cr_assert(WAIT_UNTIL(
		handled("end", 1, NULL) && handled("end", 2, NULL) && all_settled(),
		SETTLE_MS));
	cr_expect_eq(begun(1), 1);
	cr_expect_eq(begun(2), 1);
	stop_all();
}

/* Also while the loop waits for its handlers at the end. */
Test(loop, a_stop_lets_handlers_finish_and_nobody_else_gets_their_messages)
{
	alone_start(&stack, &bus);
	alone_tell(bus, "sleep 3500", 1);
	alone_tell(bus, "wait", 1);
	loop_start(&(struct loop_options){2, 2, 1000, 1});
	cr_assert(WAIT_UNTIL(begun(1) && begun(2), SETTLE_MS));
	process_signal(&worker, SIGTERM);
	cr_assert(WAIT_UNTIL(handled("end", 2, NULL), SETTLE_MS));
	clock_sleep_ms(2000);
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 0);
	cr_expect_eq(process_stop(&worker, 0, STOP_MS), 0);
	cr_expect_eq(handled("end", 1, NULL), 1);
	loop_start(&(struct loop_options){2, 2, 1000, 1});
	cr_assert(WAIT_UNTIL(begun(2) == 2, SETTLE_MS));
	clock_sleep_ms(1500);
	cr_expect_eq(begun(1), 1);
	stop_all();
}
