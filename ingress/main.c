// SPDX-License-Identifier: Apache-2.0
// tocsin-ingress: the only daemon that faces the internet.
#include <string.h>

#include "common/daemon.h"
#include "common/http/http_server.h"
#include "common/http/http_tls.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/nats/body.h"
#include "common/nats/streams.h"
#include "common/nats/subjects.h"
#include "common/source/source_table.h"
#include "common/stop.h"
#include "ingress/admin.h"
#include "ingress/webhook.h"

enum { ROUTES_MAX = 32, AUDIT_IN_FLIGHT = 1024, HEAD_MEMORY = 8 << 10 };

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
	long body_memory, body_share, io_threads, threads, auth_cache_ms;
	char *limits, *limit_failed, *trusted_proxies;
	char *tls_certificate, *tls_key, *ack;
	bool shared;
} config;

static const struct setting settings[] = {
	DAEMON_SETTINGS(struct config, daemon, "127.0.0.1:8080"),
	{SETTING_BOOL, "LISTEN_SHARED", "false", offsetof(struct config, shared),
		"Let more ingresses of this user listen on the same address"},
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
		"Events on their way to JetStream at once, in even parts for the "
		"threads; beyond it 503"},
	{SETTING_SIZE, "INGRESS_MAX_BODY", "25MiB", offsetof(struct config, max_body),
		"Largest body, at most 64MiB; what does not fit a message goes to "
		"BODIES"},
	{SETTING_SIZE, "INGRESS_BODY_MEMORY", "256MiB",
		offsetof(struct config, body_memory),
		"Memory for all bodies over 64 KiB in hand at once; beyond it 503"},
	{SETTING_SIZE, "INGRESS_BODY_SHARE", "64MiB",
		offsetof(struct config, body_share),
		"Of that, what one client address may take; beyond it 503"},
	{SETTING_NUMBER, "INGRESS_IO_THREADS", "0", offsetof(struct config, io_threads),
		"Threads that take webhooks, each with a connection to NATS, at most "
		"64; 0: one for each processor, at most 4"},
	{SETTING_NUMBER, "INGRESS_THREADS", "4", offsetof(struct config, threads),
		"Threads that check large bodies and answer admins, 2 to 64"},
	{SETTING_TEXT, "INGRESS_LIMITS", "*=50/s:1000", offsetof(struct config, limits),
		"Events each sender may send: source=count/s:burst, ..., *=...; 0 is "
		"no "
		"limit"},
	{SETTING_TEXT, "INGRESS_LIMIT_FAILED", "1/s:100",
		offsetof(struct config, limit_failed),
		"Bad signatures and tokens of one client address before it gets 429"},
	{SETTING_TEXT, "ACK", "stored", offsetof(struct config, ack),
		"What a 2xx promises: stored, or replicated (three replicas or more)"},
	{SETTING_TEXT, "TLS_CERT_FILE", "", offsetof(struct config, tls_certificate),
		"Serve HTTPS with this certificate and its chain (PEM); SIGHUP reads "
		"it "
		"again"},
	{SETTING_TEXT, "TLS_KEY_FILE", "", offsetof(struct config, tls_key),
		"Key of that certificate (PEM)"},
	{SETTING_DURATION, "INGRESS_AUTH_CACHE", "5s",
		offsetof(struct config, auth_cache_ms),
		"How long an admin's token is believed without asking the config "
		"store"},
	{SETTING_TEXT, "TRUSTED_PROXIES", "", offsetof(struct config, trusted_proxies),
		"Proxies whose X-Forwarded-For is believed: addresses and ranges"},
	{SETTING_DURATION, "INGRESS_REQUEST_TIMEOUT", "10s",
		offsetof(struct config, request_ms),
		"Time a client has to send a whole request"},
	{SETTING_NUMBER, "INGRESS_CONNECTIONS", "10000",
		offsetof(struct config, connections), "Connections at once"},
	{0},
};

