// SPDX-License-Identifier: Apache-2.0
// One thread of nats.c brings the acks, one thread of ours keeps the deadlines.
#include "common/nats/publisher.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/ack.h"
#include "common/nats/publisher_private.h"
#include "common/text.h"

enum { SWEEP_MS = 20, CLOSE_WAIT_MS = 2000, REPLY_SIZE = 96, LARGE = 64 << 10 };

static void destroy_spent(struct publisher *publisher)
{
	struct spent spent;

	(void)pthread_mutex_lock(&publisher->lock);
	spent = publisher->spent;
	publisher->spent.count = 0;
	(void)pthread_mutex_unlock(&publisher->lock);
	for (int i = 0; i < spent.count; i++)
		natsMsg_Destroy(spent.list[i]);
}

void publisher_dispose(struct publisher *publisher, natsMsg *message, bool all)
{
	if (message) {
		(void)pthread_mutex_lock(&publisher->lock);
		while (publisher->spent.count == SPENT_MAX) {
			(void)pthread_mutex_unlock(&publisher->lock);
			destroy_spent(publisher);
			(void)pthread_mutex_lock(&publisher->lock);
		}
		publisher->spent.list[publisher->spent.count++] = message;
		(void)pthread_mutex_unlock(&publisher->lock);
	}
	if (all)
		destroy_spent(publisher);
}

void publisher_take_ack(struct publisher *publisher, natsMsg *message)
{
	struct published result = {0};
	struct slot slot;
	char error[160];

	if (inflight_release(&publisher->inflight,
		    natsMsg_GetSubject(message) + publisher->inbox_len, &slot)) {
		if (natsMsg_IsNoResponders(message))
			result.error = "no stream takes this subject now";
		else
			ack_parse(&result, natsMsg_GetData(message),
				(size_t)natsMsg_GetDataLength(message), error,
				sizeof(error));
		slot.done(slot.context, &result);
	}
	publisher_dispose(publisher, message, false);
}

static void fail(struct publisher *publisher, bool all, const char *why)
{
	struct published result = {.error = why};
	struct slot slot;

	while (inflight_overdue(&publisher->inflight, all, &slot))
		slot.done(slot.context, &result);
}

void publisher_fail_all(struct publisher *publisher, const char *why)
{
	fail(publisher, true, why);
}

void publisher_fail_overdue(struct publisher *publisher)
{
	if (!bus_is_connected(publisher->bus))
		fail(publisher, true, "the connection to NATS was lost");
	else
		fail(publisher, false, "JetStream did not answer in time");
}

static void on_ack(natsConnection *connection, natsSubscription *subscription,
	natsMsg *message, void *context)
{
	(void)connection;
	(void)subscription;
	publisher_take_ack(context, message);
}

static void on_acks_done(void *context)
{
	struct publisher *publisher = context;

	(void)pthread_mutex_lock(&publisher->lock);
	publisher->acks_done = true;
	(void)pthread_cond_broadcast(&publisher->changed);
	(void)pthread_mutex_unlock(&publisher->lock);
}

/* Sleeps while nothing is in flight. */
static void *sweep(void *context)
{
	struct publisher *publisher = context;
	bool going_on = true;

	while (going_on) {
		(void)pthread_mutex_lock(&publisher->lock);
		while (publisher->inflight.in_flight == 0 && !publisher->stopping)
			(void)pthread_cond_wait(&publisher->changed, &publisher->lock);
		going_on = !publisher->stopping;
		(void)pthread_mutex_unlock(&publisher->lock);
		publisher_fail_overdue(publisher);
		publisher_dispose(publisher, NULL, true);
		if (going_on)
			clock_sleep_ms(SWEEP_MS);
	}
	return NULL;
}

static void wake_sweeper(struct publisher *publisher)
{
	(void)pthread_mutex_lock(&publisher->lock);
	(void)pthread_cond_broadcast(&publisher->changed);
	(void)pthread_mutex_unlock(&publisher->lock);
}

bool publisher_make_inbox(
	struct publisher *publisher, char subject[72], struct fault *fault)
{
	natsInbox *inbox = NULL;
	natsStatus status = natsInbox_Create(&inbox);

