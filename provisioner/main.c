// SPDX-License-Identifier: Apache-2.0
// tocsin-provisioner: carries out what is ordered on COMMANDS.
#include <stdio.h>
#include <stdlib.h>

#include "common/daemon.h"
#include "common/http/http_server.h"
#include "common/nats/bus.h"
#include "common/nats/rpc.h"
#include "common/nats/streams.h"
#include "common/nats/subjects.h"
#include "provisioner/command.h"

/* Commands wait for others most of the time, hence threads and few of them. */
enum { THREADS = 8, MAX_DELIVERIES = 100, IN_FLIGHT = 256 };

static struct config {
	struct daemon_config daemon;
	struct streams_config streams;
	long ack_wait_ms, lease_ms;
} config;

static const struct setting settings[] = {
	DAEMON_SETTINGS(struct config, daemon, "127.0.0.1:8084"),
	STREAMS_SETTINGS(struct config, streams),
	{SETTING_DURATION, "ACK_WAIT", "30s", offsetof(struct config, ack_wait_ms),
		"How long JetStream waits for a provisioner that has died"},
	{SETTING_DURATION, "PROVISION_LEASE", "60s", offsetof(struct config, lease_ms),
		"How long a team stays with a provisioner that has died; longer than "
		"any one step"},
	{0},
};

/* What the world needs to be real. */
struct links {
	struct bus *bus;
	struct publisher *publisher;
};

static bool ask(void *context, const struct rpc_request *call, void **reply,
	struct fault *fault)
{
	const struct links *links = context;

	return rpc_call(links->bus, call, reply, fault);
}

static bool tell(void *context, const struct audit *audit, struct fault *fault)
{
	const struct links *links = context;

	return audit_wait(links->publisher, audit, fault);
}

static bool ready(void *context, struct fault *fault)
{
	const struct links *links = context;

	return bus_is_connected(links->bus) ||
		fault_set(fault, FAULT_RETRY, "no connection to NATS");
}

static bool run(struct fault *fault)
{
	static const char *const streams[] = {
		STREAM_COMMANDS, STREAM_AUDIT, STREAM_DEAD, BUCKET_TRIES, NULL};
	static const struct http_route no_routes[] = {{0}};
	struct bus *bus AUTO(bus_close) = NULL;
	struct publisher *publisher AUTO(publisher_close) = NULL;
	struct http_server *server AUTO(http_server_stop) = NULL;
	struct links links = {0};
	struct command_context commands = {
		.world = {.context = &links, .ask = ask, .tell = tell},
		.lease_ms = config.lease_ms,
		.max_deliveries = MAX_DELIVERIES,
	};

	if (!bus_open(&bus, &config.daemon, "tocsin-provisioner", fault) ||
		!streams_ensure(bus, &config.streams, streams, fault) ||
		!publisher_open(&publisher, bus, IN_FLIGHT, fault))
		return false;
	links = (struct links){.bus = bus, .publisher = publisher};

	return http_server_start(&server,
		       &(struct http_server_options){
			       .listen = config.daemon.listen,
			       .listen_file = config.daemon.listen_file,
			       .routes = no_routes,
			       .context = &links,
			       .ready = ready,
		       },
		       fault) &&
		worker_run(
			&(struct worker){
				.stream = STREAM_COMMANDS,
				.durable = "provisioner",
				.batch = THREADS,
				.threads = THREADS,
				.ack_wait_ms = config.ack_wait_ms,
				.max_deliveries = MAX_DELIVERIES,
				.handle = command_handle,
				.context = &commands,
			},
			bus, publisher, fault);
}

int main(int argc, char **argv)
{
	return daemon_main(
		&(struct daemon){
			.name = "provisioner",
			.summary =
				"Carries out commands: provisions teams and undoes it.",
			.settings = settings,
			.config = &config,
			.log_level = (const char *const *)&config.daemon.log_level,
			.run = run,
		},
		argc, argv);
}
