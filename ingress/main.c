// SPDX-License-Identifier: Apache-2.0
// tocsin-ingress: the only daemon that faces the internet.
#include "common/daemon.h"
#include "common/http_server.h"
#include "common/stop.h"
#include "common/streams.h"
#include "common/subjects.h"
#include "ingress/webhook.h"

enum { ROUTES_MAX = 16, AUDIT_IN_FLIGHT = 1024 };

static struct config {
	struct daemon_config daemon;
	struct streams_config streams;
	struct source_secrets secrets;
	long ack_timeout_ms, max_in_flight, max_body, request_ms, connections;
} config;

static const struct setting settings[] = {
	DAEMON_SETTINGS(struct config, daemon, "127.0.0.1:8080"),
	STREAMS_SETTINGS(struct config, streams),
	{SETTING_SECRETS, "SLACK_SIGNING_SECRET", "",
		offsetof(struct config, secrets.slack),
		"Slack apps' signing secrets; empty: Slack is not taken"},
	{SETTING_SECRETS, "GITHUB_WEBHOOK_SECRET", "",
		offsetof(struct config, secrets.github), "GitHub webhooks' secrets"},
	{SETTING_SECRETS, "PAGERDUTY_WEBHOOK_SECRET", "",
		offsetof(struct config, secrets.pagerduty),
		"PagerDuty V3 subscriptions' secrets"},
	{SETTING_SECRETS, "INCIDENTIO_WEBHOOK_SECRET", "",
		offsetof(struct config, secrets.incidentio),
		"incident.io endpoints' secrets (whsec_...)"},
	{SETTING_DURATION, "INGRESS_ACK_TIMEOUT", "1800ms",
		offsetof(struct config, ack_timeout_ms),
		"How long a sender waits for JetStream's ack before it gets a 503"},
	{SETTING_NUMBER, "INGRESS_MAX_IN_FLIGHT", "8192",
		offsetof(struct config, max_in_flight),
		"Events on their way to JetStream at once; beyond it 503"},
	{SETTING_SIZE, "INGRESS_MAX_BODY", "1000000", offsetof(struct config, max_body),
		"Largest body; must fit nats-server's max_payload with its headers"},
	{SETTING_DURATION, "INGRESS_REQUEST_TIMEOUT", "10s",
		offsetof(struct config, request_ms),
		"Time a client has to send a whole request"},
	{SETTING_NUMBER, "INGRESS_CONNECTIONS", "10000",
		offsetof(struct config, connections), "Connections at once"},
	{0},
};

static const char *const needed_streams[] = {STREAM_EVENTS, STREAM_AUDIT, NULL};

static bool check_secrets(struct fault *fault)
{
	for (const struct source *source = sources; source->name; source++) {
		const struct secret_list *list =
			source_secrets(source, &config.secrets);

		for (size_t i = 0; i < list->count; i++)
			if (!signature_secret_usable(&source->rule, list->values[i]))
				return fault_set(fault, FAULT_FATAL,
					"TOCSIN_%s: secret %zu cannot be a key (%s)",
					source->secret_setting, i + 1,
					source->rule.key == SIGNATURE_KEY_STANDARD
						? "whsec_ and base64 are wanted"
						: "1 to 256 bytes are wanted");
	}
	if (config.max_in_flight < 1 || config.max_in_flight > 65536)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_INGRESS_MAX_IN_FLIGHT=%ld: must be 1 to 65536",
			config.max_in_flight);
	return true;
}

static void routes_fill(struct http_route *routes)
{
	for (const struct source *source = sources; source->name; source++)
		*routes++ = (struct http_route){.method = "POST",
			.path = source->path,
			.handle = webhook_handle,
			.data = source,
			.max_body = (size_t)config.max_body};
}

static bool is_ready(void *context, struct fault *fault)
{
	const struct webhook *webhook = context;

	return publisher_is_connected(webhook->events) ||
		fault_set(fault, FAULT_RETRY, "no connection to NATS");
}

static long drive(void *events)
{
	return publisher_drive(events);
}

static bool run(struct fault *fault)
{
	struct bus *bus AUTO(bus_close) = NULL;
	struct publisher *audit AUTO(publisher_close) = NULL;
	struct publisher *events AUTO(publisher_close) = NULL;
	struct http_server *server AUTO(http_server_stop) = NULL;
	struct http_route routes[ROUTES_MAX] = {0};
	struct wire wire AUTO(wire_done) = {0};
	struct webhook webhook = {.secrets = &config.secrets,
		.ack_timeout_ms = config.ack_timeout_ms,
		.wire = &wire};

	if (!check_secrets(fault) ||
		!bus_open(&bus, &config.daemon, "tocsin-ingress", fault) ||
		!streams_ensure(bus, &config.streams, needed_streams, fault) ||
		!publisher_open(&audit, bus, AUDIT_IN_FLIGHT, fault) ||
		!publisher_open_driven(&events, &config.daemon, "tocsin-ingress events",
			(int)config.max_in_flight, fault))
		return false;
	routes_fill(routes);
	webhook.events = events;
	webhook.audit = audit;
	if (!http_server_start(&server,
		    &(struct http_server_options){.listen = config.daemon.listen,
			    .listen_file = config.daemon.listen_file,
			    .routes = routes,
			    .context = &webhook,
			    .side = {publisher_fd(events), drive, events},
			    .max_body = (size_t)config.max_body,
			    .request_ms = config.request_ms,
			    .connections = (unsigned)config.connections,
			    .ready = is_ready},
		    fault))
		return false;
	stop_wait();
	return true;
}

int main(int argc, char **argv)
{
	static const struct daemon daemon = {
		.name = "ingress",
		.summary = "takes webhooks: verifies them, stores them in JetStream, "
			   "answers",
		.settings = settings,
		.config = &config,
		.log_level = (const char *const *)&config.daemon.log_level,
		.run = run,
	};

	return daemon_main(&daemon, argc, argv);
}