	if (status != NATS_OK)
		return fault_set(
			fault, FAULT_FATAL, "an inbox: %s", natsStatus_GetText(status));
	publisher->inbox_len = (size_t)snprintf(
		publisher->inbox, sizeof(publisher->inbox), "%s.", inbox);
	natsInbox_Destroy(inbox);
	(void)snprintf(subject, 72, "%s*", publisher->inbox);
	return true;
}

static natsStatus listen_for_acks(struct publisher *publisher, const char *subject)
{
	natsStatus status = natsConnection_Subscribe(&publisher->acks,
		bus_connection(publisher->bus), subject, on_ack, publisher);

	if (status == NATS_OK)
		status = natsSubscription_SetPendingLimits(publisher->acks, -1, -1);
	if (status == NATS_OK)
		status = natsSubscription_SetOnCompleteCB(
			publisher->acks, on_acks_done, publisher);
	return status;
}

bool publisher_open(
	struct publisher **out, struct bus *bus, int max_in_flight, struct fault *fault)
{
	struct publisher *publisher = calloc(1, sizeof(*publisher));
	char subject[72];
	natsStatus status;

	assert(max_in_flight >= 1 && max_in_flight <= 65536);
	if (!publisher || !inflight_init(&publisher->inflight, max_in_flight)) {
		free(publisher);
		return fault_set(fault, FAULT_FATAL, "no memory");
	}
	publisher->bus = bus;
	(void)pthread_mutex_init(&publisher->lock, NULL);
	(void)pthread_cond_init(&publisher->changed, NULL);
	if (!publisher_make_inbox(publisher, subject, fault)) {
		inflight_done(&publisher->inflight);
		free(publisher);
		return false;
	}
	status = listen_for_acks(publisher, subject);
	if (status != NATS_OK ||
		pthread_create(&publisher->sweeper, NULL, sweep, publisher) != 0) {
		natsSubscription_Destroy(publisher->acks);
		inflight_done(&publisher->inflight);
		free(publisher);
		return fault_set(fault, FAULT_FATAL, "listening for acks: %s",
			natsStatus_GetText(status));
	}
	*out = publisher;
	return true;
}

/* The subscription's thread may still run a callback: wait for its end. */
static void stop_listening(struct publisher *publisher)
{
	if (natsSubscription_Unsubscribe(publisher->acks) == NATS_OK) {
		(void)pthread_mutex_lock(&publisher->lock);
		while (!publisher->acks_done)
			(void)pthread_cond_wait(&publisher->changed, &publisher->lock);
		(void)pthread_mutex_unlock(&publisher->lock);
	}
	natsSubscription_Destroy(publisher->acks);
}

static void stop_threads(struct publisher *publisher)
{
	int64_t until = clock_mono_ms() + CLOSE_WAIT_MS;

	while (publisher->inflight.in_flight > 0 && clock_mono_ms() < until)
		clock_sleep_ms(1);
	inflight_close(&publisher->inflight);
	stop_listening(publisher);
	(void)pthread_mutex_lock(&publisher->lock);
	publisher->stopping = true;
	(void)pthread_cond_broadcast(&publisher->changed);
	(void)pthread_mutex_unlock(&publisher->lock);
	(void)pthread_join(publisher->sweeper, NULL);
}

void publisher_close(struct publisher *publisher)
{
	if (!publisher)
		return;
	if (publisher->driven)
		driven_close(publisher);
	else
		stop_threads(publisher);
	publisher_fail_all(publisher, "the publisher is closed");
	publisher_dispose(publisher, NULL, true);
	(void)pthread_cond_destroy(&publisher->changed);
	(void)pthread_mutex_destroy(&publisher->lock);
	inflight_done(&publisher->inflight);
	free(publisher);
}

static natsStatus build(
	natsMsg **out, const struct outgoing *message, const char *reply)
{
	natsStatus status = natsMsg_Create(
		out, message->subject, reply, message->body, (int)message->body_len);

	for (size_t i = 0; i < message->header_count && status == NATS_OK; i++)
		status = natsMsgHeader_Set(
			*out, message->headers[i].name, message->headers[i].value);
	return status;
}

/*
 * Its headers are some thirty small blocks. They are freed by the thread that made them:
 * nats.c's own, which never allocates, has no cache of jemalloc's and takes a lock for each.
 */
static void strip(natsMsg *msg, const struct outgoing *message)
{
	for (size_t i = 0; i < message->header_count; i++)
		(void)natsMsgHeader_Delete(msg, message->headers[i].name);
}

