// SPDX-License-Identifier: Apache-2.0
#include "common/nats/job.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/nats/subjects.h"
#include "common/stop.h"

enum {
	RETRY_FIRST_MS = 1000,
	RETRY_LAST_MS = 60000,
	DEAD_HEADERS_MAX = 64,
};

static struct metric message_seconds = {.type = METRIC_HISTOGRAM,
	.name = "tocsin_message_seconds",
	.help = "Time from fetching a message to settling it",
	.labels = {"consumer"}};

struct job *job_new(struct job_owner *owner, natsMsg *message)
{
	struct job *job = calloc(1, sizeof(*job));
	jsMsgMetaData *meta = NULL;

	if (!job || natsMsg_GetMetaData(&meta, message) != NATS_OK) {
		log_line(LOG_ERROR, "message given back", "subject=%s reason=%s",
			log_quote(natsMsg_GetSubject(message)),
			job ? "no-metadata" : "no-memory");
		(void)natsMsg_NakWithDelay(message, RETRY_FIRST_MS, NULL);
		natsMsg_Destroy(message);
		free(job);
		return NULL;
	}
	job->owner = owner;
	job->message = message;
	job->stream_sequence = meta->Sequence.Stream;
	job->stored_at_us = meta->Timestamp / 1000;
	job->deliveries = (int)meta->NumDelivered;
	job->started_us = clock_mono_us();
	job->holds = 1;
	(void)pthread_mutex_init(&job->lock, NULL);
	jsMsgMetaData_Destroy(meta);
	(void)pthread_mutex_lock(&owner->lock);
	job->next = owner->first;
	if (owner->first)
		owner->first->previous = job;
	owner->first = job;
	owner->in_hand++;
	(void)pthread_mutex_unlock(&owner->lock);
	return job;
}

static void job_free(struct job *job)
{
	struct job_owner *owner = job->owner;

	metric_observe_us(
		metric_with(&message_seconds, owner->worker->durable, NULL, NULL),
		clock_mono_us() - job->started_us);
	(void)pthread_mutex_lock(&owner->lock);
	if (job->previous)
		job->previous->next = job->next;
	else
		owner->first = job->next;
	if (job->next)
		job->next->previous = job->previous;
	owner->in_hand--;
	(void)pthread_cond_broadcast(&owner->settled);
	(void)pthread_mutex_unlock(&owner->lock);
	natsMsg_Destroy(job->message);
	(void)pthread_mutex_destroy(&job->lock);
	free(job);
}

/*
 * Settling only sends; if the connection is gone meanwhile the message comes again
 * after ack_wait, and every handler is made for that.
 */
static void settle(struct job *job, natsStatus status, struct metric_series *counter)
{
	if (status != NATS_OK)
		log_line(LOG_WARNING, "settling failed, the message will come again",
			"subject=%s reason=%s",
			log_quote(natsMsg_GetSubject(job->message)),
			log_quote(natsStatus_GetText(status)));
	metric_add(counter, 1);
	job_free(job);
}

static long retry_delay_ms(const struct job *job)
{
	int before = job->owner->tries ? job->tries - 1 : job->deliveries - 1;
	int doublings = before > 0 ? before : 0;
	long delay_ms = doublings >= 6 ? RETRY_LAST_MS : RETRY_FIRST_MS << doublings;

	return delay_ms > job->fault.retry_after_ms ? delay_ms
						    : job->fault.retry_after_ms;
}

static void give_back(struct job *job, long delay_ms, struct metric_series *counter)
{
	natsStatus status = delay_ms > 0
		? natsMsg_NakWithDelay(job->message, delay_ms, NULL)
		: natsMsg_Nak(job->message, NULL);

	settle(job, status, counter);
}

/* The last of reject() and the callback settles: either may still need the message. */
static void release_rejected(struct job *job)
{
	if (atomic_fetch_sub(&job->holds, 1) > 1)
		return;
	if (job->dead_stored)
		settle(job, natsMsg_Term(job->message, NULL), job->owner->rejected);
	else
		give_back(job, RETRY_LAST_MS, job->owner->retried);
}

static void on_dead_stored(void *context, const struct published *result)
{
	struct job *job = context;

	job->dead_stored = result->stored;
	if (!result->stored)
		log_line(LOG_ERROR, "not stored in DEAD, kept for later",
			"subject=%s reason=%s",
			log_quote(natsMsg_GetSubject(job->message)),
			log_quote(result->error));
	release_rejected(job);
}

