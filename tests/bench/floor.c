// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/floor.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/subjects.h"

enum { IN_FLIGHT = 4096, BATCH = 512, FETCH_MS = 2000 };

DEFINE_AUTO(jsCtx, jsCtx_Destroy)
DEFINE_AUTO(natsSubscription, natsSubscription_Destroy)

static void must(natsStatus status, const char *what)
{
	if (status != NATS_OK)
		die("%s: %s: %s", what, natsStatus_GetText(status),
			nats_GetLastError(NULL));
}

static struct bus *open_bus(const char *url,
	bool (*open)(struct bus **out, const struct daemon_config *config,
		const char *name, struct fault *fault))
{
	struct daemon_config config = {.nats_url = (char *)(uintptr_t)url,
		.nats_credentials = (char *)(uintptr_t) "",
		.nats_ca_file = (char *)(uintptr_t) ""};
	struct bus *bus;
	struct fault fault = {0};

	if (!open(&bus, &config, "tocsin-bench", &fault))
		die("%s", fault.text);
	return bus;
}

struct bus *bench_bus(const char *url)
{
	return open_bus(url, bus_open);
}

struct bus *bench_bus_prompt(const char *url)
{
	return open_bus(url, bus_open_prompt);
}

static void send_one(jsCtx *js, const struct floor_message *message, uint64_t number)
{
	natsMsg *msg AUTO(natsMsg_Destroy) = NULL;
	char id[256];

	if (message->patch) {
		(void)snprintf(id, sizeof(id), "%012llx",
			(unsigned long long)number & 0xffffffffffffULL);
		memcpy(message->patch, id, FLOOR_PATCH_LEN);
	}
	must(natsMsg_Create(&msg, message->subject, NULL, message->body,
		     (int)message->body_len),
		"message");
	(void)snprintf(id, sizeof(id), "%s%016llx", message->values[0],
		(unsigned long long)number);
	must(natsMsgHeader_Set(msg, message->names[0], id), "header");
	for (size_t i = 1; message->names[i]; i++)
		must(natsMsgHeader_Set(msg, message->names[i], message->values[i]),
			"header");
	must(js_PublishMsgAsync(js, &msg, NULL), "publish");
}

static jsCtx *open_js(struct bus *bus)
{
	jsCtx *js;
	jsOptions options;

	must(jsOptions_Init(&options), "options");
	options.PublishAsync.MaxPending = IN_FLIGHT;
	options.PublishAsync.StallWait = 10000;
	must(natsConnection_JetStream(&js, bus_connection(bus), &options), "JetStream");
	return js;
}

struct figure floor_publish(
	struct bus *bus, const struct floor_message *message, long seconds)
{
	jsCtx *js AUTO(jsCtx_Destroy) = open_js(bus);
	uint64_t base = (uint64_t)clock_wall_us() << 8, count = 0;
	int64_t from = clock_mono_us(), until = from + seconds * 1000000;

	for (; clock_mono_us() < until; count++)
		send_one(js, message, base + count);
	must(js_PublishAsyncComplete(js, NULL), "acks");
	return (struct figure){
		.per_second = (double)count * 1e6 / (double)(clock_mono_us() - from)};
}

void floor_fill(struct bus *bus, const struct floor_message *message, long count)
{
	jsCtx *js AUTO(jsCtx_Destroy) = open_js(bus);
	uint64_t base = (uint64_t)clock_wall_us() << 8;

	for (long i = 0; i < count; i++)
		send_one(js, message, base + (uint64_t)i);
	must(js_PublishAsyncComplete(js, NULL), "acks");
}

static natsSubscription *subscribe(struct bus *bus, const char *stream)
{
	natsSubscription *subscription;
	jsConsumerConfig consumer;
	jsSubOptions options;

	must(jsConsumerConfig_Init(&consumer), "consumer");
	consumer.Durable = "floor";
	consumer.AckPolicy = js_AckExplicit;
	consumer.MaxAckPending = 20000;
	must(js_AddConsumer(NULL, bus_js(bus), stream, &consumer, NULL, NULL),
		"consumer");
	must(jsSubOptions_Init(&options), "options");
	options.Stream = stream;
	options.Consumer = "floor";
	must(js_PullSubscribe(
		     &subscription, bus_js(bus), NULL, "floor", NULL, &options, NULL),
		"subscribe");
	return subscription;
}

struct figure floor_fetch(struct bus *bus, const char *stream, long count)
{
	natsSubscription *subscription AUTO(natsSubscription_Destroy) =
		subscribe(bus, stream);
	int64_t from = clock_mono_us();
	double seconds;

	for (long done = 0; done < count;) {
		natsMsgList list;

		must(natsSubscription_Fetch(&list, subscription, BATCH, FETCH_MS, NULL),
			"fetch");
		for (int i = 0; i < list.Count; i++)
			must(natsMsg_Ack(list.Msgs[i], NULL), "ack");
		done += list.Count;
		natsMsgList_Destroy(&list);
	}
	seconds = (double)(clock_mono_us() - from) / 1e6;
	must(js_DeleteConsumer(bus_js(bus), stream, "floor", NULL, NULL), "consumer");
	return (struct figure){.per_second = (double)count / seconds};
}
