// SPDX-License-Identifier: Apache-2.0
#include "common/nats/worker.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/nats/job.h"
#include "common/pool.h"
#include "common/stop.h"

DEFINE_AUTO(jsConsumerInfo, jsConsumerInfo_Destroy)
DEFINE_AUTO(natsSubscription, natsSubscription_Destroy)

enum {
	ACK_WAIT_MS = 30000,
	FETCH_MS = 500,
	FULL_WAIT_MS = 100,
	TROUBLE_WAIT_MS = 500,
	LOOK_EVERY_MS = 5000,
	STOP_WAIT_MS = 30000,
	BATCH_MAX = 1024,
	IN_HAND_MAX = 16384, /* of a loop without threads: publishes not yet stored */
	ACK_PENDING_MAX = 1000000,
	NANOSECONDS_PER_MS = 1000000,
};

static struct metric messages_total = {.type = METRIC_COUNTER,
	.name = "tocsin_messages_total",
	.help = "Messages settled, by consumer and outcome",
	.labels = {"consumer", "outcome"}};

static struct metric in_hand = {.type = METRIC_GAUGE,
	.name = "tocsin_messages_in_hand",
	.help = "Messages fetched and not settled yet",
	.labels = {"consumer"}};

struct loop {
	struct job_owner owner;
	struct bus *bus;
	natsSubscription *subscription;
	struct pool *pool;
	int64_t next_keep_alive_ms;
	int64_t next_look_ms; /* at whether the consumer is there */
	bool lost;
};

static long ack_wait_ms(const struct worker *worker)
{
	return worker->ack_wait_ms ? worker->ack_wait_ms : ACK_WAIT_MS;
}

/* No delivery limit at the server: counting is ours, so that nothing is dropped unseen.
 */
static natsStatus ensure_consumer(const struct worker *worker, struct bus *bus)
{
	jsConsumerConfig config;
	jsErrCode code = 0;
	natsStatus status = jsConsumerConfig_Init(&config);

	if (status != NATS_OK)
		return status;
	config.Durable = worker->durable;
	config.FilterSubject = worker->filter;
	config.DeliverPolicy = js_DeliverAll;
	config.AckPolicy = js_AckExplicit;
	config.AckWait = ack_wait_ms(worker) * NANOSECONDS_PER_MS;
	config.MaxDeliver = -1;
	/* Of all processes together, and with what is postponed: no limit of ours. */
	config.MaxAckPending = ACK_PENDING_MAX;
	config.HeadersOnly = worker->headers_only;
	status = js_UpdateConsumer(
		NULL, bus_js(bus), worker->stream, &config, NULL, &code);
	if (status != NATS_OK)
		status = js_AddConsumer(
			NULL, bus_js(bus), worker->stream, &config, NULL, &code);
	return status;
}

static natsStatus subscribe(struct loop *loop)
{
	const struct worker *worker = loop->owner.worker;
	natsSubscription *subscription AUTO(natsSubscription_Destroy) = NULL;
	jsSubOptions options;
	natsStatus status = ensure_consumer(worker, loop->bus);

	if (status != NATS_OK)
		return status;
	(void)jsSubOptions_Init(&options);
	options.Stream = worker->stream;
	options.Consumer = worker->durable;
	/* nats.c compares this one field with what the consumer has. */
	options.Config.HeadersOnly = worker->headers_only;
	status = js_PullSubscribe(&subscription, bus_js(loop->bus), worker->filter,
		worker->durable, NULL, &options, NULL);
	if (status != NATS_OK)
		return status;
	natsSubscription_Destroy(loop->subscription);
	loop->subscription = TAKE(subscription);
	return NATS_OK;
}

static void handle_each(struct loop *loop, struct job **jobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (loop->pool)
			pool_add(loop->pool, jobs[i]);
		else
			job_handle(jobs[i]);
}

