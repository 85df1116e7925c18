// SPDX-License-Identifier: Apache-2.0
// One run of one agent, from the claim to the end. See run.c for what a crash leads to.
#pragma once

#include "agent-worker/lease.h"
#include "agent-worker/model.h"
#include "agent-worker/outlet.h"
#include "agent-worker/progress.h"
#include "common/nats/worker.h"

/* What all runs of the process share; nothing in it changes. */
struct process {
	struct bus *bus;
	struct publisher *publisher;
	struct leases *leases;
	const char *worker; /* this process's name, in steps and leases */
	const char *pool;   /* whose tasks it takes: shared, dedicated */
	struct model model;
	struct endpoints endpoints;
};

/* Why a run ends here without being over. */
enum leave {
	LEAVE_NONE,
	LEAVE_STOP, /* the process is to stop */
	LEAVE_LOST, /* another worker has it, or may have it soon */
};

struct run {
	const struct process *process;
	struct job *job;
	const pb_task *task;
	struct http_client *http;          /* of the run's own thread */
	struct http_client *progress_http; /* of the thread that shows progress */

	json_t *config;      /* the team's, effective */
	const char *name;    /* of the agent, borrowed from task or config */
	const json_t *agent; /* borrowed from config; NULL: there is none */
	json_t *scope;       /* {"task", "event"}, for templates */
	int attempt;
	int64_t fencing_token;
	int64_t started_ms;  /* of this attempt, clock_mono_ms() */
	int64_t deadline_ms; /* for the agent's work in this attempt */
	long timeout_ms;
	int max_turns;

	struct lease *lease;
	struct steps steps;
	struct outlets outlets;
	struct progress *progress;
	enum leave leave;
};

/*
 * Does what the task asks, and settles nothing: true means the job is done or has been
 * postponed. `clients` are two, which no other thread uses.
 */
NODISCARD bool run_task(const struct process *process, struct http_client *clients[2],
	struct job *job, const pb_task *task, struct fault *fault);

/*
 * Asked before every effect on the outside and at every safe point. False, with RETRY
 * and `leave` set, when the run must not go on here.
 */
NODISCARD bool run_may_go_on(struct run *run, struct fault *fault);

/* Waits, looking whether the run may go on. */
NODISCARD bool run_wait(struct run *run, long ms, struct fault *fault);

/* Milliseconds left for the agent's work; 0: none. */
long run_time_left(const struct run *run);
