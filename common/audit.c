// SPDX-License-Identifier: Apache-2.0
#include "common/audit.h"

#include <stdatomic.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/ids.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/nats/subjects.h"
#include "common/wire.h"
#include "proto/names.h"

enum { WORD_EVERY_MS = 1000, HEADERS = 2 };

static struct metric lost = {.type = METRIC_COUNTER,
	.name = "tocsin_audit_lost_total",
	.help = "Audit records that could not be stored"};

/* A record as a message; its parts live in here. */
struct record {
	struct wire wire;
	struct header headers[HEADERS];
	char subject[SUBJECT_SIZE];
	char id[UUID_SIZE];
	char message_id[SUBJECT_SIZE];
	struct outgoing message;
};

static void record_done(struct record *record)
{
	wire_done(&record->wire);
}
DEFINE_AUTO_DONE(struct record, record_done)

static const char *token_or_unknown(const char *name)
{
	return name && *name ? name : SUBJECT_UNKNOWN;
}

static void fill(pb_audit_record *out, const struct audit *audit, char *id)
{
	pb_audit_record_init(out);
	out->id = id;
	out->at_us = clock_wall_us();
	out->area = wire_string(audit->area);
	out->action = wire_string(audit->action);
	out->org = wire_string(audit->org);
	out->team = wire_string(audit->team);
	out->event_id = wire_string(audit->event);
	out->run_id = wire_string(audit->run);
	out->actor = wire_string(audit->actor);
	out->reason = wire_string(audit->reason);
	out->detail_json = wire_string(audit->detail_json);
	out->traceparent = wire_string(audit->traceparent);
}

static bool build(struct record *record, const struct audit *audit, struct fault *fault)
{
	pb_audit_record message;

	(void)id_make(record->id);
	fill(&message, audit, record->id);
	if (!wire_pack(&record->wire, &message.base, fault))
		return false;
	(void)snprintf(record->subject, sizeof(record->subject), SUBJECT_AUDIT,
		audit->area, token_or_unknown(audit->org),
		token_or_unknown(audit->team));
	if (audit->once)
		(void)snprintf(record->message_id, sizeof(record->message_id), "%s:%s",
			audit->action, audit->once);
	else
		(void)snprintf(record->message_id, sizeof(record->message_id), "%s",
			record->id);
	record->headers[0] = (struct header){HEADER_MESSAGE_ID, record->message_id};
	record->headers[1] = (struct header){HEADER_TRACE, audit->traceparent};
	record->message = (struct outgoing){.subject = record->subject,
		.headers = record->headers,
		.header_count = audit->traceparent && *audit->traceparent ? 2 : 1,
		.body = record->wire.data,
		.body_len = record->wire.len};
	return true;
}

bool audit_job(struct job *job, const struct audit *audit, struct fault *fault)
{
	struct record record AUTO(record_done) = {0};

	return build(&record, audit, fault) && job_publish(job, &record.message, fault);
}

bool audit_wait(
	struct publisher *publisher, const struct audit *audit, struct fault *fault)
{
	struct record record AUTO(record_done) = {0};

	return build(&record, audit, fault) &&
		publisher_send_wait(publisher, &record.message, NULL, fault);
}

static void count_lost(const char *why)
{
	static _Atomic int64_t next_word_ms;
	int64_t now = clock_mono_ms(), due = next_word_ms;

	metric_count(&lost);
	if (now >= due &&
		atomic_compare_exchange_strong(
			&next_word_ms, &due, now + WORD_EVERY_MS))
		log_line(LOG_ERROR, "audit record lost", "reason=%s", log_quote(why));
}

static void on_told(void *context, const struct published *result)
{
	(void)context;
	if (!result->stored)
		count_lost(result->error);
}

void audit_tell(struct publisher *publisher, const struct audit *audit)
{
	struct record record AUTO(record_done) = {0};
	struct fault fault = {0};

	if (!build(&record, audit, &fault) ||
		!publisher_send(publisher, &record.message, on_told, NULL, &fault))
		count_lost(fault.text);
}