/* All it writes to. A 2xx rests on every one but the first. */
static const char *const needed_streams[] = {STREAM_AUDIT, STREAM_EVENTS, STREAM_BODIES,
	STREAM_COMMANDS, STREAM_TASKS, NULL};

static bool check_numbers(struct fault *fault)
{
	if (config.max_in_flight < 1 || config.max_in_flight > 65536)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_INGRESS_MAX_IN_FLIGHT=%ld: must be 1 to 65536",
			config.max_in_flight);
	if (config.max_body < 1 || config.max_body > BODY_LENGTH_MAX)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_INGRESS_MAX_BODY=%ld: must be 1 to %d bytes",
			config.max_body, BODY_LENGTH_MAX);
	if (config.body_memory < config.max_body)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_INGRESS_BODY_MEMORY=%ld: must hold at least one body "
			"of TOCSIN_INGRESS_MAX_BODY",
			config.body_memory);
	if (config.body_share < config.max_body)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_INGRESS_BODY_SHARE=%ld: must hold at least one body of "
			"TOCSIN_INGRESS_MAX_BODY",
			config.body_share);
	if (config.io_threads < 0 || config.io_threads > HTTP_IO_THREADS_MAX)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_INGRESS_IO_THREADS=%ld: must be 0 to %d",
			config.io_threads, HTTP_IO_THREADS_MAX);
	return (config.threads >= 2 && config.threads <= 64) ||
		fault_set(fault, FAULT_FATAL,
			"TOCSIN_INGRESS_THREADS=%ld: must be 2 to 64", config.threads);
}

static bool check_ack(struct fault *fault)
{
	return strcmp(config.ack, "stored") == 0 ||
		strcmp(config.ack, "replicated") == 0 ||
		fault_set(fault, FAULT_FATAL,
			"TOCSIN_ACK=%.40s: must be stored or replicated", config.ack);
}

static bool open_admission(
	struct admission *out, struct limits *limits, struct fault *fault)
{
	out->limits = limits;
	if (admission_read(out, config.limits, config.limit_failed,
		    config.trusted_proxies, fault))
		return true;
	fault->kind = FAULT_FATAL;
	return false;
}

static struct http_route *routes_fill(struct http_route *routes)
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
	return routes;
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

struct reloaded {
	struct webhook *webhook;
	struct http_tls *tls; /* NULL: without */
};

static bool reload_sources(struct webhook *webhook, struct fault *fault)
{
	struct source_table *table = NULL;

	if (!load_sources(&table, fault))
		return false;
	log_line(LOG_INFO, "reloaded", "sources=%zu", source_table_count(table));
	webhook_replace_sources(webhook, table);
	return true;
}

/* What is bad changes nothing: what was good goes on. */
static void reload(void *context)
{
	const struct reloaded *reloaded = context;
	struct fault fault = {0}, tls_fault = {0};
	bool good = reload_sources(reloaded->webhook, &fault);

	if (!good)
		log_fault(&fault, "reload; the senders stay as they were");
	if (reloaded->tls && !http_tls_reload(reloaded->tls, &tls_fault)) {
		log_fault(&tls_fault, "reload; the certificate stays as it was");
		good = false;
	}
	metric_add(metric_with(&reloads_total, good ? "good" : "bad", NULL, NULL), 1);
}

static bool is_ready(void *context, struct fault *fault)
{
	return webhook_is_connected(context) ||
		fault_set(fault, FAULT_RETRY, "no connection to NATS");
}

static bool open_tls(struct http_tls **out, struct fault *fault)
{
	if (!*config.tls_certificate && !*config.tls_key)
		return true;
	if (!*config.tls_certificate || !*config.tls_key)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_TLS_CERT_FILE and TOCSIN_TLS_KEY_FILE go together");
	return http_tls_open(out, config.tls_certificate, config.tls_key, fault);
}

