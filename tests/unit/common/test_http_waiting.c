// SPDX-License-Identifier: Apache-2.0
// Requests that wait: for their own bytes, and for an answer from another thread.
#include "tests/unit/common/http_hold.h"

#include <sched.h>

#include "common/clock.h"

enum { MANY = 64, SLEEP_MS = 300 /* the I/O thread sleeps for a second at most */ };

Test(http_waiting, answers_from_another_thread)
{
	start_with((struct http_server_options){0});
	for (size_t i = 0; i < ROUNDS; i++) {
		wire_send(&wire, GET("/hold"));
		(void)sem_wait(&has_held);
		say(held[i], "later");
		cr_assert(wire_read(&wire, &answer, true));
		cr_expect_str_eq(answer.body, "later");
	}
	stop();
}

Test(http_waiting, answers_before_the_handler_returns)
{
	start_with((struct http_server_options){0});
	for (int i = 0; i < ROUNDS; i++) {
		cr_expect_eq(wire_ask(&wire, &answer, GET("/race")), 200);
		cr_expect_str_eq(answer.body, "raced");
	}
	stop();
}

Test(http_waiting, answers_whoever_is_first)
{
	start_with((struct http_server_options){0});
	for (int i = 0; i < 10 * ROUNDS; i++) {
		cr_expect_eq(wire_ask(&wire, &answer, GET("/detach")), 200);
		cr_expect_str_eq(answer.body, "raced");
		(void)sem_wait(&has_answered);
	}
	stop();
}

/* Answers each request as soon as its handler has stored it. */
static void *answer_all(void *stopping)
{
	size_t next = 0;

	while (!atomic_load((atomic_bool *)stopping))
		if (atomic_load(&held_count) > next)
			say(held[next++], "close");
	return NULL;
}

/* Just then the request is neither waiting nor answered: nobody must sleep over it. */
Test(http_waiting, an_answer_while_the_wait_begins_is_noticed, .timeout = 60)
{
	atomic_bool stopping = false;
	pthread_t thread;

	start_with((struct http_server_options){0});
	cr_assert_eq(pthread_create(&thread, NULL, answer_all, &stopping), 0);
	for (int i = 0; i < HELD_MAX; i++) {
		wire_send(&wire, GET("/hold"));
		cr_assert(wire_waits(&wire, SLEEP_MS), "request %d", i);
		cr_assert(wire_read(&wire, &answer, true));
	}
	atomic_store(&stopping, true);
	(void)pthread_join(thread, NULL);
	stop();
}

Test(http_waiting, holds_many_and_answers_them_in_any_order)
{
	static struct wire wires[MANY];

	start_with((struct http_server_options){0});
	for (int i = 0; i < MANY; i++) {
		wire_open(&wires[i], http_server_address(server));
		wire_send(&wires[i],
			"POST /hold HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx");
	}
	for (int i = 0; i < MANY; i++)
		(void)sem_wait(&has_held);
	for (int i = MANY; i-- > 0;)
		say(held[i], "held");
	for (int i = 0; i < MANY; i++) {
		cr_assert(wire_read(&wires[i], &answer, true));
		cr_expect_str_eq(answer.body, "held");
		wire_close(&wires[i]);
	}
	stop();
}

/* libmicrohttpd's own thread sleeps with work in hand after just 128 or 256 events. */
Test(http_waiting, serves_those_who_come_at_once)
{
	enum { AT_ONCE = 256 };
	static const char request[] = GET("/health");
	static int fds[AT_ONCE];
	char bytes[1024];

	start_with((struct http_server_options){0});
	for (int i = 0; i < AT_ONCE; i++)
		fds[i] = wire_try(http_server_address(server));
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < AT_ONCE; i++)
			cr_assert_gt(send(fds[i], request, sizeof(request) - 1, 0), 0);
		for (int i = 0; i < AT_ONCE; i++) {
			struct pollfd one = {fds[i], POLLIN, 0};

			cr_assert_eq(poll(&one, 1, WIRE_MS), 1, "round %d", round);
			cr_assert_gt(recv(fds[i], bytes, sizeof(bytes), 0), 0);
		}
	}
	for (int i = 0; i < AT_ONCE; i++)
		(void)close(fds[i]);
	stop();
}

Test(http_waiting, outlives_a_client_that_has_gone)
{
	start_with((struct http_server_options){0});
	for (size_t i = 0; i < ROUNDS; i++) {
		struct wire own;
		const struct linger reset = {1, 0};

		wire_open(&own, http_server_address(server));
		wire_send(&own, GET("/hold"));
		(void)sem_wait(&has_held);
		if (i % 2)
			(void)setsockopt(
				own.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		wire_close(&own);
		say(held[i], "too late");
	}
	cr_expect_eq(wire_ask(&wire, &answer, GET("/health")), 200);
	stop();
}

Test(http_waiting, cuts_off_a_slow_request)
{
	static const char *const starts[] = {"P", "POST /hold HTTP/1.1\r\nHo",
		"POST /hold HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\nabc"};

	start_with((struct http_server_options){.request_ms = 80});
	for (size_t i = 0; i < countof(starts); i++) {
		struct wire own;
		int64_t begin = clock_mono_ms();

		wire_open(&own, http_server_address(server));
		wire_send(&own, starts[i]);
		cr_assert(wire_read(&own, &answer, true), "case %zu", i);
		cr_expect_eq(answer.status, 408, "case %zu", i);
		cr_expect(wire_has_ended(&own), "case %zu", i);
		cr_expect_geq(clock_mono_ms() - begin, 75, "case %zu", i);
		wire_close(&own);
	}
	stop();
}

/* Each byte comes well before any idle limit. */
Test(http_waiting, cuts_off_a_request_that_drips)
{
	const char *request = "POST /hold HTTP/1.1\r\n" HOST "Content-Length: 9999\r\n";
	int64_t begin;

	start_with((struct http_server_options){.request_ms = 80});
	cr_expect_eq(wire_ask(&wire, &answer, GET("/health")), 200);
	begin = clock_mono_ms();
	while (!wire_waits(&wire, 5) && clock_mono_ms() - begin < WIRE_MS) {
		char byte = *request ? *request++ : 'x';

		(void)send(wire.fd, &byte, 1, MSG_NOSIGNAL);
	}
	cr_assert(wire_read(&wire, &answer, true));
	cr_expect_eq(answer.status, 408);
	cr_expect(wire_has_ended(&wire));
	cr_expect_lt(clock_mono_ms() - begin, 1000);
	stop();
}

Test(http_waiting, has_patience_with_silence_and_with_itself)
{
	start_with((struct http_server_options){.request_ms = 40});
	cr_expect_not(wire_waits(&wire, 150), "before the first request");
	wire_send(&wire, GET("/hold"));
	(void)sem_wait(&has_held);
	cr_expect_not(wire_waits(&wire, 150), "while we have not answered");
	say(held[0], "at last");
	cr_assert(wire_read(&wire, &answer, true));
	cr_expect_str_eq(answer.body, "at last");
	cr_expect_not(wire_waits(&wire, 150), "between two requests");
	cr_expect_eq(wire_ask(&wire, &answer, GET("/health")), 200);
	stop();
}

Test(http_waiting, closes_a_connection_without_requests)
{
	start_with((struct http_server_options){.idle_ms = 1000});
	cr_expect(wire_has_ended(&wire));
	stop();
}
