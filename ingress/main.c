// SPDX-License-Identifier: Apache-2.0
// tocsin-ingress: the only daemon that faces the internet.
#include <string.h>

#include "common/daemon.h"
#include "common/http_server.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/source_table.h"
#include "common/stop.h"
#include "common/streams.h"
#include "common/subjects.h"
#include "ingress/webhook.h"

enum { ROUTES_MAX = 16, AUDIT_IN_FLIGHT = 1024 };

static const char *const generic_paths[] = {
	"/webhooks/generic", "/webhooks/generic/{name}"};

static struct metric reloads_total = {.type = METRIC_COUNTER,
	.name = "tocsin_ingress_reloads_total",
	.help = "SIGHUPs by whether secrets and sources were good",
	.labels = {"outcome"}};

static struct config {
	struct daemon_config daemon;
	struct streams_config streams;
	char *sources_file;
	struct {
		struct secret_list slack, github, pagerduty, incidentio;
	} secrets; /* only for --help and the first look: struct source_table has them */
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
	{SETTING_TEXT, "SOURCES_FILE", "", offsetof(struct config, sources_file),
		"JSON file of further senders, for /webhooks/generic[/<name>]"},
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

static bool check_numbers(struct fault *fault)
{
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
	for (size_t i = 0; i < countof(generic_paths); i++)
		*routes++ = (struct http_route){.method = "POST",
			.path = generic_paths[i],
			.handle = webhook_handle,
			.max_body = (size_t)config.max_body};
}

/* Every problem is a line of the log. NULL in *out when there is any. */
static bool load_sources(struct source_table **out, struct fault *fault)
{
	struct text problems AUTO(text_done) = {0};
	const char *line;
	bool good = source_table_load(out, config.sources_file, &problems, fault);

	for (line = text_string(&problems); *line;) {
		struct text problem AUTO(text_done) = {0};
		size_t len = strcspn(line, "\n");

		text_add_bytes(&problem, line, len);
		log_line(LOG_ERROR, "source", "problem=%s",
			log_quote(text_string(&problem)));
		line += len + (line[len] == '\n');
	}
	return good;
}

/* A bad file changes nothing: what was good goes on. */
static void reload(void *context)
{
	struct webhook *webhook = context;
	struct source_table *table = NULL;
	struct fault fault = {0};
	bool good = load_sources(&table, &fault);

	metric_add(metric_with(&reloads_total, good ? "good" : "bad", NULL, NULL), 1);
	if (!good) {
		log_fault(&fault, "reload; the senders stay as they were");
		return;
	}
	log_line(LOG_INFO, "reloaded", "sources=%zu", source_table_count(table));
	webhook_replace_sources(webhook, table);
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
	struct webhook webhook AUTO(webhook_done) = {
		.ack_timeout_ms = config.ack_timeout_ms, .wire = &wire};

	stop_catch_reload();
	if (!check_numbers(fault) || !load_sources(&webhook.sources, fault) ||
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
	stop_wait_reloading(reload, &webhook);
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
