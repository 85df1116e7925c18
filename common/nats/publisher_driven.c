// SPDX-License-Identifier: Apache-2.0
// A publisher without threads: its connection to NATS is read and written in the loop
// of whoever owns it. The ingress needs this: with nats.c's own threads every event
// costs four changes of thread, more than a third of its time
// (docs/performance.md).
#include "common/nats/publisher.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/nats/bus_private.h"
#include "common/nats/publisher_private.h"

enum {
	SWEEP_US = 20000,
	CLOSE_WAIT_MS = 2000,
	NO_SOCKET = -1,
	HOLD_MAX = 32,
	HOLD_US = 1000,
	IDLE_US = 100000,
	UNWRITTEN_MAX = 64 << 20
};

struct driven {
	int epoll; /* what the owner watches: the socket and `wake` */
	int wake;
	pthread_mutex_t lock; /* for socket: nats.c attaches from a thread of its own */
	natsSock socket;
	natsConnection *connection;
	_Atomic(pthread_t) driver; /* the loop's thread, which needs no waking */
	atomic_bool wants_write;
	bool watches_write;
	int64_t next_sweep_us;
	int held; /* messages not yet written */
	int64_t held_since_us;
	size_t unwritten_max;
	int64_t idle_since_us; /* nothing is in flight; 0: something is */
};

static void ring(struct driven *driven)
{
	uint64_t one = 1;

	(void)!write(driven->wake, &one, sizeof(one));
}

/* Also on every reconnect; the old socket has left the epoll set by being closed. */
static natsStatus on_attach(
	void **data, void *loop, natsConnection *connection, natsSock socket)
{
	struct driven *driven = loop;
	struct epoll_event event = {.events = EPOLLIN, .data.fd = (int)socket};
	int added;

	(void)connection;
	*data = driven;
	(void)pthread_mutex_lock(&driven->lock);
	driven->socket = socket;
	driven->watches_write = false;
	(void)epoll_ctl(driven->epoll, EPOLL_CTL_DEL, socket, NULL);
	added = epoll_ctl(driven->epoll, EPOLL_CTL_ADD, socket, &event);
	(void)pthread_mutex_unlock(&driven->lock);
	return added == 0 ? NATS_OK : NATS_SYS_ERROR;
}

static natsStatus on_read(void *data, bool add)
{
	struct driven *driven = data;

	(void)pthread_mutex_lock(&driven->lock);
	if (!add && driven->socket != NO_SOCKET) {
		(void)epoll_ctl(driven->epoll, EPOLL_CTL_DEL, driven->socket, NULL);
		driven->socket = NO_SOCKET;
	}
	(void)pthread_mutex_unlock(&driven->lock);
	return NATS_OK;
}

/* Only noted: publisher_drive() writes once for all that was published in one turn. */
static natsStatus on_write(void *data, bool add)
{
	struct driven *driven = data;

	if (add && !atomic_exchange(&driven->wants_write, true) &&
		!pthread_equal(pthread_self(), atomic_load(&driven->driver)))
		ring(driven);
	if (!add)
		atomic_store(&driven->wants_write, false);
	return NATS_OK;
}

static natsStatus on_detach(void *data)
{
	(void)data;
	return NATS_OK;
}

static void driven_free(struct driven *driven)
{
	if (!driven)
		return;
	if (driven->epoll >= 0)
		(void)close(driven->epoll);
	if (driven->wake >= 0)
		(void)close(driven->wake);
	(void)pthread_mutex_destroy(&driven->lock);
	free(driven);
}

static struct driven *driven_new(size_t unwritten)
{
	struct driven *driven = calloc(1, sizeof(*driven));
	struct epoll_event event = {.events = EPOLLIN};

	if (!driven)
		return NULL;
	(void)pthread_mutex_init(&driven->lock, NULL);
	driven->socket = NO_SOCKET;
	driven->unwritten_max = unwritten ? unwritten : (size_t)UNWRITTEN_MAX;
	driven->epoll = epoll_create1(EPOLL_CLOEXEC);
	driven->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	event.data.fd = driven->wake;
	if (driven->epoll < 0 || driven->wake < 0 ||
		epoll_ctl(driven->epoll, EPOLL_CTL_ADD, driven->wake, &event) != 0) {
		driven_free(driven);
		return NULL;
	}
	return driven;
}

static bool subscribe(struct publisher *publisher, struct fault *fault)
{
	char subject[72];
	natsStatus status;

	if (!publisher_make_inbox(publisher, subject, fault))
		return false;
	status = natsConnection_SubscribeSync(
		&publisher->acks, bus_connection(publisher->bus), subject);
	if (status == NATS_OK)
		status = natsSubscription_SetPendingLimits(publisher->acks, -1, -1);
	return status == NATS_OK || bus_fault(fault, status, "listening for acks");
}

