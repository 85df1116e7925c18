// SPDX-License-Identifier: Apache-2.0
// Events from EVENTS to TASKS through tocsin-router, beside a bare loop that fetches
// the same messages and acknowledges them. For each event the router also publishes a
// task and an audit record and waits until both are stored.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/nats/streams.h"
#include "common/nats/subjects.h"
#include "ingress/delivery.h"
#include "proto/names.h"
#include "tests/bench/bench.h"
#include "tests/bench/floor.h"

DEFINE_AUTO(kvStore, kvStore_Destroy)

enum { EVENTS = 100000, BODY_SIZE = 2048, DEADLINE_S = 120, POLL_MS = 5 };

static const char *header_of(void *context, const char *name)
{
	(void)context;
	if (strcasecmp(name, "X-GitHub-Delivery") == 0)
		return "72d3162e-cc78-11e3-81ab-";
	return strcasecmp(name, "X-GitHub-Event") == 0 ? "issue_comment" : NULL;
}

static void put_route(struct bus *bus)
{
	pb_identifier identifier, *identifiers[] = {&identifier};
	pb_route_document route;
	struct wire wire AUTO(wire_done) = {0};
	kvStore *store AUTO(kvStore_Destroy) = NULL;
	struct fault fault = {0};

	pb_identifier_init(&identifier);
	identifier.type = wire_string("github_repo");
	identifier.value = wire_string("acme/shop");
	pb_route_document_init(&route);
	route.org = wire_string("acme");
	route.team = wire_string("shop");
	route.pool = wire_string("shared");
	route.n_identifiers = 1;
	route.identifiers = identifiers;
	route.revision = 1;
	if (!wire_pack(&wire, &route.base, &fault) ||
		js_KeyValue(&store, bus_js(bus), BUCKET_ROUTES) != NATS_OK ||
		kvStore_Put(NULL, store, "acme.shop", wire.data, (int)wire.len) !=
			NATS_OK)
		die("the route cannot be put");
}

static void make_streams(struct bus *bus)
{
	struct streams_config config = {.replicas = 1,
		.duplicates_ms = 600000,
		.events_age_ms = 86400000,
		.audit_age_ms = 86400000};
	struct fault fault = {0};

	if (!streams_ensure(bus, &config,
		    (const char *const[]){STREAM_EVENTS, STREAM_TASKS, STREAM_AUDIT,
			    STREAM_DEAD, BUCKET_ROUTES, BUCKET_TRIES, NULL},
		    &fault))
		die("%s", fault.text);
}

static void fill(struct bus *bus)
{
	char body[BODY_SIZE];
	struct wire wire AUTO(wire_done) = {0};
	struct delivery delivery = {.source = &sources[0],
		.body = body,
		.content_type = "application/json",
		.request_id = "r",
		.received_at_us = clock_wall_us()};
	struct delivery_message message = {.wire = &wire};
	struct fault fault = {0};
	char *patch;

	delivery.body_len = (size_t)snprintf(body, sizeof(body),
		"{\"action\":\"created\",\"issue\":{\"number\":7,\"title\":\"Checkout "
		"fails\"},"
		"\"repository\":{\"full_name\":\"acme/"
		"shop\"},\"sender\":{\"login\":\"ann\","
		"\"type\":\"User\"},\"comment\":{\"id\":1,\"body\":\"%0*d\"}}",
		BODY_SIZE - 220, 0);
	delivery_identify(&delivery, header_of, NULL);
	if (!delivery_message(&message, &delivery, header_of, NULL, &fault))
		die("%s", fault.text);
	patch = memmem(
		wire.data, wire.len, delivery.event_id, strlen(delivery.event_id));
	if (!patch)
		die("the event has no id");
	floor_fill(bus,
		&(struct floor_message){.subject = message.subject,
			.names = (const char *const[]){HEADER_MESSAGE_ID, NULL},
			.values = (const char *const[]){"github:", NULL},
			.body = wire.data,
			.body_len = wire.len,
			.patch = patch + strlen(delivery.event_id) - FLOOR_PATCH_LEN},
		EVENTS);
}

static bool progress(struct bus *bus, uint64_t *delivered, uint64_t *acked)
{
	jsConsumerInfo *info = NULL;

	if (js_GetConsumerInfo(
		    &info, bus_js(bus), STREAM_EVENTS, "router", NULL, NULL) != NATS_OK)
		return false;
	*delivered = info->Delivered.Stream;
	*acked = info->AckFloor.Stream;
	jsConsumerInfo_Destroy(info);
	return true;
}

/* From the first message it was handed to the last it settled. */
static struct figure watch(struct bus *bus)
{
	int64_t from = 0, until = clock_mono_us() + DEADLINE_S * 1000000LL;
	uint64_t delivered = 0, acked = 0, before = 0;

	while (acked < EVENTS) {
		if (clock_mono_us() > until)
			die("the router settled %llu of %d events in %d s",
				(unsigned long long)acked, EVENTS, DEADLINE_S);
		if (progress(bus, &delivered, &acked) && from == 0 && delivered > 0) {
			from = clock_mono_us();
			before = acked;
		}
		clock_sleep_ms(POLL_MS);
	}
	return (struct figure){.per_second = (double)(EVENTS - before) * 1e6 /
			(double)(clock_mono_us() - from)};
}

static void check_tasks(struct bus *bus)
{
	jsStreamInfo *info = NULL;

	if (js_GetStreamInfo(&info, bus_js(bus), STREAM_TASKS, NULL, NULL) != NATS_OK)
		die("TASKS cannot be read");
	if (info->State.Msgs != EVENTS)
		die("%llu tasks for %d events", (unsigned long long)info->State.Msgs,
			EVENTS);
	jsStreamInfo_Destroy(info);
}

int bench_router(struct bench *bench)
{
	char nats_url[128], nats_setting[160], address[64];
	struct bus *bus AUTO(bus_close) = NULL;
	struct figure bare, ours;
	pid_t nats = start_nats(bench, nats_url, sizeof(nats_url)), router;

	(void)snprintf(
		nats_setting, sizeof(nats_setting), "TOCSIN_NATS_URL=%s", nats_url);
	bus = bench_bus(nats_url);
	make_streams(bus);
	put_route(bus);
	fill(bus);
	bare = floor_fetch(bus, STREAM_EVENTS, EVENTS);
	router = start_daemon(bench, "router",
		(const char *const[]){nats_setting, NULL}, address, sizeof(address));
	ours = watch(bus);
	check_tasks(bus);
	bus_close(TAKE(bus));
	stop_process(router);
	stop_process(nats);
	bench_say(bench, "router, events to tasks", &ours);
	bench_say(bench, "floor: bare fetch and ack", &bare);
	bench_share(bench, "share of fetch and ack", ours.per_second, bare.per_second);
	return EXIT_SUCCESS;
}
