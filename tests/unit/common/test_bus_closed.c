// SPDX-License-Identifier: Apache-2.0
// A server that ends connections in ways that nats.c does not come back from. nats-server
// itself cannot be made to do so at a chosen moment; this one speaks as much as is needed.
#include "common/nats/bus.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/stop.h"

enum { PATIENCE_MS = 8000, CONNECTIONS_MAX = 64 };

/* What becomes of a connection. */
enum end {
	END_NONE,    /* it is served until `ending` */
	END_STRANGE, /* right after it was made, with an error nobody has heard of */
	END_REFUSED, /* instead of being made */
};

static const enum end *script; /* of the first ones; the last goes for the rest */
static size_t script_len;
static atomic_bool ending;
static atomic_size_t connections;
static int listener;
static char url[64];

static void say(int fd, const char *line)
{
	(void)send(fd, line, strlen(line), MSG_NOSIGNAL);
}

/* True when a PING came; false at the end of the connection, or when it is to end. */
static bool wait_for_ping(int fd)
{
	static const struct timeval tick = {.tv_usec = 10000};
	char bytes[4096];
	ssize_t got;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick));
	while (!atomic_load(&ending)) {
		got = recv(fd, bytes, sizeof(bytes) - 1, 0);
		if (got == 0)
			return false;
		bytes[got > 0 ? got : 0] = '\0';
		if (strstr(bytes, "PING\r\n"))
			return true;
	}
	return false;
}

static void serve_one(int fd, enum end end)
{
	say(fd,
		"INFO {\"server_id\":\"x\",\"version\":\"2.9.10\",\"proto\":1,"
		"\"headers\":true,\"max_payload\":1048576}\r\n");
	if (!wait_for_ping(fd))
		return;
	say(fd,
		end == END_REFUSED           ? "-ERR 'Authorization Violation'\r\n"
			: end == END_STRANGE ? "PONG\r\n-ERR 'Out Of Luck'\r\n"
					     : "PONG\r\n");
	while (end == END_NONE && wait_for_ping(fd))
		say(fd, "PONG\r\n");
	if (atomic_load(&ending))
		say(fd, "-ERR 'Out Of Luck'\r\n");
	(void)shutdown(fd, SHUT_WR);
	while (recv(fd, (char[64]){0}, 64, 0) > 0)
		;
}

static void *serve(void *unused)
{
	(void)unused;
	for (;;) {
		size_t number = atomic_fetch_add(&connections, 1);
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			return NULL;
		serve_one(fd, script[number < script_len ? number : script_len - 1]);
		(void)close(fd);
	}
}

static void start(const enum end *ends, size_t count)
{
	struct sockaddr_in name = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(name);
	pthread_t thread;

	script = ends;
	script_len = count;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_geq(listener, 0);
	cr_assert_eq(bind(listener, (struct sockaddr *)&name, sizeof(name)), 0);
	cr_assert_eq(listen(listener, CONNECTIONS_MAX), 0);
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&name, &len), 0);
	(void)snprintf(url, sizeof(url), "nats://127.0.0.1:%u", ntohs(name.sin_port));
	cr_assert_eq(pthread_create(&thread, NULL, serve, NULL), 0);
	(void)pthread_detach(thread);
}

static bool open_it(struct bus **out, struct fault *fault)
{
	static char none[] = "";
	const struct daemon_config config = {
		.nats_url = url, .nats_credentials = none, .nats_ca_file = none};

	return bus_open(out, &config, "test", fault);
}

Test(bus_closed, while_it_opens_it_is_opened_again, .timeout = 30)
{
	static const enum end ends[] = {END_STRANGE, END_STRANGE, END_NONE};
	struct bus *bus AUTO(bus_close) = NULL;
	struct fault fault = {0};

	start(ends, countof(ends));
	cr_assert(open_it(&bus, &fault), "%s", fault.text);
	cr_expect(bus_is_connected(bus));
	cr_expect_not(stop_requested());
}

Test(bus_closed, who_is_refused_is_told_so, .timeout = 30)
{
	static const enum end ends[] = {END_REFUSED};
	struct bus *bus AUTO(bus_close) = NULL;
	struct fault fault = {0};

	start(ends, countof(ends));
	cr_assert_not(open_it(&bus, &fault));
	cr_expect_eq(fault.kind, FAULT_FATAL);
	cr_expect(strstr(fault.text, "refuses us: check TOCSIN_NATS_CREDENTIALS"), "%s",
		fault.text);
	cr_expect_not(stop_has_failed());
}

Test(bus_closed, later_the_process_ends_with_a_failure, .timeout = 30)
{
	static const enum end ends[] = {END_NONE};
	struct bus *bus AUTO(bus_close) = NULL;
	struct fault fault = {0};
	int64_t until = clock_mono_ms() + PATIENCE_MS;

	start(ends, countof(ends));
	cr_assert(open_it(&bus, &fault), "%s", fault.text);
	cr_expect_not(stop_requested());
	atomic_store(&ending, true);
	while (!stop_requested() && clock_mono_ms() < until)
		clock_sleep_ms(5);
	cr_expect(stop_requested());
	cr_expect(stop_has_failed());
	cr_expect_not(bus_is_connected(bus));
}

Test(bus_closed, by_us_it_is_no_failure, .timeout = 30)
{
	static const enum end ends[] = {END_NONE};
	struct bus *bus = NULL;
	struct fault fault = {0};

	start(ends, countof(ends));
	cr_assert(open_it(&bus, &fault), "%s", fault.text);
	bus_close(bus);
	nats_CloseAndWait(PATIENCE_MS); /* all callbacks have been called */
	cr_expect_not(stop_requested());
}
