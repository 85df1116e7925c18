// SPDX-License-Identifier: Apache-2.0
// Messages as values of audit.record: what the trail was told, and the arrival of an
// event, which is read from its headers alone. Both are row_parser.
#pragma once

#include "audit-sink/row.h"

/* The values in order, with their types, as unnest() takes them. */
#define RECORD_COLUMNS                                                          \
	"id, at_us, area, action, org, team, event_id, run_id, actor, reason, " \
	"detail, traceparent, source, kind, delivery_id"
enum { RECORD_COUNT = 15 };

/* A message of AUDIT: its body is an AuditRecord. */
NODISCARD bool record_of_audit(
	struct row *row, const struct row_message *message, struct fault *fault);

/*
 * A message of EVENTS becomes `event.received`. The event's id is ce-id, or follows
 * from source and delivery when a custom publisher chose a ce-id of its own.
 */
NODISCARD bool record_of_event(
	struct row *row, const struct row_message *message, struct fault *fault);
