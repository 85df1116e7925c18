// SPDX-License-Identifier: Apache-2.0
// An I/O thread. libmicrohttpd is driven from outside, for two reasons: answers that
// come from other threads are taken in batches, with one wake-up for many; and a side
// job (one of the ingress's connections to NATS) shares the thread, so that a request on
// its way to JetStream and back changes threads not once.
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/http/http_private.h"

enum { WAIT_MAX_MS = 1000 };

/* A connection on its way from the thread that accepted it. */
struct arrival {
	struct arrival *next;
	int fd;
	socklen_t len;
	struct sockaddr_storage address;
};

struct http_loop {
	struct http_server *server;
	unsigned number;
	struct MHD_Daemon *daemon;
	int mhd_fd, wake_fd;
	struct http_side side;             /* run is NULL: there is none */
	struct http_acceptor *acceptor;    /* NULL: run by another thread */
	_Atomic(struct arrival *) arrived; /* a stack */
	atomic_uint arriving, connections;
	_Atomic(struct http_request *) answered; /* a stack, newest first */
	struct http_request *paused;             /* the I/O thread's own; few */
	atomic_bool sleeping, stopping;
	bool started;
	pthread_t thread;
};

struct http_server *http_loop_server(const struct http_loop *loop)
{
	return loop->server;
}

unsigned http_loop_number(const struct http_loop *loop)
{
	return loop->number;
}

void http_loop_wake(struct http_loop *loop)
{
	uint64_t one = 1;

	/* It can fail only when the counter is full, and then the loop is awake. */
	(void)!write(loop->wake_fd, &one, sizeof(one));
}

unsigned http_loop_connections(const struct http_loop *loop)
{
	/* In this order: who arrives meanwhile counts twice rather than not at all. */
	unsigned arriving = atomic_load(&loop->arriving);

	return arriving + atomic_load(&loop->connections);
}

bool http_loop_is_able(const struct http_loop *loop)
{
	return !loop->side.is_able || loop->side.is_able(loop->side.context);
}

void http_loop_count(struct http_loop *loop, bool more)
{
	if (more)
		atomic_fetch_add(&loop->connections, 1);
	else
		atomic_fetch_sub(&loop->connections, 1);
}

void http_loop_adopt(struct http_loop *loop, int fd,
	const struct sockaddr_storage *address, socklen_t len)
{
	struct arrival *arrival = malloc(sizeof(*arrival));
	struct arrival *first = atomic_load(&loop->arrived);

	if (!arrival) {
		(void)close(fd);
		return;
	}
	*arrival = (struct arrival){.fd = fd, .len = len, .address = *address};
	atomic_fetch_add(&loop->arriving, 1);
	do
		arrival->next = first;
	while (!atomic_compare_exchange_weak(&loop->arrived, &first, arrival));
	if (atomic_load(&loop->sleeping))
		http_loop_wake(loop);
}

/*
 * Those who came to this thread. Without a daemon they are let go. For a moment one counts
 * twice: the acceptor, should it have found all places taken, looks again.
 */
static void take_arrived(struct http_loop *loop)
{
	struct arrival *arrival = atomic_load(&loop->arrived)
		? atomic_exchange(&loop->arrived, NULL)
		: NULL;

	while (arrival) {
		struct arrival *next = arrival->next;

		/* It closes what it does not take. */
		if (loop->daemon)
			(void)MHD_add_connection(loop->daemon, arrival->fd,
				(struct sockaddr *)&arrival->address, arrival->len);
		else
			(void)close(arrival->fd);
		atomic_fetch_sub(&loop->arriving, 1);
		http_acceptor_left(&loop->server->acceptor);
		free(arrival);
		arrival = next;
	}
}

void http_loop_resume(struct http_loop *loop, struct http_request *request)
{
	struct http_request *first = atomic_load(&loop->answered);

	do
		request->next_answered = first;
	while (!atomic_compare_exchange_weak(&loop->answered, &first, request));
	if (atomic_load(&loop->sleeping))
		http_loop_wake(loop);
}

/* Oldest first, so that nobody waits behind those who came later. */
static struct http_request *take_answered(struct http_loop *loop)
{
	struct http_request *taken = atomic_exchange(&loop->answered, NULL),
			    *list = NULL;

	while (taken) {
		struct http_request *next = taken->next_answered;

		taken->next_answered = list;
		list = taken;
		taken = next;
	}
	return list;
}

static bool resume_answered(struct http_loop *loop)
{
	struct http_request *request = take_answered(loop);
	bool any = request != NULL;

	while (request) {
		/* The request may be gone once its connection goes on. */
		struct http_request *next = request->next_answered;

		MHD_resume_connection(request->mhd);
		request = next;
	}
	return any;
}

void http_loop_pause(
	struct http_loop *loop, struct http_request *request, int64_t until_ms)
{
	request->paused_until_ms = until_ms;
	request->next_answered = loop->paused;
	loop->paused = request;
}

