// SPDX-License-Identifier: Apache-2.0
// Story: routes are read while JetStream answers with what nobody asked for.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/nats/subjects.h"
#include "config-store/routing/bucket.h"
#include "tests/support/alone.h"

/* Answers the first question as if it had been the hundredth. */
static void answer_wrongly(natsConnection *connection, natsSubscription *subscription,
	natsMsg *request, void *context)
{
	char reply[SUBJECT_SIZE];

	(void)subscription;
	(void)context;
	(void)snprintf(reply, sizeof(reply), "%s00", natsMsg_GetReply(request));
	(void)memcpy(strrchr(reply, '.'), ".99", sizeof(".99"));
	(void)natsConnection_PublishString(connection, reply, "{}");
	natsMsg_Destroy(request);
}

Test(bucket, an_answer_to_nothing_asked_is_a_retry, .timeout = 60)
{
	struct stack stack = {
		.directory = place_of_test(), .nats_without_jetstream = true};
	char key[] = "acme.sre";
	struct bucket_entry entry = {.key = key}, *entries[] = {&entry};
	struct bus *bus = NULL;
	struct daemon_config config;
	struct fault fault = {0};
	natsSubscription *questions = NULL;

	stack_nats_start(&stack);
	config = alone_config(&stack);
	cr_assert(bus_open(&bus, &config, "test", &fault), "%s", fault.text);
	cr_assert_eq(natsConnection_Subscribe(&questions, bus_connection(bus),
			     "$JS.API.STREAM.MSG.GET.KV_" BUCKET_ROUTES, answer_wrongly,
			     NULL),
		NATS_OK);
	cr_expect_not(bucket_read_many(entries, 1, bus, &fault));
	cr_expect_eq(fault.kind, FAULT_RETRY);
	cr_expect(strstr(fault.text, "nothing asked"), "%s", fault.text);
	natsSubscription_Destroy(questions);
	bus_close(bus);
	stack_nats_stop(&stack);
}