static void handle_whole(struct loop *loop, struct job **jobs, size_t count)
{
	const struct worker *worker = loop->owner.worker;
	struct fault fault = {0};

	if (!worker->handle_batch(worker->context, jobs, count, &fault))
		for (size_t i = 0; i < count; i++)
			job_fail(jobs[i], &fault);
	for (size_t i = 0; i < count; i++)
		job_release(jobs[i]);
}

static void handle(struct loop *loop, natsMsgList *list)
{
	struct job *jobs[BATCH_MAX];
	size_t count = 0;

	for (int i = 0; i < list->Count; i++) {
		struct job *job = job_new(&loop->owner, TAKE(list->Msgs[i]));

		if (job)
			jobs[count++] = job;
	}
	natsMsgList_Destroy(list);
	if (count > 0 && loop->owner.worker->handle_batch)
		handle_whole(loop, jobs, count);
	else
		handle_each(loop, jobs, count);
}

/* How many messages may be fetched now; waits a moment where it is none. */
static int room(struct loop *loop)
{
	const struct worker *worker = loop->owner.worker;
	int limit = worker->threads ? worker->threads : IN_HAND_MAX, free_places;

	(void)pthread_mutex_lock(&loop->owner.lock);
	if (loop->owner.in_hand >= limit) {
		struct timespec until;

		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += (long)FULL_WAIT_MS * NANOSECONDS_PER_MS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		(void)pthread_cond_timedwait(
			&loop->owner.settled, &loop->owner.lock, &until);
	}
	free_places = limit - loop->owner.in_hand;
	metric_set(metric_with(&in_hand, worker->durable, NULL, NULL),
		loop->owner.in_hand);
	(void)pthread_mutex_unlock(&loop->owner.lock);
	return free_places < worker->batch ? free_places : worker->batch;
}

/* Anything but messages or none: the server went, or the consumer did. */
static void lose(struct loop *loop, const char *reason)
{
	log_line(LOG_WARNING, "fetch failed, subscribing again",
		"consumer=%s reason=%s", loop->owner.worker->durable,
		log_quote(reason));
	loop->lost = true;
}

static bool recover(struct loop *loop)
{
	clock_sleep_ms(TROUBLE_WAIT_MS);
	loop->lost = !bus_is_connected(loop->bus) || subscribe(loop) != NATS_OK;
	return !loop->lost;
}

/* A server without the consumer leaves a fetch unanswered, as one without messages. */
static void look(struct loop *loop, int64_t now)
{
	const struct worker *worker = loop->owner.worker;
	jsConsumerInfo *info AUTO(jsConsumerInfo_Destroy) = NULL;

	if (now < loop->next_look_ms)
		return;
	loop->next_look_ms = now + LOOK_EVERY_MS;
	if (js_GetConsumerInfo(&info, bus_js(loop->bus), worker->stream,
		    worker->durable, NULL, NULL) == NATS_NOT_FOUND)
		lose(loop, "the consumer is gone");
}

static void keep_alive(struct loop *loop, int64_t now)
{
	if (!loop->pool || now < loop->next_keep_alive_ms)
		return;
	jobs_keep_alive(&loop->owner);
	loop->next_keep_alive_ms = now + ack_wait_ms(loop->owner.worker) / 3;
}

static void step(struct loop *loop)
{
	natsMsgList list = {0};
	natsStatus status;
	int64_t now = clock_mono_ms();
	int batch = room(loop);

	keep_alive(loop, now);
	if (batch <= 0 || (loop->lost && !recover(loop)))
		return;
	status = natsSubscription_Fetch(
		&list, loop->subscription, batch, FETCH_MS, NULL);
	if (status == NATS_OK)
		handle(loop, &list);
	else if (status == NATS_TIMEOUT)
		look(loop, now);
	else
		lose(loop, natsStatus_GetText(status));
}

