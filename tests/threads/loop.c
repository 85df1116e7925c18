// SPDX-License-Identifier: Apache-2.0
// The consuming loop with threads: publishes, failures, postponements, keep-alive, a
// killed nats-server, and a stop while handlers run.
#include <stdatomic.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/publisher.h"
#include "common/nats/subjects.h"
#include "common/nats/worker.h"
#include "common/stop.h"
#include "tests/threads/threads.h"

enum { MESSAGES = 400, PLACES = 256, SETTLE_MS = 30000 };

static struct bus *bus;
static atomic_int handled;

/* Every kind of end there is, by the message's number. */
static bool handle(void *context, struct job *job, struct fault *fault)
{
	uint64_t number = job_stream_sequence(job);
	const struct outgoing out = {.subject = "out.x", .body = "x", .body_len = 1};

	(void)context;
	(void)job_header(job, "ce-id");
	if (job_deliveries(job) == 1 && number % 5 == 0)
		return fault_set(fault, FAULT_RETRY, "come again");
	if (number % 50 == 3)
		return fault_set(fault, FAULT_REJECT, "no good");
	if (job_tries(job) == 1 && job_deliveries(job) < 3 && number % 7 == 0) {
		job_postpone(job, 10);
		return true;
	}
	if (number % 100 == 1)
		clock_sleep_ms(700);
	atomic_fetch_add(&handled, 1);
	return number % 3 != 0 ||
		(job_publish(job, &out, fault) && job_publish(job, &out, fault));
}

static void tell(void)
{
	for (int i = 0; i < MESSAGES; i++)
		must(js_Publish(NULL, bus_js(bus), "tocsin.event.test.told", "x", 1,
			     NULL, NULL) == NATS_OK);
}

static bool settled(void)
{
	jsConsumerInfo *info = NULL;
	bool done = js_GetConsumerInfo(&info, bus_js(bus), STREAM_EVENTS, "loop", NULL,
			    NULL) == NATS_OK &&
		info->NumPending == 0 && info->NumAckPending == 0;

	jsConsumerInfo_Destroy(info);
	return done;
}

/* What happens to the loop while it runs in main(). */
static void *disturb(void *context)
{
	int64_t until = clock_mono_ms() + SETTLE_MS;

	(void)context;
	clock_sleep_ms(100);
	server_stop();
	clock_sleep_ms(200);
	server_again();
	while (!settled() && clock_mono_ms() < until)
		clock_sleep_ms(50);
	must(settled());
	tell();
	clock_sleep_ms(20);
	stop_request();
	return NULL;
}

int main(void)
{
	const struct worker worker = {.stream = STREAM_EVENTS,
		.durable = "loop",
		.batch = 16,
		.threads = 4,
		.ack_wait_ms = 1000,
		.max_deliveries = 5,
		.handle = handle};
	struct publisher *publisher;
	struct fault fault = {0};
	jsStreamConfig config;
	struct crew crew;

	server_start();
	bus = server_bus();
	(void)jsStreamConfig_Init(&config);
	config.Name = "OUT";
	config.Subjects = (const char *[]){"out.>"};
	config.SubjectsLen = 1;
	must(js_AddStream(NULL, bus_js(bus), &config, NULL, NULL) == NATS_OK);
	tell();
	must(publisher_open(&publisher, bus, PLACES, &fault));
	crew_start(&crew, 1, disturb, NULL);
	must(worker_run(&worker, bus, publisher, &fault));
	crew_join(&crew);
	publisher_close(publisher);
	must(handled > 0);
	bus_close(bus);
	return EXIT_SUCCESS;
}
