// SPDX-License-Identifier: Apache-2.0
// Writing and reading a run's log in STEPS. Each step names the one before it, so a
// worker that lost its lease cannot extend the log, whatever it believes.
#pragma once

#include <pthread.h>
#include <stdint.h>

#include "agent-worker/journal.h"
#include "common/nats/publisher.h"
#include "proto/names.h"

struct steps {
	struct publisher *publisher;
	const pb_task *task; /* borrowed */
	const char *worker;
	int attempt;

	struct journal journal; /* the run's own thread only */

	pthread_mutex_t lock;
	uint64_t last_sequence; /* in STEPS; 0: the log is empty */
	int last_number;
	bool lost;          /* another worker has extended the log */
	struct fault fault; /* set: nothing more can be appended */
};

void steps_init(struct steps *steps, struct publisher *publisher, const pb_task *task,
	const char *worker, int attempt);
void steps_done(struct steps *steps);
DEFINE_AUTO_DONE(struct steps, steps_done)

/*
 * Reads what earlier attempts wrote, all that was there when the call began. Call it
 * once, before the first append. RETRY when JetStream does not give it.
 */
NODISCARD bool steps_read(struct steps *steps, struct bus *bus, struct fault *fault);

struct step {
	enum entry_kind kind;
	const char *name;
	json_t *payload; /* taken, also on failure; NULL is a lack of memory */
	int64_t duration_ms;
};

/*
 * Appends and waits until it is stored, then adds it to the journal (ENTRY_POSTED is
 * not: that kind comes from another thread). After a failure nobody knows whether the
 * step is there, so every later call fails alike: give the run back and read it again.
 */
NODISCARD bool steps_append(
	struct steps *steps, const struct step *step, struct fault *fault);

/* True once JetStream said that another worker writes this log. */
bool steps_lost(struct steps *steps);
