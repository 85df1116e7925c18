// SPDX-License-Identifier: Apache-2.0
// The I/O thread. libmicrohttpd is driven from outside, for two reasons: answers that
// come from other threads are taken in batches, with one wake-up for many; and a side
// job (the ingress's connection to NATS) shares the thread, so that a request on its
// way to JetStream and back changes threads not once.
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/http/http_private.h"

enum { WAIT_MAX_MS = 1000 };

struct http_loop {
	struct MHD_Daemon *daemon;
	int mhd_fd, wake_fd;
	struct http_side side;
	_Atomic(struct http_request *) answered; /* a stack, newest first */
	struct http_request *paused;             /* the I/O thread's own; few */
	atomic_bool sleeping, closing, stopping;
	pthread_t thread;
};

static void wake(struct http_loop *loop)
{
	uint64_t one = 1;

	/* It can fail only when the counter is full, and then the loop is awake. */
	(void)!write(loop->wake_fd, &one, sizeof(one));
}

void http_loop_resume(struct http_loop *loop, struct http_request *request)
{
	struct http_request *first = atomic_load(&loop->answered);

	do
		request->next_answered = first;
	while (!atomic_compare_exchange_weak(&loop->answered, &first, request));
	if (atomic_load(&loop->sleeping))
		wake(loop);
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
			MHD_resume_connection(request->mhd);
	}
	return soonest;
}

/* The sooner of two waits, of which -1 is none. */
static long sooner(long a_ms, long b_ms)
{
	return a_ms < 0 || (b_ms >= 0 && b_ms < a_ms) ? b_ms : a_ms;
}

static int wait_ms(struct http_loop *loop, long side_ms)
{
	MHD_UNSIGNED_LONG_LONG limit = WAIT_MAX_MS;
	long most = side_ms >= 0 && side_ms < WAIT_MAX_MS ? side_ms : WAIT_MAX_MS;

	if (MHD_get_timeout(loop->daemon, &limit) == MHD_NO || (long)limit > most)
		return (int)most;
	return (int)limit;
}

/* `sleeping` is set before the last look at the stack: who pushes after it wakes us. */
static void sleep_until_something(struct http_loop *loop, long side_ms)
{
	struct pollfd fds[] = {{loop->mhd_fd, POLLIN, 0}, {loop->wake_fd, POLLIN, 0},
		{loop->side.run ? loop->side.fd : -1, POLLIN, 0}};
	uint64_t count;

	atomic_store(&loop->sleeping, true);
	if (!atomic_load(&loop->answered))
		(void)poll(fds, countof(fds), wait_ms(loop, side_ms));
	atomic_store(&loop->sleeping, false);
	if (fds[1].revents & POLLIN)
		(void)!read(loop->wake_fd, &count, sizeof(count));
}

/* Here, because libmicrohttpd expects to be called by one thread when it has none. */
static void close_listener(struct http_loop *loop)
{
	int fd = MHD_quiesce_daemon(loop->daemon);

	if (fd >= 0)
		(void)close(fd);
}

static void *run(void *context)
{
	struct http_loop *loop = context;
	long side_ms = -1, paused_ms;

	while (!atomic_load(&loop->stopping)) {
		if (atomic_exchange(&loop->closing, false))
			close_listener(loop);
		(void)MHD_run(loop->daemon);
		if (loop->side.run)
			side_ms = loop->side.run(loop->side.context);
		paused_ms = run_paused(loop);
		if (!resume_answered(loop))
			sleep_until_something(loop, sooner(side_ms, paused_ms));
	}
	return NULL;
}

bool http_loop_start(struct http_loop **out, struct MHD_Daemon *daemon,
	const struct http_side *side, struct fault *fault)
{
	struct http_loop *loop = calloc(1, sizeof(*loop));
	int status;

	if (!loop)
		return fault_set(fault, FAULT_FATAL, "HTTP loop: no memory");
	loop->daemon = daemon;
	loop->side = *side;
	loop->mhd_fd = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*out = loop; /* its thread may need it before we return */
	status = loop->wake_fd < 0 ? errno
				   : pthread_create(&loop->thread, NULL, run, loop);
	if (status != 0) {
		*out = NULL;
		if (loop->wake_fd >= 0)
			(void)close(loop->wake_fd);
		free(loop);
		return fault_set(fault, FAULT_FATAL, "HTTP loop: %s", strerror(status));
	}
	return true;
}

void http_loop_stop_accepting(struct http_loop *loop)
{
	atomic_store(&loop->closing, true);
	wake(loop);
}

void http_loop_halt(struct http_loop *loop)
{
	atomic_store(&loop->stopping, true);
	wake(loop);
	(void)pthread_join(loop->thread, NULL);
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
	(void)close(loop->wake_fd);
	free(loop);
}
