// SPDX-License-Identifier: Apache-2.0
#include "tests/support/stored.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/nats/body.h"
#include "common/nats/subjects.h"
#include "tests/support/alone.h"

struct bus *stored_connect(struct stack *stack)
{
	struct daemon_config config = alone_config(stack);
	struct fault fault = {0};
	struct bus *bus;

	cr_assert(bus_open(&bus, &config, "test", &fault), "%s", fault.text);
	return bus;
}

pb_event *stored_last(struct bus *bus, const char *subject)
{
	natsMsg *message AUTO(natsMsg_Destroy) = NULL;
	struct fault fault = {0};
	pb_event *event;
	natsStatus status = js_GetLastMsg(
		&message, bus_js(bus), STREAM_EVENTS, subject, NULL, NULL);

	if (status == NATS_NOT_FOUND)
		return NULL;
	cr_assert_eq(status, NATS_OK, "%s: %s", subject, natsStatus_GetText(status));
	event = pb_event_unpack(
		natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));
	cr_assert(event, "%s", subject);
	cr_assert(body_complete(bus, event, &fault), "%s: %s", subject, fault.text);
	return event;
}

bool stored_is(const pb_event *event, const void *body, size_t len)
{
	return event->body.len == len &&
		(len == 0 || memcmp(event->body.data, body, len) == 0);
}