/* The slot is given back without a call: the caller learns of the failure at once. */
static bool send_failed(struct publisher *publisher, const char *token,
	natsStatus status, struct fault *fault)
{
	struct slot slot;

	if (!inflight_release(&publisher->inflight, token, &slot))
		return true; /* a deadline was faster: the callback has been called */
	if (status == NATS_MAX_PAYLOAD)
		return fault_set(fault, FAULT_REJECT,
			"the message is larger than nats-server's max_payload");
	return bus_fault(fault, status, "publish");
}

size_t publisher_max_payload(const struct publisher *publisher)
{
	int64_t most = natsConnection_GetMaxPayload(bus_connection(publisher->bus));

	return most > 0 ? (size_t)most : 0;
}

bool publisher_send(struct publisher *publisher, const struct outgoing *message,
	published_callback done, void *context, struct fault *fault)
{
	natsMsg *msg = NULL;
	char reply[REPLY_SIZE], token[SLOT_TOKEN_SIZE];
	natsStatus status;
	bool first;

	if (!bus_is_connected(publisher->bus))
		return fault_set(fault, FAULT_RETRY, "no connection to NATS");
	if (publisher->driven && driven_is_full(publisher))
		return fault_set(fault, FAULT_RETRY,
			"nats-server does not take what waits for it already");
	if (!inflight_take(&publisher->inflight, done, context, message->deadline_ms,
		    token, &first))
		return fault_set(fault, FAULT_RETRY,
			"%d messages wait for JetStream already",
			publisher->inflight.size);
	if (!publisher->driven && first)
		wake_sweeper(publisher);
	(void)TEXT_JOIN(reply, publisher->inbox, token);
	status = build(&msg, message, reply);
	if (status == NATS_OK)
		status = natsConnection_PublishMsg(bus_connection(publisher->bus), msg);
	if (msg)
		strip(msg, message);
	/* Many large ones must not wait for company. */
	if (msg && message->body_len > LARGE)
		natsMsg_Destroy(msg);
	else if (msg)
		publisher_dispose(publisher, msg, false);
	if (status != NATS_OK)
		return send_failed(publisher, token, status, fault);
	if (publisher->driven)
		driven_sent(publisher);
	return true;
}

struct waiting {
	pthread_mutex_t lock;
	pthread_cond_t arrived;
	bool done;
	struct published result;
	char error[160];
};

static void wake(void *context, const struct published *result)
{
	struct waiting *waiting = context;

	(void)pthread_mutex_lock(&waiting->lock);
	waiting->result = *result;
	if (result->error)
		(void)snprintf(
			waiting->error, sizeof(waiting->error), "%s", result->error);
	waiting->done = true;
	(void)pthread_cond_signal(&waiting->arrived);
	(void)pthread_mutex_unlock(&waiting->lock);
}

bool publisher_send_wait(struct publisher *publisher, const struct outgoing *message,
	struct published *out, struct fault *fault)
{
	struct waiting waiting = {
		.lock = PTHREAD_MUTEX_INITIALIZER, .arrived = PTHREAD_COND_INITIALIZER};

	assert(!publisher->driven);
	if (!publisher_send(publisher, message, wake, &waiting, fault))
		return false;
	(void)pthread_mutex_lock(&waiting.lock);
	while (!waiting.done)
		(void)pthread_cond_wait(&waiting.arrived, &waiting.lock);
	(void)pthread_mutex_unlock(&waiting.lock);
	(void)pthread_mutex_destroy(&waiting.lock);
	(void)pthread_cond_destroy(&waiting.arrived);
	if (out) {
		*out = waiting.result;
		out->error = NULL;
	}
	return waiting.result.stored ||
		fault_set(fault, waiting.result.refused ? FAULT_REJECT : FAULT_RETRY,
			"%s: %s", message->subject, waiting.error);
}

void publisher_wait_below(struct publisher *publisher, int count)
{
	inflight_wait_below(&publisher->inflight, count);
}

int publisher_in_flight(const struct publisher *publisher)
{
	return publisher->inflight.in_flight;
}

int publisher_capacity(const struct publisher *publisher)
{
	return publisher->inflight.size;
}

bool publisher_is_connected(const struct publisher *publisher)
{
	return bus_is_connected(publisher->bus);
}
