// SPDX-License-Identifier: Apache-2.0
// Telling the audit trail: who did what, when, for whom, because of which event.
#pragma once

#include "common/nats/publisher.h"
#include "common/nats/worker.h"

/* All borrowed; NULL means unknown. */
struct audit {
	const char *area;   /* event, run, config, token, provision */
	const char *action; /* "event.routed" */
	const char *org, *team;
	const char *event, *run; /* ids */
	const char *actor;
	const char *reason;
	const char *detail_json; /* an object */
	const char *traceparent;
	/*
	 * What makes the record the same when told twice (a redelivery): joined with
	 * action into the message id. NULL: every call is a record of its own.
	 */
	const char *once;
};

/* As part of a job: the message is settled only when the record is stored. */
NODISCARD bool audit_job(
	struct job *job, const struct audit *audit, struct fault *fault);

/* Waits until it is stored. */
NODISCARD bool audit_wait(
	struct publisher *publisher, const struct audit *audit, struct fault *fault);

/*
 * Sends and goes on. When it cannot be stored, tocsin_audit_lost_total counts it and
 * the log says so once a second.
 */
void audit_tell(struct publisher *publisher, const struct audit *audit);
