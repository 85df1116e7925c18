// SPDX-License-Identifier: Apache-2.0
// What a consumer may be handed: the first byte chooses the stream. For EVENTS the rest
// is subject, Nats-Msg-Id, ce-id, ce-time and traceparent, one a line.
#include <stdlib.h>
#include <string.h>

#include "audit-sink/columns.h"
#include "audit-sink/record.h"
#include "audit-sink/step.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *line(char **at)
{
	char *found = strsep(at, "\n");

	return found ? found : "";
}

static bool parse_event(struct row *row, const uint8_t *data, size_t len, char **copy,
	struct fault *fault)
{
	struct row_message message = {.stored_at_us = 1};
	char *at = *copy = strndup((const char *)data, len);

	if (!at)
		abort();
	message.subject = line(&at);
	message.message_id = line(&at);
	message.ce_id = line(&at);
	message.ce_time = line(&at);
	message.trace = line(&at);
	return record_of_event(row, &message, fault);
}

static bool parse(struct row *row, const uint8_t *data, size_t len, char **copy,
	struct fault *fault)
{
	const struct row_message message = {.subject = "subject",
		.stored_at_us = 1,
		.data = data + 1,
		.len = len - 1};

	switch (data[0]) {
	case 'E':
		return parse_event(row, data + 1, len - 1, copy, fault);
	case 'S':
		return step_of_message(row, &message, fault);
	default:
		return record_of_audit(row, &message, fault);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct columns columns = {0};
	struct row row = {0};
	struct fault fault = {0};
	char *copy = NULL;

	if (len == 0)
		return 0;
	if (parse(&row, data, len, &copy, &fault)) {
		if (!columns_fill(&columns, &row, 1, row.count, &fault))
			abort();
	} else if (fault.kind != FAULT_REJECT) {
		abort();
	}
	row_done(&row);
	columns_done(&columns);
	free(copy);
	return 0;
}
