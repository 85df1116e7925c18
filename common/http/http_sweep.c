// SPDX-License-Identifier: Apache-2.0
// One thread looks over all connections now and then. libmicrohttpd knows only how long
// a connection was silent, so a client that sends a byte now and then could hold one
// for ever; here a request has a deadline as a whole. Nothing tells us of its first
// byte, so the kernel is asked how much has come.
//
// It also ends connections whose request was refused before it was read, by us or by
// libmicrohttpd: closed at once, the bytes still under way would reset the connection and
// destroy the answer.
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/http/http_private.h"

enum {
	TICKS_PER_REQUEST = 8,
	TICK_LEAST_MS = 5,
	TICK_MOST_MS = 1000,
	LINGER_TICK_MS = 10,
	LINGER_MS = 2000,
	LINGERING_MAX = 256,
	CHUNK = 16384,
	/* 25 MiB a second, which is what a refused body may have. */
	CHUNKS_PER_TICK = 16,
};

struct lingering {
	int fd;
	int64_t until_ms;
};

struct http_sweeper {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct http_connection *first;
	size_t lingering_count;
	struct lingering lingering[LINGERING_MAX];
	long request_ms;
	bool stopping, ends_streams, has_tls;
};

static uint64_t bytes_received(int fd)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);

	/* An older kernel leaves it 0: then a deadline starts with the head's end. */
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
		return 0;
	return info.tcpi_bytes_received;
}

/* Notes since when a request has been coming in; false when there is none. */
static bool is_receiving(struct http_connection *connection, int phase, int64_t now)
{
	unsigned completed = atomic_load(&connection->completed);

	if (completed != connection->seen_completed) {
		connection->seen_completed = completed;
		connection->seen_bytes = bytes_received(connection->fd);
		connection->since_ms = 0;
	}
	if (phase == HTTP_WAITING)
		connection->since_ms = 0;
	else if (connection->since_ms == 0 &&
		(phase == HTTP_RECEIVING ||
			bytes_received(connection->fd) > connection->seen_bytes))
		connection->since_ms = now;
	return connection->since_ms != 0;
}

/* A client that reads a byte now and then keeps libmicrohttpd happy, and us not. */
static bool is_stuck(const struct http_connection *connection,
	const struct http_sweeper *sweeper, int64_t now)
{
	int64_t until = atomic_load(&connection->piece_until_ms);

	return until != 0 && (now >= until || sweeper->ends_streams);
}

