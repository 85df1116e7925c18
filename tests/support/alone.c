// SPDX-License-Identifier: Apache-2.0
#include "tests/support/alone.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/nats/streams.h"
#include "common/nats/subjects.h"

enum { DAY_MS = 86400000 };

struct daemon_config alone_config(struct stack *stack)
{
	static char none[] = "";

	return (struct daemon_config){.nats_url = stack->nats_url,
		.nats_credentials = none,
		.nats_ca_file = none};
}

void alone_start(struct stack *stack, struct bus **bus)
{
	static const char *const names[] = {
		STREAM_EVENTS, STREAM_DEAD, BUCKET_TRIES, NULL};
	const struct streams_config streams = {.replicas = 1,
		.duplicates_ms = DAY_MS,
		.events_age_ms = DAY_MS,
		.audit_age_ms = DAY_MS};
	struct daemon_config config;
	struct fault fault = {0};

	*stack = (struct stack){.directory = place_of_test()};
	stack_nats_start(stack);
	config = alone_config(stack);
	cr_assert(bus_open(bus, &config, "test", &fault), "%s", fault.text);
	cr_assert(streams_ensure(*bus, &streams, names, &fault), "%s", fault.text);
}

void alone_tell(struct bus *bus, const char *body, int count)
{
	for (int i = 0; i < count; i++) {
		natsMsg *message = NULL;
		natsStatus status;

		cr_assert_eq(natsMsg_Create(&message, "tocsin.event.test.told", NULL,
				     body, (int)strlen(body)),
			NATS_OK);
		(void)natsMsgHeader_Set(message, "ce-id", "an-id");
		(void)natsMsgHeader_Set(message, "traceparent", "00-trace");
		status = js_PublishMsg(NULL, bus_js(bus), message, NULL, NULL);
		cr_assert_eq(status, NATS_OK, "%s", natsStatus_GetText(status));
		natsMsg_Destroy(message);
	}
}
