// SPDX-License-Identifier: Apache-2.0
#include "audit-sink/record.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/subjects.h"
#include "proto/names.h"

enum { CUSTOM_ROOM_SIZE = 288 };

static void record_free(void *message)
{
	pb_audit_record_free(message);
}

/* The trail's word for "unknown" in a subject is not a name. */
static const char *name_of(const char *field)
{
	return strcmp(field, SUBJECT_UNKNOWN) == 0 ? "" : field;
}

bool record_of_audit(
	struct row *row, const struct row_message *message, struct fault *fault)
{
	pb_audit_record *record = pb_audit_record_unpack(message->data, message->len);

	if (!record)
		return fault_set(fault, FAULT_REJECT,
			"%s: %zu bytes that are no audit record", message->subject,
			message->len);
	row->message = record;
	row->message_free = record_free;
	if (!record->action[0])
		return fault_set(fault, FAULT_REJECT,
			"%s: an audit record without an action", message->subject);

	row_add(row, record->id);
	row_add_number(row, record->at_us > 0 ? record->at_us : message->stored_at_us);
	row_add(row, record->area);
	row_add(row, record->action);
	row_add(row, name_of(record->org));
	row_add(row, name_of(record->team));
	row_add(row, record->event_id);
	row_add(row, record->run_id);
	row_add(row, record->actor);
	row_add(row, record->reason);
	row_add(row, record->detail_json[0] ? record->detail_json : NULL);
	row_add(row, record->traceparent);
	row_add(row, "");
	row_add(row, "");
	row_add(row, "");
	return true;
}

/* tocsin.event.<source>.<kind>: source is copied into the row, kind is what follows. */
static bool split_subject(struct row *row, const char **kind, const char *subject)
{
	static const char prefix[] = "tocsin.event.";
	const char *source = subject + strlen(prefix);
	const char *dot;

	if (strncmp(subject, prefix, strlen(prefix)) != 0)
		return false;
	dot = strchr(source, '.');
	if (!dot || dot == source || !dot[1] ||
		(size_t)(dot - source) >= sizeof(row->source))
		return false;
	memcpy(row->source, source, (size_t)(dot - source));
	row->source[dot - source] = '\0';
	*kind = dot + 1;
	return true;
}

/* "<source>:<delivery id>"; "" when the id is of another make. */
static const char *delivery_of(const char *message_id)
{
	const char *colon = strchr(message_id, ':');

	return colon ? colon + 1 : "";
}

/*
 * Whoever may publish for one organisation chooses these ids: each has its own room for
 * them, so that nobody gives an arrival to another's event.
 */
static bool find_custom_id(struct row *row, const struct row_message *message,
	const char *kind, const char *delivery, struct fault *fault)
{
	const char *id = delivery[0] ? delivery : message->ce_id;
	char room[CUSTOM_ROOM_SIZE];

	if (!id[0])
		return fault_set(fault, FAULT_REJECT,
			"%.160s: neither ce-id nor Nats-Msg-Id says which event this "
			"is",
			message->subject);
	(void)snprintf(
		room, sizeof(room), "custom.%.*s", (int)strcspn(kind, "."), kind);
	(void)id_of_event(row->event_id, room, id);
	return true;
}

static bool find_event_id(struct row *row, const struct row_message *message,
	const char *delivery, struct fault *fault)
{
	if (id_is_uuid(message->ce_id))
		memcpy(row->event_id, message->ce_id, UUID_SIZE);
	else if (delivery[0])
		(void)id_of_event(row->event_id, row->source, delivery);
	else
		return fault_set(fault, FAULT_REJECT,
			"%s: neither ce-id nor Nats-Msg-Id says which event this is",
			message->subject);
	return true;
}

bool record_of_event(
	struct row *row, const struct row_message *message, struct fault *fault)
{
	const char *delivery = delivery_of(message->message_id);
	int64_t received_at_us = message->stored_at_us;
	const char *kind;
	bool custom;

	if (!split_subject(row, &kind, message->subject))
		return fault_set(fault, FAULT_REJECT,
			"%s: not tocsin.event.<source>.<kind>", message->subject);
	custom = strcmp(row->source, "custom") == 0;
	if (custom ? !find_custom_id(row, message, kind, delivery, fault)
		   : !find_event_id(row, message, delivery, fault))
		return false;
	/* Nor says its publisher when we received it. */
	if (custom || !clock_parse(&received_at_us, message->ce_time))
		received_at_us = message->stored_at_us;

	row_add(row, row->event_id);
	row_add_number(row, received_at_us);
	row_add(row, "event");
	row_add(row, "event.received");
	row_add(row, "");
	row_add(row, "");
	row_add(row, row->event_id);
	row_add(row, "");
	row_add(row, row->source);
	row_add(row, "");
	row_add(row, NULL);
	row_add(row, message->trace);
	row_add(row, row->source);
	row_add(row, kind);
	row_add(row, delivery);
	return true;
}
