// SPDX-License-Identifier: Apache-2.0
// The consuming loop: fetch, handle, settle. A handler's fault says what becomes of the
// message; see fault.h. Nothing is lost when the process dies: what was not settled is
// delivered again after `ack_wait_ms`.
#pragma once

#include <stdint.h>

#include "common/nats/publisher.h"

/* A message in hand. It is settled when its handler has returned and every publish is
 * acked. */
struct job;

struct worker {
	const char *stream;
	const char *durable; /* the consumer's name, also the stage of DEAD */
	const char *filter;  /* subject; NULL: all of the stream */
	bool headers_only;   /* the body is left out */

	int batch;        /* messages per fetch; with threads, at most so many wait */
	int threads;      /* 0: handled in the loop itself; else in so many threads */
	long ack_wait_ms; /* 0: 30 s. Messages in threads are kept alive by the loop */
	/*
	 * Once a message was handled so often, RETRY is as REJECT; when none of these
	 * was the end of it, because the process died, it is not handled again. Needs
	 * BUCKET_TRIES. 0: no limit; so it must be with handle_batch.
	 */
	int max_deliveries;

	/* One message at a time. NULL where handle_batch is set. */
	bool (*handle)(void *context, struct job *job, struct fault *fault);

	/*
	 * A whole fetch at once (threads must be 0). Single jobs may be failed with
	 * job_fail(); a false return with a fault is for all that were not.
	 */
	bool (*handle_batch)(
		void *context, struct job **jobs, size_t count, struct fault *fault);
	void *context;
};

/*
 * Makes or updates the durable consumer and works until a stop is requested, then
 * finishes what is in hand. False only with a FATAL fault; the unsettled messages go
 * elsewhere.
 */
NODISCARD bool worker_run(const struct worker *worker, struct bus *bus,
	struct publisher *publisher, struct fault *fault);

/* All borrowed, as long as the handler runs. */
natsMsg *job_message(struct job *job);
const char *job_subject(struct job *job);
const void *job_data(struct job *job, size_t *len);
const char *job_header(struct job *job, const char *name); /* "" when there is none */

uint64_t job_stream_sequence(const struct job *job);
int64_t job_stored_at_us(const struct job *job); /* when JetStream stored it */
int job_deliveries(const struct job *job);       /* JetStream's count, from 1 */

/*
 * Which handling this is, from 1, where there is a limit: postponed ones, and
 * deliveries to a process that died before it came to the message, are not counted.
 */
int job_tries(const struct job *job);

/*
 * Publishes something this message causes. The message is acknowledged only when
 * JetStream has stored all of these; when one fails it is delivered again. Waits while
 * too many messages are in flight.
 */
NODISCARD bool job_publish(
	struct job *job, const struct outgoing *message, struct fault *fault);

/* Fails one job of a batch. */
void job_fail(struct job *job, const struct fault *fault);

/*
 * Gives the message back for later, as no fault of its own: it is not counted as a
 * failure and never goes to DEAD for it. The handler returns true after it.
 */
void job_postpone(struct job *job, long delay_ms);

/*
 * True when the process is to stop: a long handler should come to a safe point, then
 * job_postpone(job, 0) and return true, so that another process goes on at once.
 */
bool job_should_stop(const struct job *job);
