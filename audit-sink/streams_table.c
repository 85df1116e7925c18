// SPDX-License-Identifier: Apache-2.0
#include "audit-sink/record.h"
#include "audit-sink/sink.h"
#include "audit-sink/step.h"
#include "common/nats/subjects.h"

#define TIME(us) "timestamptz 'epoch' + " us " * interval '1 microsecond'"

/* A refused event has no arrival of its own; its source and kind are in the detail. */
static const char insert_records[] =
	"INSERT INTO audit.record (stream, epoch, sequence, stored_at, id, at, area,"
	" action, org, team, event_id, run_id, actor, reason, detail, traceparent,"
	" source, kind, delivery_id)"
	" SELECT $1, epoch, sequence, " TIME("stored_us") ", id, " TIME(
		"at_us") ", area,"
			 " action, org, team, event_id, run_id, actor, reason, detail, "
			 "traceparent,"
			 " COALESCE(NULLIF(source, ''), detail->>'source', ''),"
			 " COALESCE(NULLIF(kind, ''), detail->>'kind', ''),"
			 " COALESCE(NULLIF(delivery_id, ''), detail->>'delivery_id', "
			 "'')"
			 " FROM unnest($2::int[], $3::bigint[], $4::bigint[], "
			 "$5::text[], $6::bigint[],"
			 " $7::text[], $8::text[], $9::text[], $10::text[], "
			 "$11::text[], $12::text[],"
			 " $13::text[], $14::text[], $15::jsonb[], $16::text[], "
			 "$17::text[], $18::text[],"
			 " $19::text[]) AS incoming (epoch, sequence, stored_us, id, "
			 "at_us, area, action,"
			 " org, team, event_id, run_id, actor, reason, detail, "
			 "traceparent, source, kind,"
			 " delivery_id)"
			 " ON CONFLICT DO NOTHING";

static const char insert_steps[] =
	"INSERT INTO audit.step (stream, epoch, sequence, stored_at, run_id, event_id,"
	" org, team, number, attempt, worker, kind, name, at, duration_ms, payload)"
	" SELECT $1, epoch, sequence, " TIME(
		"stored_us") ", run_id, event_id, org, team,"
			     " number, attempt, worker, kind, name, " TIME(
				     "at_us") ", duration_ms, payload"
					      " FROM unnest($2::int[], $3::bigint[], "
					      "$4::bigint[], $5::text[], $6::text[],"
					      " $7::text[], $8::text[], $9::int[], "
					      "$10::int[], $11::text[], $12::text[],"
					      " $13::text[], $14::bigint[], "
					      "$15::bigint[], $16::jsonb[]) AS "
					      "incoming (epoch,"
					      " sequence, stored_us, run_id, event_id, "
					      "org, team, number, attempt, worker,"
					      " kind, name, at_us, duration_ms, "
					      "payload)"
					      " ON CONFLICT DO NOTHING";

const struct sink_stream sink_streams[] = {
	{STREAM_EVENTS, "audit-sink-events", true, record_of_event, RECORD_COUNT,
		insert_records},
	{STREAM_AUDIT, "audit-sink-audit", false, record_of_audit, RECORD_COUNT,
		insert_records},
	{STREAM_STEPS, "audit-sink-steps", false, step_of_message, STEP_COUNT,
		insert_steps},
	{0},
};
