// SPDX-License-Identifier: Apache-2.0
// The inside of a job, between worker.c (which fetches) and job.c (which settles).
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "common/metrics.h"
#include "common/nats/tries.h"
#include "common/nats/worker.h"

/* What all jobs of one worker_run() share. */
struct job_owner {
	const struct worker *worker;
	struct publisher *publisher;
	struct tries *tries;    /* NULL: no limit */
	pthread_rwlock_t alone; /* a message at its last try is handled alone */
	pthread_mutex_t lock;
	pthread_cond_t settled;
	struct job *first; /* those in hand, for keeping them alive */
	int in_hand;
	atomic_bool fatal; /* one handler said FATAL: `fault` says why */
	struct fault fault;
	struct metric_series *done, *rejected, *retried, *postponed;
};

struct job {
	struct job_owner *owner;
	natsMsg *message;
	uint64_t stream_sequence;
	int64_t stored_at_us;
	int64_t started_us;
	int deliveries;
	int tries; /* handlings, with this one; 0: not known */

	atomic_int holds;        /* its handler, and each publish on its way; at 0 it is
				 settled */
	pthread_mutex_t lock;    /* for fault */
	struct fault fault;      /* the first failure, of the handler or of a publish */
	atomic_bool dead_stored; /* a rejected one's copy */
	atomic_bool postponed;
	long postpone_ms;
	struct job *previous, *next; /* owner's list */
};

/* Takes the message, also when it fails: then the message is given back for later. */
struct job *job_new(struct job_owner *owner, natsMsg *message);

/* The handler's hold ends; the job may be gone afterwards. */
void job_release(struct job *job);

/* Handles one job with worker->handle and releases it. */
void job_handle(struct job *job);

/* Tells JetStream that all jobs in hand are still worked on. */
void jobs_keep_alive(struct job_owner *owner);
