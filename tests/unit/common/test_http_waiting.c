// SPDX-License-Identifier: Apache-2.0
// Requests that wait: for their own bytes, for an answer from another thread, for a
// thread of the pool, and for the end of the server.
#include "common/http/http_server.h"

#include "tests/unit/common/http_wire.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "common/clock.h"
#include "common/text.h"

#define HOST "Host: x\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"

enum { HELD_MAX = 2000, MANY = 64, ROUNDS = 50 };

static struct http_server *server;
static struct wire wire;
static struct wire_answer answer;

static struct http_request *held[HELD_MAX];
static atomic_size_t held_count;
static sem_t has_held, has_answered, may_go;

static void say(struct http_request *request, const char *body)
{
	http_answer(request,
		&(struct http_answer){
			.status = 200, .body = body, .len = strlen(body)});
}

static void hold(void *context, struct http_request *request)
{
	(void)context;
	held[atomic_fetch_add(&held_count, 1)] = request;
	(void)sem_post(&has_held);
}

static void *answer_for(void *argument)
{
	say(argument, "raced");
	(void)sem_post(&has_answered);
	return NULL;
}

/* Another thread has answered before the handler returns. */
static void race(void *context, struct http_request *request)
{
	pthread_t thread;

	(void)context;
	cr_assert_eq(pthread_create(&thread, NULL, answer_for, request), 0);
	(void)sem_wait(&has_answered);
	(void)pthread_detach(thread);
}

static void detach(void *context, struct http_request *request)
{
	pthread_t thread;

	(void)context;
	cr_assert_eq(pthread_create(&thread, NULL, answer_for, request), 0);
	(void)pthread_detach(thread);
}

static void block(void *context, struct http_request *request)
{
	const char *thread = http_thread(request);

	(void)context;
	(void)sem_post(&has_held);
	(void)sem_wait(&may_go);
	say(request, thread ? thread : "no thread");
}

static const struct http_route routes[] = {
	{"GET", "/hold", hold},
	{"POST", "/hold", hold},
	{"GET", "/race", race},
	{"GET", "/detach", detach},
	{"GET", "/block", block, .blocking = true},
	{NULL},
};

static atomic_int opened, closed, refusals;

static bool thread_open(void **thread, void *context, struct fault *fault)
{
	static char name[] = "a database";

	(void)context;
	if (atomic_fetch_sub(&refusals, 1) > 0)
		return fault_set(fault, FAULT_RETRY, "the database is away");
	atomic_fetch_add(&opened, 1);
	*thread = name;
	return true;
}

static void thread_close(void *thread)
{
	cr_assert_str_eq(thread, "a database");
	atomic_fetch_add(&closed, 1);
}

static void start_with(struct http_server_options options)
{
	struct fault fault = {0};

	(void)sem_init(&has_held, 0, 0);
	(void)sem_init(&has_answered, 0, 0);
	(void)sem_init(&may_go, 0, 0);
	options.listen = "127.0.0.1:0";
	options.routes = routes;
	if (options.blocking_threads == 0)
		options.blocking_threads = 1;
	options.thread_open = thread_open;
	options.thread_close = thread_close;
	cr_assert(http_server_start(&server, &options, &fault), "%s", fault.text);
	wire_open(&wire, http_server_address(server));
}

static void stop(void)
{
	wire_close(&wire);
	http_server_stop(server);
}

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

Test(http_waiting, gives_each_thread_what_it_opened)
{
	start_with((struct http_server_options){.blocking_threads = 2});
	for (int i = 0; i < ROUNDS; i++)
		(void)sem_post(&may_go);
	for (int i = 0; i < ROUNDS; i++) {
		cr_expect_eq(wire_ask(&wire, &answer, GET("/block")), 200);
		cr_expect_str_eq(answer.body, "a database");
	}
	stop();
	cr_expect_eq(atomic_load(&opened), 2);
	cr_expect_eq(atomic_load(&closed), 2);
}

