// SPDX-License-Identifier: Apache-2.0
// Both publishers while nats-server is killed and comes back: the threaded one with
// many senders, the driven one in the HTTP server's I/O thread, as the ingress has it.
#include <stdatomic.h>
#include <string.h>

#include "common/clock.h"
#include "common/http/http_server.h"
#include "common/nats/publisher.h"
#include "tests/threads/threads.h"

enum { SENDERS = 4, CLIENTS = 4, PLACES = 64, RUN_MS = 1200, DOWN_MS = 300 };

static struct publisher *threaded, *driven;
static atomic_bool stopping;
static atomic_int accepted, called, stored, answers, waits;

static const struct outgoing message = {
	.subject = "tocsin.event.test.sent", .body = "hello", .body_len = 5};

static void count(void *context, const struct published *result)
{
	(void)context;
	atomic_fetch_add(&called, 1);
	if (result->stored)
		atomic_fetch_add(&stored, 1);
}

static void *send_many(void *context)
{
	(void)context;
	while (!atomic_load(&stopping)) {
		struct published result;
		struct fault fault = {0};

		if (publisher_send(threaded, &message, count, NULL, &fault))
			atomic_fetch_add(&accepted, 1);
		else
			publisher_wait_below(threaded, PLACES / 2);
		if (publisher_send_wait(threaded, &message, &result, &fault))
			atomic_fetch_add(&waits, 1);
		(void)publisher_in_flight(threaded);
	}
	return NULL;
}

static void answer(struct http_request *request, int status)
{
	atomic_fetch_add(&answers, 1);
	http_answer(request, &(struct http_answer){.status = status});
}

static void on_stored(void *request, const struct published *result)
{
	answer(request, result->stored ? 200 : 503);
}

static void take(void *context, struct http_request *request)
{
	struct fault fault = {0};

	(void)context;
	if (!publisher_send(driven, &message, on_stored, request, &fault))
		answer(request, 503);
}

static bool ready(void *context, struct fault *fault)
{
	(void)context;
	return publisher_is_connected(driven) || fault_set(fault, FAULT_RETRY, "no");
}

static long drive(void *publisher)
{
	return publisher_drive(publisher);
}

static void *ask(void *address)
{
	int good = 0;

	while (!atomic_load(&stopping) || good == 0) {
		int status = http_ask(address, "/");

		must(status == 200 || status == 503);
		good += status == 200;
	}
	return NULL;
}

int main(void)
{
	static const struct http_route routes[] = {
		{.method = "POST", .path = "/", .handle = take}, {0}};
	struct http_server *server;
	struct daemon_config config;
	struct fault fault = {0};
	struct crew senders, clients;
	char address[64];
	struct bus *bus;

	server_start();
	bus = server_bus();
	config = server_config();
	must(publisher_open(&threaded, bus, PLACES, &fault));
	must(publisher_open_driven(&driven, &config, "driven",
		&(struct publisher_limits){.in_flight = PLACES}, &fault));
	must(http_server_start(&server,
		&(struct http_server_options){.listen = "127.0.0.1:0",
			.routes = routes,
			.sides = &(
				struct http_side){publisher_fd(driven), drive, driven},
			.ready = ready},
		&fault));
	(void)snprintf(address, sizeof(address), "%s", http_server_address(server));
	crew_start(&senders, SENDERS, send_many, NULL);
	crew_start(&clients, CLIENTS, ask, address);
	for (int round = 0; round < 2; round++) {
		clock_sleep_ms(RUN_MS);
		server_stop();
		clock_sleep_ms(DOWN_MS);
		server_again();
	}
	clock_sleep_ms(RUN_MS);
	atomic_store(&stopping, true);
	crew_join(&senders);
	crew_join(&clients);
	http_server_stop(server);
	publisher_close(driven);
	publisher_close(threaded);
	must(called == accepted && stored > 0 && waits > 0);
	bus_close(bus);
	return EXIT_SUCCESS;
}
