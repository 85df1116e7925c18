// SPDX-License-Identifier: Apache-2.0
// New connections. They are accepted here and not by libmicrohttpd, because several I/O
// threads serve one socket: left to themselves, the one that is awake takes all of a burst.
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/http/http_private.h"

enum { BATCH = 64, PAUSE_MS = 100 };

static struct metric failures_total = {.type = METRIC_COUNTER,
	.name = "tocsin_http_accept_failures_total",
	.help = "Times that new connections had to wait for descriptors or memory"};

static unsigned count_all(const struct http_acceptor *acceptor)
{
	unsigned all = 0;

	for (unsigned i = 0; i < acceptor->loop_count; i++)
		all += http_loop_connections(acceptor->loops[i]);
	return all;
}

/* `full` is set before the last look: who leaves after it wakes us. */
static bool has_room(struct http_acceptor *acceptor)
{
	if (count_all(acceptor) < acceptor->most)
		return true;
	atomic_store(&acceptor->full, true);
	if (count_all(acceptor) >= acceptor->most)
		return false;
	atomic_store(&acceptor->full, false);
	return true;
}

int http_acceptor_fd(struct http_acceptor *acceptor)
{
	if (atomic_load(&acceptor->closing))
		http_acceptor_close(acceptor);
	return acceptor->pause_ms || !has_room(acceptor) ? -1 : acceptor->fd;
}

/* What counts is to be able first: who can only refuse is soon done with a connection. */
static uint64_t load_of(const struct http_loop *loop)
{
	uint64_t connections = http_loop_connections(loop);

	return http_loop_is_able(loop) ? connections : UINT32_MAX + connections;
}

/* The one with the fewest; of several, they take turns. */
static struct http_loop *choose(struct http_acceptor *acceptor)
{
	uint64_t least = UINT64_MAX;
	unsigned best = 0;

	for (unsigned i = 1; i <= acceptor->loop_count; i++) {
		unsigned number = (acceptor->last + i) % acceptor->loop_count;
		uint64_t load = load_of(acceptor->loops[number]);

		if (load < least) {
			least = load;
			best = number;
		}
	}
	acceptor->last = best;
	return acceptor->loops[best];
}

static bool is_out_of_room(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
		error == ENOBUFS;
}

/* False when nobody is there, or nobody can be taken now. */
static bool take_one(struct http_acceptor *acceptor)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	int fd = accept4(acceptor->fd, (struct sockaddr *)&address, &len,
		SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0) {
		http_loop_adopt(choose(acceptor), fd, &address, len);
		return true;
	}
	if (is_out_of_room(errno)) {
		acceptor->pause_ms = clock_mono_ms() + PAUSE_MS;
		metric_add(metric_with(&failures_total, NULL, NULL, NULL), 1);
	}
	return errno == EINTR || errno == ECONNABORTED;
}

long http_acceptor_run(struct http_acceptor *acceptor)
{
	int64_t left_ms = 0;

	if (acceptor->fd < 0 || atomic_load(&acceptor->closing))
		return -1;
	if (acceptor->pause_ms)
		left_ms = acceptor->pause_ms - clock_mono_ms();
	if (left_ms > 0)
		return (long)left_ms;
	acceptor->pause_ms = 0;
	for (int i = 0; i < BATCH && has_room(acceptor) && take_one(acceptor); i++)
		;
	return acceptor->pause_ms ? PAUSE_MS : -1;
}

void http_acceptor_left(struct http_acceptor *acceptor)
{
	if (atomic_load(&acceptor->full) && atomic_exchange(&acceptor->full, false))
		http_loop_wake(acceptor->loops[0]);
}

void http_acceptor_stop(struct http_acceptor *acceptor)
{
	atomic_store(&acceptor->closing, true);
	http_loop_wake(acceptor->loops[0]);
}

void http_acceptor_close(struct http_acceptor *acceptor)
{
	if (acceptor->fd >= 0)
		(void)close(acceptor->fd);
	acceptor->fd = -1;
}