Test(http_waiting, opens_again_until_it_succeeds)
{
	atomic_store(&refusals, 3);
	start_with((struct http_server_options){0});
	(void)sem_post(&may_go);
	while (wire_ask(&wire, &answer, GET("/block")) != 200) {
		cr_assert_eq(answer.status, 503);
		cr_expect_str_eq(wire_header(&answer, "Retry-After"), "1");
		cr_expect(
			strstr(answer.body, "the database is away"), "%s", answer.body);
	}
	cr_expect_str_eq(answer.body, "a database");
	stop();
}

Test(http_waiting, queues_so_many_and_no_more)
{
	enum { QUEUED = 1000 };
	static int fds[QUEUED + 1];
	static const char request[] = GET("/block");

	start_with((struct http_server_options){0});
	wire_send(&wire, request);
	(void)sem_wait(&has_held);
	for (int i = 0; i < QUEUED; i++) {
		fds[i] = wire_try(http_server_address(server));
		cr_assert_geq(fds[i], 0);
		cr_assert_gt(send(fds[i], request, sizeof(request) - 1, 0), 0);
	}
	for (bool full = false; !full;) {
		struct wire own;

		wire_open(&own, http_server_address(server));
		wire_send(&own, request);
		if (wire_waits(&own, 50)) {
			cr_assert(wire_read(&own, &answer, true));
			cr_expect_eq(answer.status, 503);
			cr_expect_str_eq(wire_header(&answer, "Retry-After"), "1");
			full = true;
		}
		wire_close(&own);
	}
	for (int i = 0; i < 2 * QUEUED; i++)
		(void)sem_post(&may_go);
	cr_assert(wire_read(&wire, &answer, true));
	cr_expect_eq(answer.status, 200);
	for (int i = 0; i < QUEUED; i++)
		(void)close(fds[i]);
	stop();
}

static void *stop_thread(void *argument)
{
	http_server_stop(argument);
	return NULL;
}

Test(http_waiting, answers_what_is_in_hand_before_it_stops)
{
	struct wire other;
	pthread_t thread;
	char address[64];
	int fd;

	start_with((struct http_server_options){0});
	(void)snprintf(address, sizeof(address), "%s", http_server_address(server));
	wire_open(&other, address);
	cr_expect_eq(wire_ask(&other, &answer, GET("/health")), 200);
	wire_send(&wire, GET("/hold"));
	(void)sem_wait(&has_held);

	cr_assert_eq(pthread_create(&thread, NULL, stop_thread, server), 0);
	while ((fd = wire_try(address)) >= 0) {
		(void)close(fd);
		(void)sched_yield();
	}
	cr_expect_eq(wire_ask(&other, &answer, GET("/health")), 503);
	cr_expect_str_eq(wire_header(&answer, "Connection"), "close");
	cr_expect(wire_has_ended(&other));
	say(held[0], "the last");
	cr_assert(wire_read(&wire, &answer, true));
	cr_expect_str_eq(answer.body, "the last");
	cr_expect_str_eq(wire_header(&answer, "Connection"), "close");
	(void)pthread_join(thread, NULL);
	cr_expect(wire_has_ended(&wire));
}

static atomic_int turns;

static long take_turn(void *context)
{
	(void)context;
	atomic_fetch_add(&turns, 1);
	return 1;
}

/* What the side job works with is freed after http_server_stop(). */
Test(http_waiting, runs_its_side_job_no_more_when_it_could_not_answer_all)
{
	int taken;

	start_with((struct http_server_options){.side = {-1, take_turn, NULL}});
	wire_send(&wire, GET("/hold"));
	(void)sem_wait(&has_held);
	http_server_stop(server);
	taken = atomic_load(&turns);
	cr_expect_gt(taken, 0);
	cr_expect_not(wire_waits(&wire, 50));
	cr_expect_eq(atomic_load(&turns), taken);
	say(held[0], "too late");
	wire_close(&wire);
}