/* The message's own headers, without those that would mean something to JetStream. */
static size_t copy_headers(struct header *out, size_t size, natsMsg *message)
{
	const char **keys = NULL;
	int count = 0;
	size_t used = 0;

	if (natsMsgHeader_Keys(message, &keys, &count) != NATS_OK)
		return 0;
	for (int i = 0; i < count && used < size; i++)
		if (strncmp(keys[i], "Nats-", 5) != 0)
			out[used++] =
				(struct header){keys[i], bus_header(message, keys[i])};
	free(keys);
	return used;
}

/* A copy in DEAD first, with why; only then is the message terminated. */
static void reject(struct job *job)
{
	const struct worker *worker = job->owner->worker;
	struct header headers[DEAD_HEADERS_MAX];
	char id[SUBJECT_SIZE], subject[SUBJECT_SIZE], sequence[24], deliveries[16];
	size_t used = copy_headers(headers, DEAD_HEADERS_MAX - 7, job->message);
	struct fault fault = {0};

	/* The time tells it from one of an earlier stream of the same name. */
	(void)snprintf(id, sizeof(id), "dead:%s:%s:%llu:%lld", worker->durable,
		worker->stream, (unsigned long long)job->stream_sequence,
		(long long)job->stored_at_us);
	(void)snprintf(subject, sizeof(subject), SUBJECT_DEAD, worker->durable);
	(void)snprintf(sequence, sizeof(sequence), "%llu",
		(unsigned long long)job->stream_sequence);
	(void)snprintf(deliveries, sizeof(deliveries), "%d", job->deliveries);
	headers[used++] = (struct header){HEADER_MESSAGE_ID, id};
	headers[used++] = (struct header){HEADER_DEAD_STAGE, worker->durable};
	headers[used++] = (struct header){HEADER_DEAD_REASON, job->fault.text};
	headers[used++] =
		(struct header){HEADER_DEAD_SUBJECT, natsMsg_GetSubject(job->message)};
	headers[used++] = (struct header){HEADER_DEAD_STREAM, worker->stream};
	headers[used++] = (struct header){HEADER_DEAD_SEQUENCE, sequence};
	headers[used++] = (struct header){HEADER_DEAD_DELIVERIES, deliveries};
	/* Of this function and of the callback, which may come before the message is
	 * sent: when the connection is lost in between. */
	atomic_store(&job->holds, 2);
	if (!publisher_send(job->owner->publisher,
		    &(struct outgoing){.subject = subject,
			    .headers = headers,
			    .header_count = used,
			    .body = natsMsg_GetData(job->message),
			    .body_len = (size_t)natsMsg_GetDataLength(job->message)},
		    on_dead_stored, job, &fault))
		on_dead_stored(job, &(struct published){.error = fault.text});
	release_rejected(job);
}

static void fatal(struct job *job)
{
	struct job_owner *owner = job->owner;

	(void)pthread_mutex_lock(&owner->lock);
	if (!owner->fatal)
		owner->fault = job->fault;
	owner->fatal = true;
	(void)pthread_mutex_unlock(&owner->lock);
	job_free(job);
}

static bool too_often(const struct job *job)
{
	int limit = job->owner->worker->max_deliveries;

	return limit > 0 && job->tries >= limit;
}

static void finish(struct job *job)
{
	if (job->fault.kind != FAULT_NONE)
		log_fault(&job->fault, "%s %s", job->owner->worker->durable,
			natsMsg_GetSubject(job->message));
	if (job->fault.kind == FAULT_FATAL)
		fatal(job);
	else if (job->fault.kind == FAULT_REJECT ||
		(job->fault.kind == FAULT_RETRY && too_often(job)))
		reject(job);
	else if (job->fault.kind == FAULT_RETRY)
		give_back(job, retry_delay_ms(job), job->owner->retried);
	else if (job->postponed)
		give_back(job, job->postpone_ms, job->owner->postponed);
	else
		settle(job, natsMsg_Ack(job->message, NULL), job->owner->done);
}

void job_release(struct job *job)
{
	if (atomic_fetch_sub(&job->holds, 1) == 1)
		finish(job);
}

void job_fail(struct job *job, const struct fault *fault)
{
	assert(fault->kind != FAULT_NONE);
	(void)pthread_mutex_lock(&job->lock);
	if (job->fault.kind == FAULT_NONE || fault->kind == FAULT_FATAL)
		job->fault = *fault;
	(void)pthread_mutex_unlock(&job->lock);
}