bool publisher_open_driven(struct publisher **out, const struct daemon_config *config,
	const char *name, const struct publisher_limits *limits, struct fault *fault)
{
	struct publisher *publisher = calloc(1, sizeof(*publisher));
	struct bus_loop loop = {.attach = on_attach,
		.read = on_read,
		.write = on_write,
		.detach = on_detach};

	assert(limits->in_flight >= 1 && limits->in_flight <= 65536);
	if (!publisher || !inflight_init(&publisher->inflight, limits->in_flight)) {
		free(publisher);
		return fault_set(fault, FAULT_FATAL, "no memory");
	}
	(void)pthread_mutex_init(&publisher->lock, NULL);
	(void)pthread_cond_init(&publisher->changed, NULL);
	publisher->driven = driven_new(limits->unwritten);
	loop.context = publisher->driven;
	if (!publisher->driven)
		(void)fault_set(fault, FAULT_FATAL, "epoll: %s", strerror(errno));
	else if (bus_open_loop(&publisher->bus, config, name, &loop, fault) &&
		subscribe(publisher, fault)) {
		publisher->driven->connection = bus_connection(publisher->bus);
		*out = publisher;
		return true;
	}
	publisher_close(publisher);
	return false;
}

int publisher_fd(const struct publisher *publisher)
{
	return publisher->driven->epoll;
}

/* Level-triggered: what is not read now shows up in the next turn. */
static void look(struct driven *driven, bool *readable)
{
	struct epoll_event events[4];
	int count = epoll_wait(driven->epoll, events, countof(events), 0);
	uint64_t rung;

	for (int i = 0; i < count; i++) {
		if (events[i].data.fd == driven->wake) {
			(void)!read(driven->wake, &rung, sizeof(rung));
			continue;
		}
		*readable = true;
	}
}

/* A full socket is watched until it takes more. */
static void watch_write(struct driven *driven, bool wanted)
{
	struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0)};

	(void)pthread_mutex_lock(&driven->lock);
	if (driven->watches_write != wanted && driven->socket != NO_SOCKET) {
		event.data.fd = (int)driven->socket;
		(void)epoll_ctl(driven->epoll, EPOLL_CTL_MOD, driven->socket, &event);
		driven->watches_write = wanted;
	}
	(void)pthread_mutex_unlock(&driven->lock);
}

/*
 * Nagle's idea, for messages: a message is written at once when none is under way; else it
 * may wait a moment for company, because acks will wake us. nats-server needs a third less
 * for a message that comes with others.
 */
static bool should_hold(const struct publisher *publisher, int64_t now)
{
	const struct driven *driven = publisher->driven;

	return driven->held > 0 && driven->held < HOLD_MAX && !driven->watches_write &&
		publisher->inflight.in_flight > driven->held &&
		now - driven->held_since_us < HOLD_US;
}

static void write_pending(struct publisher *publisher)
{
	struct driven *driven = publisher->driven;

	driven->held = 0;
	if (!atomic_load(&driven->wants_write) || !bus_is_connected(publisher->bus))
		return;
	natsConnection_ProcessWriteEvent(driven->connection);
	watch_write(driven, atomic_load(&driven->wants_write));
}

/*
 * nats.c's buffer has no bound of its own, and what nobody waits for any more stays in it:
 * a server that hangs is noticed by its pings, after many deadlines have passed.
 */
bool driven_is_full(const struct publisher *publisher)
{
	const struct driven *driven = publisher->driven;

	return driven->watches_write &&
		natsConnection_Buffered(driven->connection) >=
		(int)driven->unwritten_max;
}

void driven_sent(struct publisher *publisher)
{
	struct driven *driven = publisher->driven;

	if (driven->held++ == 0)
		driven->held_since_us = clock_mono_us();
	if (driven->held >= HOLD_MAX)
		write_pending(publisher);
}

static void take_acks(struct publisher *publisher)
{
	natsMsg *message;

	while (natsSubscription_NextMsg(&message, publisher->acks, 0) == NATS_OK)
		publisher_take_ack(publisher, message);
}

/*
 * Nothing in flight is no end yet: with few clients that is so after every batch, and a few
 * messages at a time would wake nats.c's thread thousands of times a second.
 */
static long dispose_when_idle(struct publisher *publisher, int64_t now)
{
	struct driven *driven = publisher->driven;

	if (publisher->spent.count == 0)
		return -1;
	if (driven->idle_since_us == 0)
		driven->idle_since_us = now;
	if (now - driven->idle_since_us < IDLE_US)
		return IDLE_US / 1000;
	publisher_dispose(publisher, NULL, true);
	return -1;
}

long publisher_drive(struct publisher *publisher)
{
	struct driven *driven = publisher->driven;
	bool readable = false;
	int64_t now = clock_mono_us();

	atomic_store_explicit(&driven->driver, pthread_self(), memory_order_relaxed);
	if (!should_hold(publisher, now))
		write_pending(publisher);
	look(driven, &readable);
	if (readable)
		natsConnection_ProcessReadEvent(driven->connection);
	take_acks(publisher);
	if (publisher->inflight.in_flight == 0)
		return dispose_when_idle(publisher, now);
	driven->idle_since_us = 0;
	if (now >= driven->next_sweep_us) {
		publisher_fail_overdue(publisher);
		driven->next_sweep_us = now + SWEEP_US;
	}
	return (driven->held > 0 ? HOLD_US : SWEEP_US) / 1000;
}

void driven_close(struct publisher *publisher)
{
	int64_t until = clock_mono_ms() + CLOSE_WAIT_MS;

	while (publisher->inflight.in_flight > 0 && clock_mono_ms() < until) {
		(void)publisher_drive(publisher);
		clock_sleep_ms(1);
	}
	inflight_close(&publisher->inflight);
	natsSubscription_Destroy(publisher->acks);
	bus_close(publisher->bus);
	driven_free(publisher->driven);
}