static int count_in_hand(struct loop *loop)
{
	int count;

	(void)pthread_mutex_lock(&loop->owner.lock);
	count = loop->owner.in_hand;
	(void)pthread_mutex_unlock(&loop->owner.lock);
	return count;
}

/* Until all in hand are settled: their publishes have deadlines, their handlers look at
 * job_should_stop(). Meanwhile nobody else is to get them. */
static void drain(struct loop *loop)
{
	int64_t next_word = clock_mono_ms() + STOP_WAIT_MS;

	for (int count; (count = count_in_hand(loop)) > 0; clock_sleep_ms(5)) {
		int64_t now = clock_mono_ms();

		keep_alive(loop, now);
		if (now < next_word)
			continue;
		log_line(LOG_WARNING, "stopping, handlers still work",
			"consumer=%s messages=%d", loop->owner.worker->durable, count);
		next_word += STOP_WAIT_MS;
	}
}

static void run_job(void *job)
{
	job_handle(job);
}

static bool attach(struct loop *loop, struct fault *fault)
{
	const struct worker *worker = loop->owner.worker;
	natsStatus status;

	if (worker->max_deliveries > 0 && !loop->owner.tries &&
		!tries_open(&loop->owner.tries, loop->bus, worker->durable,
			worker->stream, fault))
		return false;
	status = subscribe(loop);
	return status == NATS_OK || bus_fault(fault, status, "consumer");
}

static bool start(struct loop *loop, struct fault *fault)
{
	const struct worker *worker = loop->owner.worker;
	struct fault reason = {0};

	while (!attach(loop, &reason)) {
		if (stop_requested())
			return true;
		log_line(LOG_WARNING, "no consumer yet",
			"consumer=%s stream=%s reason=%s", worker->durable,
			worker->stream, log_quote(reason.text));
		clock_sleep_ms(TROUBLE_WAIT_MS);
	}
	return worker->threads == 0 ||
		pool_start(
			&loop->pool, worker->threads, worker->threads, run_job, fault);
}

static void owner_init(struct job_owner *owner, const struct worker *worker,
	struct publisher *publisher)
{
	const char *name = worker->durable;
	pthread_rwlockattr_t fair;

	*owner = (struct job_owner){.worker = worker,
		.publisher = publisher,
		.done = metric_with(&messages_total, name, "done", NULL),
		.rejected = metric_with(&messages_total, name, "rejected", NULL),
		.retried = metric_with(&messages_total, name, "retried", NULL),
		.postponed = metric_with(&messages_total, name, "postponed", NULL)};
	/* As it is by default, one that wants to be alone might wait for ever. */
	(void)pthread_rwlockattr_init(&fair);
	(void)pthread_rwlockattr_setkind_np(
		&fair, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	(void)pthread_rwlock_init(&owner->alone, &fair);
	(void)pthread_rwlockattr_destroy(&fair);
	(void)pthread_mutex_init(&owner->lock, NULL);
	(void)pthread_cond_init(&owner->settled, NULL);
}

bool worker_run(const struct worker *worker, struct bus *bus,
	struct publisher *publisher, struct fault *fault)
{
	struct loop loop = {.bus = bus};
	bool good;

	assert(worker->batch >= 1 && worker->batch <= BATCH_MAX);
	assert(!worker->handle_batch ||
		(worker->threads == 0 && worker->max_deliveries == 0));
	owner_init(&loop.owner, worker, publisher);
	good = start(&loop, fault);
	while (good && !stop_requested() && !loop.owner.fatal)
		step(&loop);
	drain(&loop);
	pool_stop(loop.pool);
	natsSubscription_Destroy(loop.subscription);
	tries_close(loop.owner.tries);
	if (good && loop.owner.fatal) {
		*fault = loop.owner.fault;
		good = false;
	}
	(void)pthread_cond_destroy(&loop.owner.settled);
	(void)pthread_mutex_destroy(&loop.owner.lock);
	(void)pthread_rwlock_destroy(&loop.owner.alone);
	return good;
}
