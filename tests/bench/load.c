// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/bench/samples.h"

enum { READ_SIZE = 32768, EVENTS = 256, WARM_UP_MS = 500 };

struct connection {
	int fd;
	char *request; /* its own copy, for its id */
	size_t sent, got;
	char answer[READ_SIZE];
	int64_t sent_at_us;
};

struct run {
	const struct load *load;
	struct connection *connections;
	int epoll;
	uint64_t next_id, next_number;
	struct samples samples;
	long answered; /* warm-up included */
	long failed;
	int64_t from_us, until_us;
};

static void connect_one(struct run *run, struct connection *connection)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
	const char *colon = strrchr(run->load->address, ':');
	int one = 1;

	to.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection->fd < 0 ||
		connect(connection->fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
		setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one,
			sizeof(one)) != 0 ||
		epoll_ctl(run->epoll, EPOLL_CTL_ADD, connection->fd, &event) != 0)
		die("%s: %s", run->load->address, strerror(errno));
	connection->request =
		malloc(run->load->make ? LOAD_MADE_MAX : run->load->request_len);
	if (!connection->request)
		die("no memory");
	if (!run->load->make)
		memcpy(connection->request, run->load->request, run->load->request_len);
}

/* The length of what is to be sent next. */
static size_t prepare(struct run *run, struct connection *connection)
{
	const struct load *load = run->load;
	char id[LOAD_ID_LEN + 1];

	if (load->make)
		return load->make(
			load->context, connection->request, run->next_number++);
	if (load->id_offset) {
		(void)snprintf(
			id, sizeof(id), "%016llx", (unsigned long long)run->next_id++);
		memcpy(connection->request + load->id_offset, id, LOAD_ID_LEN);
	}
	return load->request_len;
}

static void send_next(struct run *run, struct connection *connection)
{
	size_t len = prepare(run, connection);
	ssize_t sent;

	connection->got = 0;
	connection->sent_at_us = clock_mono_us();
	/* Blocking: a few kilobytes fit the socket's buffer. */
	sent = send(connection->fd, connection->request, len, MSG_NOSIGNAL);
	if (sent != (ssize_t)len)
		die("send: %s", sent < 0 ? strerror(errno) : "cut short");
}

static long status_of(const struct connection *connection)
{
	return strtol(connection->answer + 9, NULL, 10);
}

static bool is_complete(const struct connection *connection)
{
	const char *end = memmem(connection->answer, connection->got, "\r\n\r\n", 4);
	const char *length;
	size_t head;

	if (!end)
		return false;
	if (status_of(connection) == 304)
		return true; /* never has a body */
	head = (size_t)(end - connection->answer) + 4;
	length = memmem(connection->answer, head, "Content-Length: ", 16);
	if (!length)
		die("an answer without Content-Length");
	return connection->got >= head + strtoul(length + 16, NULL, 10);
}

static void take(struct run *run, const struct connection *connection)
{
	int64_t now = clock_mono_us();
	uint32_t took = (uint32_t)(now - connection->sent_at_us);

	run->answered++;
	if (now < run->from_us)
		return;
	if (status_of(connection) != run->load->expected_status)
		run->failed++;
	samples_add(&run->samples, &took, 1);
}

static void readable(struct run *run, struct connection *connection)
{
	ssize_t got = recv(connection->fd, connection->answer + connection->got,
		sizeof(connection->answer) - 1 - connection->got, 0);

	if (got <= 0)
		die("the server closed a connection: %s",
			got < 0 ? strerror(errno) : "end");
	connection->got += (size_t)got;
	connection->answer[connection->got] = '\0';
	if (!is_complete(connection))
		return;
	take(run, connection);
	if (clock_mono_us() < run->until_us)
		send_next(run, connection);
}

static void pump(struct run *run)
{
	struct epoll_event events[EVENTS];
	int64_t end = run->until_us + 3000000; /* late answers still count as answers */

	while (clock_mono_us() < run->until_us) {
		int count = epoll_wait(run->epoll, events, EVENTS, 100);

		for (int i = 0; i < count; i++)
			readable(run, events[i].data.ptr);
		if (clock_mono_us() > end)
			return;
	}
}

static struct figure figure_of(struct run *run)
{
	struct figure figure =
		samples_figure(&run->samples, (double)run->load->seconds);

	figure.failed = run->failed;
	figure.answered = run->answered;
	return figure;
}

struct figure load_run(const struct load *load)
{
	struct run run = {.load = load, .epoll = epoll_create1(EPOLL_CLOEXEC)};
	struct figure figure;
	double cpu;

	run.connections = calloc((size_t)load->connections, sizeof(*run.connections));
	if (!run.connections || run.epoll < 0)
		die("no memory");
	run.next_id = (uint64_t)clock_wall_us() << 8;
	for (int i = 0; i < load->connections; i++)
		connect_one(&run, &run.connections[i]);
	run.from_us = clock_mono_us() + WARM_UP_MS * 1000;
	run.until_us = run.from_us + load->seconds * 1000000;
	for (int i = 0; i < load->connections; i++)
		send_next(&run, &run.connections[i]);
	cpu = load->server ? cpu_seconds(load->server) : 0;
	pump(&run);
	figure = figure_of(&run);
	if (load->server)
		figure.cpu_us =
			(cpu_seconds(load->server) - cpu) * 1e6 / (double)run.answered;
	for (int i = 0; i < load->connections; i++) {
		(void)close(run.connections[i].fd);
		free(run.connections[i].request);
	}
	(void)close(run.epoll);
	free(run.connections);
	samples_done(&run.samples);
	return figure;
}
