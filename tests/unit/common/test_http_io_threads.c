// SPDX-License-Identifier: Apache-2.0
// Several I/O threads on one socket: who gets a connection, who keeps it, and who waits.
#include "common/http/http_server.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "common/clock.h"
#include "tests/unit/common/http_wire.h"

enum { THREADS = 3, EACH = 4, MOST = 4, SILENCE_MS = 150, SOON_MS = 500 };

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

static struct http_server *server;
static struct wire wires[THREADS * EACH];
static struct wire_answer answer;
static struct side {
	pthread_t thread; /* that runs it */
	atomic_bool has_run, is_unable;
} jobs[THREADS];

/* The number of the thread, and whether it is the one that runs its side job. */
static void say_thread(void *context, struct http_request *request)
{
	unsigned number = http_io_thread(request);
	char body[16];

	(void)context;
	(void)snprintf(body, sizeof(body), "%u %s", number,
		pthread_equal(pthread_self(), jobs[number].thread) ? "own" : "other");
	http_answer(request,
		&(struct http_answer){
			.status = 200, .body = body, .len = strlen(body)});
}

static void go_on(void *context, struct http_request *request)
{
	say_thread(context, request);
}

static void return_from_pool(void *context, struct http_request *request)
{
	(void)context;
	http_go_on(request, go_on, NULL);
}

static const struct http_route routes[] = {
	{.method = "GET", .path = "/thread", .handle = say_thread},
	{.method = "GET",
		.path = "/pool",
		.handle = return_from_pool,
		.blocking = true},
	{0}};

static long note_thread(void *context)
{
	struct side *job = context;

	if (!atomic_load(&job->has_run))
		job->thread = pthread_self();
	cr_assert(pthread_equal(job->thread, pthread_self()));
	atomic_store(&job->has_run, true);
	return -1;
}

static bool is_able(void *context)
{
	return !atomic_load(&((struct side *)context)->is_unable);
}

/* Every side job has run once. */
static void start(unsigned io_threads, unsigned connections)
{
	struct http_side sides[THREADS];
	struct fault fault = {0};

	for (int i = 0; i < THREADS; i++)
		sides[i] = (struct http_side){-1, note_thread, &jobs[i], is_able};
	cr_assert(http_server_start(&server,
			  &(struct http_server_options){.listen = "127.0.0.1:0",
				  .routes = routes,
				  .io_threads = io_threads,
				  .sides = sides,
				  .blocking_threads = 1,
				  .connections = connections},
			  &fault),
		"%s", fault.text);
	for (unsigned i = 0; i < io_threads; i++)
		while (!atomic_load(&jobs[i].has_run))
			(void)sched_yield();
}

static unsigned ask(struct wire *wire, const char *request)
{
	unsigned number;
	char whose[8];

	cr_assert_eq(wire_ask(wire, &answer, request), 200);
	cr_assert_eq(sscanf(answer.body, "%u %7s", &number, whose), 2);
	cr_assert_lt(number, (unsigned)THREADS);
	cr_expect_str_eq(whose, "own", "thread %u", number);
	return number;
}

Test(http_io_threads, each_has_as_many_connections_as_the_others, .timeout = 30)
{
	unsigned count[THREADS] = {0}, first[countof(wires)];

	start(THREADS, 0);
	for (size_t i = 0; i < countof(wires); i++) {
		wire_open(&wires[i], http_server_address(server));
		first[i] = ask(&wires[i], GET("/thread"));
		count[first[i]]++;
	}
	for (int i = 0; i < THREADS; i++)
		cr_expect_eq(count[i], EACH, "thread %d has %u", i, count[i]);
	for (size_t i = 0; i < countof(wires); i++) {
		cr_expect_eq(ask(&wires[i], GET("/thread")), first[i]);
		cr_expect_eq(ask(&wires[i], GET("/pool")), first[i]);
	}
	http_server_stop(server);
	for (size_t i = 0; i < countof(wires); i++) {
		cr_expect(wire_has_ended(&wires[i]));
		wire_close(&wires[i]);
	}
}

