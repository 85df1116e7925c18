// SPDX-License-Identifier: Apache-2.0
// Requests that wait for a thread of the pool, and for the end of the server.
#include "tests/unit/common/http_hold.h"

#include "common/clock.h"
#include "common/text.h"

enum { LISTEN_MS = 500 };

Test(http_threads, gives_each_thread_what_it_opened)
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

Test(http_threads, opens_again_until_it_succeeds)
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

Test(http_threads, queues_so_many_and_no_more)
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

Test(http_threads, answers_what_is_in_hand_before_it_stops)
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

/* Without a connection to it, which would wake it. */
static bool is_listening(const char *address)
{
	unsigned port = (unsigned)atoi(strrchr(address, ':') + 1);
	char wanted[48], line[256];
	bool found = false;
	FILE *sockets = fopen("/proc/self/net/tcp", "re");

	cr_assert_not_null(sockets);
	(void)snprintf(
		wanted, sizeof(wanted), ": 0100007F:%04X 00000000:0000 0A", port);
	while (!found && fgets(line, sizeof(line), sockets))
		found = strstr(line, wanted) != NULL;
	(void)fclose(sockets);
	return found;
}

Test(http_threads, listens_no_more_as_soon_as_it_stops)
{
	int64_t until;
	pthread_t thread;
	char address[64];

	start_with((struct http_server_options){0});
	(void)snprintf(address, sizeof(address), "%s", http_server_address(server));
	wire_send(&wire, GET("/hold"));
	(void)sem_wait(&has_held);
	cr_assert(is_listening(address));
	cr_assert_eq(pthread_create(&thread, NULL, stop_thread, server), 0);
	until = clock_mono_ms() + LISTEN_MS;
	while (is_listening(address) && clock_mono_ms() < until)
		clock_sleep_ms(1);
	cr_expect_not(is_listening(address));
	say(held[0], "the last");
	cr_assert(wire_read(&wire, &answer, true));
	(void)pthread_join(thread, NULL);
	wire_close(&wire);
}

static atomic_int turns;

static long take_turn(void *context)
{
	(void)context;
	atomic_fetch_add(&turns, 1);
	return 1;
}

/* What the side job works with is freed after http_server_stop(). */
Test(http_threads, runs_its_side_job_no_more_when_it_could_not_answer_all)
{
	int taken;

	start_with((struct http_server_options){
		.sides = &(struct http_side){-1, take_turn, NULL}});
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