static bool serve(struct webhook *webhook, struct admin *admin, struct fault *fault)
{
	struct http_tls *tls AUTO(http_tls_close) = NULL;
	struct http_server *server AUTO(http_server_stop) = NULL;
	struct http_route routes[ROUTES_MAX] = {0};
	struct http_side sides[HTTP_IO_THREADS_MAX];
	struct admin_route own_routes[ADMIN_PATHS];

	webhook_sides(webhook, sides);
	(void)admin_routes(routes_fill(routes), own_routes, admin);
	if (!open_tls(&tls, fault))
		return false;
	if (!http_server_start(&server,
		    &(struct http_server_options){.listen = config.daemon.listen,
			    .shared = config.shared,
			    .listen_file = config.daemon.listen_file,
			    .tls = tls,
			    .routes = routes,
			    .context = webhook,
			    .io_threads = webhook->thread_count,
			    .sides = sides,
			    .max_body = (size_t)config.max_body,
			    .body_memory = (size_t)config.body_memory,
			    .body_share = (size_t)config.body_share,
			    .trusted = &webhook->admission->trusted,
			    .blocking_threads = (int)config.threads,
			    .request_ms = config.request_ms,
			    .connections = (unsigned)config.connections,
			    .head_memory = HEAD_MEMORY,
			    .ready = is_ready},
		    fault))
		return false;
	stop_wait_reloading(reload, &(struct reloaded){webhook, tls});
	admin_waits_close(admin->waits); /* the server waits for those who wait */
	return true;
}

static bool open_admin(struct admin *admin, struct fault *fault)
{
	return admin_auth_new(&admin->auth, admin->bus, config.auth_cache_ms, fault) &&
		admin_waits_start(&admin->waits, admin->bus, fault);
}

static void close_admin(struct admin *admin)
{
	admin_waits_stop(admin->waits);
	admin_auth_free(admin->auth);
}
DEFINE_AUTO_DONE(struct admin, close_admin)

static bool open_streams(struct bus *bus, struct fault *fault)
{
	const char *const *promised = needed_streams + 1;
	bool replicated = strcmp(config.ack, "replicated") == 0;

	return streams_wait(bus, &config.streams, needed_streams,
		replicated ? promised : NULL, fault);
}

static bool open_nats(struct bus **bus, struct publisher **audit, struct fault *fault)
{
	return bus_open(bus, &config.daemon, "tocsin-ingress", fault) &&
		open_streams(*bus, fault) &&
		publisher_open(audit, *bus, AUDIT_IN_FLIGHT, fault);
}

static bool work(struct webhook *webhook, struct bus *bus, struct fault *fault)
{
	struct admin admin AUTO(close_admin) = {.bus = bus,
		.publisher = webhook->audit,
		.admission = webhook->admission,
		.busy_most = (int)config.threads / 2};

	return open_admin(&admin, fault) && serve(webhook, &admin, fault);
}

/* `webhook` is closed first: until then its answers may want all the rest. */
static bool run(struct fault *fault)
{
	struct bus *bus AUTO(bus_close) = NULL;
	struct publisher *audit AUTO(publisher_close) = NULL;
	struct limits *limits AUTO(limits_free) = NULL;
	struct source_table *sources_given AUTO(source_table_release) = NULL;
	struct admission admission;
	struct webhook webhook AUTO(webhook_done) = {
		.admission = &admission, .ack_timeout_ms = config.ack_timeout_ms};

	stop_catch_reload();
	if (!check_numbers(fault) || !check_ack(fault) ||
		!load_sources(&sources_given, fault) || !limits_new(&limits, fault) ||
		!open_admission(&admission, limits, fault) ||
		!open_nats(&bus, &audit, fault))
		return false;
	webhook.audit = audit;
	return webhook_open(&webhook,
		       &(struct webhook_options){.daemon = &config.daemon,
			       .threads = config.io_threads
				       ? (unsigned)config.io_threads
				       : http_processors(HTTP_IO_THREADS_USUAL),
			       .max_in_flight = (int)config.max_in_flight,
			       .sources = sources_given},
		       fault) &&
		work(&webhook, bus, fault);
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