/* Whenever the server notices the end: it is soon enough for the last of those who come. */
Test(http_io_threads, new_connections_go_where_one_has_ended, .timeout = 30)
{
	unsigned count[THREADS] = {0};

	start(THREADS, 0);
	for (int i = 0; i < THREADS; i++) {
		wire_open(&wires[i], http_server_address(server));
		count[ask(&wires[i], GET("/thread"))]++;
	}
	count[ask(&wires[1], GET("/thread"))]--;
	wire_send(&wires[1],
		"GET /thread HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	cr_assert(wire_read(&wires[1], &answer, true));
	cr_assert(wire_has_ended(&wires[1]));
	wire_close(&wires[1]);
	for (int i = 0; i <= THREADS; i++) {
		struct wire *wire = &wires[THREADS + i];

		wire_open(wire, http_server_address(server));
		count[ask(wire, GET("/thread"))]++;
	}
	for (int i = 0; i < THREADS; i++)
		cr_expect_eq(count[i], 2, "thread %d has %u", i, count[i]);
	http_server_stop(server);
}

/* With none able they go on being taken: somebody must say no. */
Test(http_io_threads, new_connections_go_to_those_who_are_able, .timeout = 30)
{
	start(THREADS, 0);
	atomic_store(&jobs[0].is_unable, true);
	atomic_store(&jobs[2].is_unable, true);
	for (int i = 0; i < EACH; i++) {
		wire_open(&wires[i], http_server_address(server));
		cr_expect_eq(ask(&wires[i], GET("/thread")), 1);
	}
	atomic_store(&jobs[1].is_unable, true);
	for (int i = EACH; i < 2 * EACH; i++) {
		wire_open(&wires[i], http_server_address(server));
		cr_expect_neq(ask(&wires[i], GET("/thread")), 1);
	}
	http_server_stop(server);
}

/* It is not the thread that accepts that notices who leaves. */
Test(http_io_threads, who_is_one_too_many_waits_until_another_leaves, .timeout = 30)
{
	struct wire *late = &wires[MOST];
	int leaves = 0;

	start(2, MOST);
	for (int i = 0; i < MOST; i++) {
		wire_open(&wires[i], http_server_address(server));
		if (ask(&wires[i], GET("/thread")) == 1)
			leaves = i;
	}
	wire_open(late, http_server_address(server));
	wire_send(late, GET("/thread"));
	cr_expect_not(wire_waits(late, SILENCE_MS));
	wire_close(&wires[leaves]);
	cr_expect(wire_waits(late, SOON_MS), "nobody woke the thread that accepts");
	cr_assert(wire_read(late, &answer, true));
	cr_expect_eq(answer.status, 200);
	http_server_stop(server);
}

/* Descriptors are numbered from below: with this limit no new one can be had. */
static rlim_t forbid_more(void)
{
	struct rlimit limit;
	rlim_t was;
	int next = dup(0);

	cr_assert_geq(next, 0);
	(void)close(next);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	was = limit.rlim_cur;
	limit.rlim_cur = (rlim_t)next;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return was;
}

static void allow(rlim_t count)
{
	struct rlimit limit;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = count;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* How often it was tried in vain; at least once. */
static long failures(const char *metrics)
{
	static const char name[] = "\ntocsin_http_accept_failures_total ";
	const char *line = strstr(metrics, name);

	cr_assert_not_null(line, "%s", metrics);
	return strtol(line + sizeof(name) - 1, NULL, 10);
}

Test(http_io_threads, who_comes_when_there_are_no_descriptors_waits, .timeout = 30)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	rlim_t was;

	start(2, 0);
	to.sin_port =
		htons((uint16_t)atoi(strrchr(http_server_address(server), ':') + 1));
	wire_open(&wires[0], http_server_address(server));
	(void)ask(&wires[0], GET("/thread"));
	wires[1].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_geq(wires[1].fd, 0);
	was = forbid_more();
	cr_assert_eq(connect(wires[1].fd, (struct sockaddr *)&to, sizeof(to)), 0);
	wire_send(&wires[1], GET("/thread"));
	cr_expect_not(wire_waits(&wires[1], SILENCE_MS));
	(void)ask(&wires[0], GET("/thread"));
	allow(was);
	cr_assert(wire_read(&wires[1], &answer, true));
	cr_expect_eq(answer.status, 200);
	cr_expect_eq(wire_ask(&wires[0], &answer, GET("/metrics")), 200);
	cr_expect_leq(failures(answer.body), 10, "it spins");
	http_server_stop(server);
}