/* Those whose time has come go on; milliseconds to the next, -1 when there is none. */
static long run_paused(struct http_loop *loop)
{
	struct http_request *list = loop->paused;
	int64_t now = list ? clock_mono_ms() : 0, left;
	long soonest = -1;

	loop->paused = NULL;
	while (list) {
		struct http_request *request = list;

		list = request->next_answered;
		left = request->paused_until_ms - now;
		if (left > 0) {
			http_loop_pause(loop, request, request->paused_until_ms);
			soonest = soonest < 0 || left < soonest ? (long)left : soonest;
		} else if (!http_stream_submit(request))
			http_loop_resume(loop, request);
	}
	return soonest;
}

/* The sooner of two waits, of which -1 is none. */
static long sooner(long a_ms, long b_ms)
{
	return a_ms < 0 || (b_ms >= 0 && b_ms < a_ms) ? b_ms : a_ms;
}

static int wait_ms(struct http_loop *loop, long most)
{
	MHD_UNSIGNED_LONG_LONG limit = WAIT_MAX_MS;

	most = sooner(most, WAIT_MAX_MS);
	if (MHD_get_timeout(loop->daemon, &limit) == MHD_NO || (long)limit > most)
		return (int)most;
	return (int)limit;
}

/*
 * `sleeping` is set before the last look at the stacks: who pushes after it wakes us. True
 * when somebody may want to connect.
 */
static bool sleep_until_something(struct http_loop *loop, long most_ms)
{
	struct pollfd fds[] = {{loop->mhd_fd, POLLIN, 0}, {loop->wake_fd, POLLIN, 0},
		{loop->side.run ? loop->side.fd : -1, POLLIN, 0},
		{loop->acceptor ? http_acceptor_fd(loop->acceptor) : -1, POLLIN, 0}};
	uint64_t count;

	atomic_store(&loop->sleeping, true);
	if (!atomic_load(&loop->answered) && !atomic_load(&loop->arrived))
		(void)poll(fds, countof(fds), wait_ms(loop, most_ms));
	atomic_store(&loop->sleeping, false);
	if (fds[1].revents & POLLIN)
		(void)!read(loop->wake_fd, &count, sizeof(count));
	return fds[3].fd < 0 || fds[3].revents & POLLIN;
}

static void *run(void *context)
{
	struct http_loop *loop = context;
	long side_ms = -1, accept_ms = -1, paused_ms;
	bool may_accept = true;

	while (!atomic_load(&loop->stopping)) {
		if (loop->acceptor && may_accept)
			accept_ms = http_acceptor_run(loop->acceptor);
		take_arrived(loop);
		(void)MHD_run(loop->daemon);
		if (loop->side.run)
			side_ms = loop->side.run(loop->side.context);
		paused_ms = run_paused(loop);
		may_accept = resume_answered(loop) ||
			sleep_until_something(
				loop, sooner(accept_ms, sooner(side_ms, paused_ms)));
	}
	return NULL;
}

bool http_loop_new(struct http_loop **out, struct http_server *server,
	const struct http_server_options *options, unsigned number, struct fault *fault)
{
	struct http_loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return fault_set(fault, FAULT_FATAL, "HTTP: no memory for a thread");
	loop->server = server;
	loop->number = number;
	if (options->sides)
		loop->side = options->sides[number];
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wake_fd < 0) {
		free(loop);
		return fault_set(
			fault, FAULT_FATAL, "HTTP: eventfd: %s", strerror(errno));
	}
	loop->daemon = http_daemon_start(loop, options);
	if (!loop->daemon) {
		http_loop_stop(loop);
		return fault_set(
			fault, FAULT_FATAL, "cannot serve HTTP on %s", server->address);
	}
	loop->mhd_fd =
		MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	*out = loop;
	return true;
}

bool http_loop_start(
	struct http_loop *loop, struct http_acceptor *acceptor, struct fault *fault)
{
	int status;

	loop->acceptor = acceptor;
	status = pthread_create(&loop->thread, NULL, run, loop);
	loop->started = status == 0;
	return loop->started ||
		fault_set(fault, FAULT_FATAL, "HTTP: a thread: %s", strerror(status));
}

void http_loop_halt(struct http_loop *loop)
{
	if (!loop->started)
		return;
	atomic_store(&loop->stopping, true);
	http_loop_wake(loop);
	(void)pthread_join(loop->thread, NULL);
	loop->started = false;
}

void http_loop_stop(struct http_loop *loop)
{
	if (!loop)
		return;
	http_loop_halt(loop);
	/* Their connections must not be suspended when libmicrohttpd closes them. */
	(void)resume_answered(loop);
	for (struct http_request *request = loop->paused; request;
		request = request->next_answered)
		MHD_resume_connection(request->mhd);
	if (loop->daemon)
		MHD_stop_daemon(TAKE(loop->daemon));
	take_arrived(loop);
	(void)close(loop->wake_fd);
	free(loop);
}