/* Nothing else is being sent: a request that has not come whole has no answer yet. */
static void tell_too_late(const struct http_connection *connection)
{
	static const char answer[] = "HTTP/1.1 408 Request Timeout\r\n"
				     "Connection: close\r\nContent-Length: 0\r\n\r\n";

	(void)send(connection->fd, answer, sizeof(answer) - 1,
		MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void check(struct http_connection *connection,
	const struct http_sweeper *sweeper, int64_t now)
{
	int phase = atomic_load(&connection->phase);

	if (is_stuck(connection, sweeper, now))
		(void)shutdown(connection->fd, SHUT_RDWR);
	if (phase == HTTP_EXPIRED || !is_receiving(connection, phase, now) ||
		now - connection->since_ms < sweeper->request_ms)
		return;
	/* It fails when the request has been completed just now: then it stays. */
	if (phase == HTTP_WAITING ||
		!atomic_compare_exchange_strong(
			&connection->phase, &phase, HTTP_EXPIRED))
		return;
	if (!sweeper->has_tls)
		tell_too_late(connection);
	(void)shutdown(connection->fd, SHUT_RDWR);
}

/* True when the client has closed, or went on too long. */
static bool has_drained(const struct lingering *lingering, int64_t now)
{
	static char nowhere[CHUNK];
	ssize_t got = 1;

	for (int i = 0; i < CHUNKS_PER_TICK && got > 0; i++)
		got = recv(lingering->fd, nowhere, sizeof(nowhere), MSG_DONTWAIT);
	return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR) ||
		now >= lingering->until_ms;
}

static void drain(struct http_sweeper *sweeper, int64_t now)
{
	for (size_t i = sweeper->lingering_count; i-- > 0;)
		if (has_drained(&sweeper->lingering[i], now)) {
			(void)close(sweeper->lingering[i].fd);
			sweeper->lingering[i] =
				sweeper->lingering[--sweeper->lingering_count];
		}
}

/* How often connections are looked at; those that linger are drained in between. */
static long check_every_ms(const struct http_sweeper *sweeper)
{
	long tick = sweeper->request_ms / TICKS_PER_REQUEST;

	if (tick < TICK_LEAST_MS)
		return TICK_LEAST_MS;
	return tick < TICK_MOST_MS ? tick : TICK_MOST_MS;
}

static long tick_ms(const struct http_sweeper *sweeper)
{
	long tick = check_every_ms(sweeper);

	return sweeper->lingering_count > 0 && tick > LINGER_TICK_MS ? LINGER_TICK_MS
								     : tick;
}

static void *sweep(void *argument)
{
	struct http_sweeper *sweeper = argument;
	int64_t next_check_ms = 0;

	(void)pthread_mutex_lock(&sweeper->lock);
	while (!sweeper->stopping) {
		int64_t now = clock_mono_ms(), until;
		struct timespec at;

		drain(sweeper, now);
		if (now >= next_check_ms || sweeper->ends_streams) {
			for (struct http_connection *c = sweeper->first; c; c = c->next)
				check(c, sweeper, now);
			next_check_ms = now + check_every_ms(sweeper);
		}
		until = clock_mono_ms() + tick_ms(sweeper);
		at = (struct timespec){until / 1000, until % 1000 * 1000000};
		(void)pthread_cond_timedwait(&sweeper->wake, &sweeper->lock, &at);
	}
	(void)pthread_mutex_unlock(&sweeper->lock);
	return NULL;
}

bool http_sweeper_start(
	struct http_sweeper **out, long request_ms, bool has_tls, struct fault *fault)
{
	struct http_sweeper *sweeper AUTO(free) = calloc(1, sizeof(*sweeper));
	pthread_condattr_t monotonic;
	int status;

	if (!sweeper)
		return fault_set(fault, FAULT_FATAL, "HTTP sweeper: no memory");
	sweeper->request_ms = request_ms;
	sweeper->has_tls = has_tls;
	(void)pthread_mutex_init(&sweeper->lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&sweeper->wake, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	status = pthread_create(&sweeper->thread, NULL, sweep, sweeper);
	if (status != 0)
		return fault_set(
			fault, FAULT_FATAL, "HTTP sweeper: %s", strerror(status));
	*out = TAKE(sweeper);
	return true;
}

void http_sweeper_stop(struct http_sweeper *sweeper)
{
	if (!sweeper)
		return;
	(void)pthread_mutex_lock(&sweeper->lock);
	sweeper->stopping = true;
	(void)pthread_cond_signal(&sweeper->wake);
	(void)pthread_mutex_unlock(&sweeper->lock);
	(void)pthread_join(sweeper->thread, NULL);
	while (sweeper->lingering_count > 0)
		(void)close(sweeper->lingering[--sweeper->lingering_count].fd);
	(void)pthread_cond_destroy(&sweeper->wake);
	(void)pthread_mutex_destroy(&sweeper->lock);
	free(sweeper);
}

struct http_connection *http_sweeper_add(struct http_sweeper *sweeper, int fd)
{
	struct http_connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->fd = fd;
	(void)pthread_mutex_lock(&sweeper->lock);
	connection->next = sweeper->first;
	if (sweeper->first)
		sweeper->first->previous = connection;
	sweeper->first = connection;
	(void)pthread_mutex_unlock(&sweeper->lock);
	return connection;
}

/* Keeps the socket open after libmicrohttpd has closed its own descriptor. */
static void linger(struct http_sweeper *sweeper, int closing)
{
	int fd;

	if (sweeper->lingering_count == LINGERING_MAX)
		return;
	fd = dup(closing);
	if (fd < 0)
		return;
	(void)shutdown(fd, SHUT_WR);
	sweeper->lingering[sweeper->lingering_count++] =
		(struct lingering){fd, clock_mono_ms() + LINGER_MS};
	(void)pthread_cond_signal(&sweeper->wake);
}

/*
 * Whether something is under way that nobody will read: bytes are there, or the first
 * request was libmicrohttpd's to refuse.
 */
static bool is_sending(const struct http_connection *connection)
{
	int unread = 0;

	if (atomic_load(&connection->phase) == HTTP_EXPIRED)
		return false;
	if (ioctl(connection->fd, FIONREAD, &unread) == 0 && unread > 0)
		return true;
	return atomic_load(&connection->completed) == 0 &&
		bytes_received(connection->fd) > 0;
}

void http_sweeper_remove(
	struct http_sweeper *sweeper, struct http_connection *connection)
{
	(void)pthread_mutex_lock(&sweeper->lock);
	if (connection->next)
		connection->next->previous = connection->previous;
	if (connection->previous)
		connection->previous->next = connection->next;
	else
		sweeper->first = connection->next;
	if (connection->lingers || is_sending(connection))
		linger(sweeper, connection->fd);
	(void)pthread_mutex_unlock(&sweeper->lock);
	free(connection);
}

void http_sweeper_end_streams(struct http_sweeper *sweeper)
{
	(void)pthread_mutex_lock(&sweeper->lock);
	sweeper->ends_streams = true;
	(void)pthread_mutex_unlock(&sweeper->lock);
}

bool http_sweeper_is_idle(struct http_sweeper *sweeper)
{
	bool idle = true;

	(void)pthread_mutex_lock(&sweeper->lock);
	for (const struct http_connection *c = sweeper->first; c && idle; c = c->next) {
		int phase = atomic_load(&c->phase);

		idle = phase != HTTP_RECEIVING && phase != HTTP_WAITING;
	}
	(void)pthread_mutex_unlock(&sweeper->lock);
	return idle;
}
