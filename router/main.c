// SPDX-License-Identifier: Apache-2.0
// tocsin-router: decides who an event is for and where the answer goes.
#include "common/clock.h"
#include "common/daemon.h"
#include "common/http/http_server.h"
#include "common/log.h"
#include "common/nats/streams.h"
#include "common/nats/subjects.h"
#include "common/stop.h"
#include "router/route.h"
#include "router/watch.h"

enum { IN_FLIGHT_MAX = 8192, LOAD_POLL_MS = 20, TROUBLE_WAIT_MS = 500 };

static struct config {
	struct daemon_config daemon;
	struct streams_config streams;
	long batch, ack_wait_ms, max_deliveries;
} config;

static const struct setting settings[] = {
	DAEMON_SETTINGS(struct config, daemon, "127.0.0.1:8083"),
	STREAMS_SETTINGS(struct config, streams),
	{SETTING_NUMBER, "ROUTER_BATCH", "512", offsetof(struct config, batch),
		"Events taken at once, 1 to 1024"},
	{SETTING_DURATION, "ACK_WAIT", "30s", offsetof(struct config, ack_wait_ms),
		"Time after which an event that was not settled is delivered again"},
	{SETTING_NUMBER, "MAX_DELIVERIES", "10",
		offsetof(struct config, max_deliveries),
		"Deliveries after which an event that keeps failing goes to DEAD"},
	{0},
};

static const char *const needed_streams[] = {STREAM_EVENTS, STREAM_TASKS, STREAM_AUDIT,
	STREAM_DEAD, BUCKET_ROUTES, BUCKET_TRIES, NULL};

struct router {
	struct bus *bus;
	struct watch *watch;
};

static bool ready(void *context, struct fault *fault)
{
	const struct router *router = context;

	if (!bus_is_connected(router->bus))
		return fault_set(fault, FAULT_RETRY, "no connection to NATS");
	return watch_is_loaded(router->watch) ||
		fault_set(fault, FAULT_RETRY, "the routes are not loaded yet");
}

static bool check_settings(struct fault *fault)
{
	return (config.batch >= 1 && config.batch <= 1024) ||
		fault_set(fault, FAULT_FATAL,
			"TOCSIN_ROUTER_BATCH=%ld: must be 1 to 1024", config.batch);
}

/* Waits for a JetStream that answers; true without it when a stop is requested. */
static bool ensure_streams(struct bus *bus, struct fault *fault)
{
	while (!streams_ensure(bus, &config.streams, needed_streams, fault)) {
		if (fault->kind != FAULT_RETRY)
			return false;
		if (stop_requested())
			break;
		log_fault(fault, "streams not ready yet");
		clock_sleep_ms(TROUBLE_WAIT_MS);
	}
	*fault = (struct fault){0};
	return true;
}

static bool work(const struct router *router, struct index *index,
	struct publisher *publisher, struct fault *fault)
{
	struct route_context context = {index, router->bus};
	const struct worker worker = {.stream = STREAM_EVENTS,
		.durable = "router",
		.batch = (int)config.batch,
		.ack_wait_ms = config.ack_wait_ms,
		.max_deliveries = (int)config.max_deliveries,
		.handle = route_event,
		.context = &context};

	/* An event handled before all routes are known could be taken for unrouted. */
	while (!watch_is_loaded(router->watch) && !stop_requested())
		clock_sleep_ms(LOAD_POLL_MS);
	return stop_requested() || worker_run(&worker, router->bus, publisher, fault);
}

static bool run(struct fault *fault)
{
	static const struct http_route routes[] = {{0}};
	struct bus *bus AUTO(bus_close) = NULL;
	struct publisher *publisher AUTO(publisher_close) = NULL;
	struct index *index AUTO(index_free) = NULL;
	struct watch *watch AUTO(watch_stop) = NULL;
	struct http_server *server AUTO(http_server_stop) = NULL;
	struct router router;

	if (!check_settings(fault) ||
		!bus_open(&bus, &config.daemon, "tocsin-router", fault) ||
		!ensure_streams(bus, fault) ||
		!publisher_open(&publisher, bus, IN_FLIGHT_MAX, fault) ||
		!index_new(&index, fault) || !watch_start(&watch, bus, index, fault))
		return false;
	router = (struct router){bus, watch};
	return http_server_start(&server,
		       &(struct http_server_options){.listen = config.daemon.listen,
			       .listen_file = config.daemon.listen_file,
			       .routes = routes,
			       .context = &router,
			       .ready = ready},
		       fault) &&
		work(&router, index, publisher, fault);
}

int main(int argc, char **argv)
{
	static const struct daemon daemon = {
		.name = "router",
		.summary = "decides who an event is for and where the answer goes",
		.settings = settings,
		.config = &config,
		.log_level = (const char *const *)&config.daemon.log_level,
		.run = run,
	};

	return daemon_main(&daemon, argc, argv);
}