static struct tries_message as_tried(const struct job *job)
{
	return (struct tries_message){job->stream_sequence, job->stored_at_us};
}

/*
 * Noted before it is handled, so that one that kills the process is counted too. Those
 * handled in other threads at that moment are counted with it; so the last try is made
 * alone. Leaves owner->alone locked.
 */
static bool count_try(struct job *job, struct fault *fault)
{
	struct job_owner *owner = job->owner;
	struct tries_message message = as_tried(job);
	int before = 0, limit = owner->worker->max_deliveries;
	bool known = !owner->tries || job->deliveries == 1;
	bool read = known || tries_get(owner->tries, &message, &before, fault);

	if (read && !known && before + 1 == limit)
		(void)pthread_rwlock_wrlock(&owner->alone);
	else
		(void)pthread_rwlock_rdlock(&owner->alone);
	if (read && !known && before >= limit)
		return fault_set(
			fault, FAULT_REJECT, "handled %d times, never settled", before);
	if (!read || (!known && !tries_put(owner->tries, &message, before + 1, fault)))
		return false;
	job->tries = before + 1;
	return true;
}

/*
 * Takes the note back: it did no harm. When that fails, a handling is counted that was
 * none, which matters only to a message at its very limit.
 */
static void uncount_try(struct job *job)
{
	struct tries_message message = as_tried(job);
	struct fault fault = {0};

	if (job->owner->tries &&
		!tries_put(job->owner->tries, &message, job->tries - 1, &fault))
		log_fault(&fault, "tries of %s", natsMsg_GetSubject(job->message));
}

/* After its last try one that was handled well may come again all the same, when the
 * process is killed before its ack is sent. */
static void after_success(struct job *job)
{
	if (job->postponed || job->tries == job->owner->worker->max_deliveries)
		uncount_try(job);
	if (job->postponed)
		job->tries--;
}

void job_handle(struct job *job)
{
	const struct worker *worker = job->owner->worker;
	struct fault fault = {0};

	if (!count_try(job, &fault) || !worker->handle(worker->context, job, &fault)) {
		assert(fault.kind != FAULT_NONE);
		job_fail(job, &fault);
	} else {
		after_success(job);
	}
	(void)pthread_rwlock_unlock(&job->owner->alone);
	job_release(job);
}

static void on_published(void *context, const struct published *result)
{
	struct job *job = context;
	struct fault fault = {0};

	if (!result->stored) {
		(void)fault_set(&fault, FAULT_RETRY, "publish: %s", result->error);
		job_fail(job, &fault);
	}
	job_release(job);
}

bool job_publish(struct job *job, const struct outgoing *message, struct fault *fault)
{
	struct publisher *publisher = job->owner->publisher;

	publisher_wait_below(publisher, publisher_capacity(publisher));
	(void)atomic_fetch_add(&job->holds, 1);
	if (publisher_send(publisher, message, on_published, job, fault))
		return true;
	(void)atomic_fetch_sub(&job->holds, 1);
	return false;
}

void job_postpone(struct job *job, long delay_ms)
{
	job->postpone_ms = delay_ms;
	job->postponed = true;
}

bool job_should_stop(const struct job *job)
{
	return stop_requested() || job->owner->fatal;
}

void jobs_keep_alive(struct job_owner *owner)
{
	(void)pthread_mutex_lock(&owner->lock);
	for (struct job *job = owner->first; job; job = job->next)
		/* A lost one means a second delivery, which the run's lease turns away.
		 */
		(void)natsMsg_InProgress(job->message, NULL);
	(void)pthread_mutex_unlock(&owner->lock);
}

natsMsg *job_message(struct job *job)
{
	return job->message;
}

const char *job_subject(struct job *job)
{
	return natsMsg_GetSubject(job->message);
}

const void *job_data(struct job *job, size_t *len)
{
	*len = (size_t)natsMsg_GetDataLength(job->message);
	return natsMsg_GetData(job->message);
}

const char *job_header(struct job *job, const char *name)
{
	return bus_header(job->message, name);
}

uint64_t job_stream_sequence(const struct job *job)
{
	return job->stream_sequence;
}

int64_t job_stored_at_us(const struct job *job)
{
	return job->stored_at_us;
}

int job_deliveries(const struct job *job)
{
	return job->deliveries;
}

int job_tries(const struct job *job)
{
	return job->tries;
}
