// SPDX-License-Identifier: Apache-2.0
// tocsin-config-store: organisations, configurations, tokens and leases, in PostgreSQL.
#include "common/daemon.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/migrate.h"
#include "common/nats/service.h"
#include "common/nats/subjects.h"
#include "common/stop.h"
#include "config-store/caller/credentials.h"
#include "config-store/caller/oidc.h"
#include "config-store/caller/team_jwt.h"
#include "config-store/caller/verified.h"
#include "config-store/config/effective_cache.h"
#include "config-store/http.h"
#include "config-store/notices.h"
#include "config-store/read/export_slots.h"
#include "config-store/reload.h"
#include "config-store/routing/outbox.h"
#include "config-store/rpc.h"
#include "config-store/secrets/secrets.h"

enum { IN_FLIGHT = 1024, RETRY_MS = 1000 };

extern const struct migration config_migrations[];

static struct store_config config;

static const struct setting settings[] = {
	DAEMON_SETTINGS(struct store_config, daemon, "127.0.0.1:8081"),
	STREAMS_SETTINGS(struct store_config, streams),
	{SETTING_SECRET, "DATABASE_URL", NULL,
		offsetof(struct store_config, database_url),
		"PostgreSQL: postgresql://user:password@host:5432/database"},
	{SETTING_SECRETS, "ADMIN_TOKEN", NULL,
		offsetof(struct store_config, admin_tokens),
		"Tokens of the super admin, at least 16 characters each; all are good"},
	{SETTING_SECRETS, "SERVICE_TOKENS", "",
		offsetof(struct store_config, service_tokens),
		"<name>:<token> of each program that may call /api/v1/internal/"},
	{SETTING_SECRETS, "JWT_KEYS", "", offsetof(struct store_config, jwt_keys),
		"<key id>:<32 bytes or more in base64> for JWTs of teams; the first "
		"one signs, all verify"},
	{SETTING_TEXT, "JWT_AUDIENCE", "tocsin-agent-runtime",
		offsetof(struct store_config, jwt_audience),
		"Audience of JWTs of teams"},
	{SETTING_URL, "OIDC_ISSUER", "", offsetof(struct store_config, oidc_issuer),
		"OpenID Connect issuer that admins sign in at; empty: none"},
	{SETTING_TEXT, "OIDC_AUDIENCE", "",
		offsetof(struct store_config, oidc_audience),
		"What the issuer's tokens must be made for"},
	{SETTING_URL, "OIDC_JWKS_URL", "", offsetof(struct store_config, oidc_jwks_url),
		"Where the issuer's keys are; empty: its discovery document says"},
	{SETTING_TEXT, "OIDC_GROUPS_CLAIM", "groups",
		offsetof(struct store_config, oidc_groups_claim),
		"Claim with the groups: a name, or a JSON pointer such as "
		"/realm_access/roles"},
	{SETTING_TEXT, "OIDC_ROLE_MAPPING", "",
		offsetof(struct store_config, oidc_role_mapping),
		"JSON that says whom a group makes, see docs/http.md; best as a file"},
	{SETTING_SECRETS, "SECRETS_KEY", "",
		offsetof(struct store_config, secrets_keys),
		"Keys for secrets in configurations, 32 bytes in base64 each (openssl "
		"rand -base64 32); the first one seals, all open. Their file is read "
		"anew when it changes, and at SIGHUP"},
	{SETTING_NUMBER, "HTTP_THREADS", "4",
		offsetof(struct store_config, http_threads),
		"Threads that answer HTTP, each with a database connection"},
	{SETTING_NUMBER, "RPC_THREADS", "4", offsetof(struct store_config, rpc_threads),
		"Threads that answer other daemons, each with a database connection"},
	{SETTING_DURATION, "LEASE", "60s", offsetof(struct store_config, lease_ms),
		"Lease of a run whose worker asks for none in particular"},
	{SETTING_SIZE, "CONFIG_CACHE", "64MiB",
		offsetof(struct store_config, config_cache),
		"Memory for effective configurations that are asked for often; 0: "
		"none"},
	{SETTING_DURATION, "EXPORT_TIME", "15m",
		offsetof(struct store_config, export_ms),
		"How long an export may take before it is cut off"},
	{SETTING_DURATION, "RECONCILE_INTERVAL", "5m",
		offsetof(struct store_config, reconcile_ms),
		"How often the routes bucket is compared with the database"},
	{0},
};

static bool read_keys(struct secret_list *out, struct fault *fault)
{
	return settings_secrets(settings, "SECRETS_KEY", out, fault);
}

static bool open_secrets(struct secrets **out, struct fault *fault)
{
	const char *path = settings_file("SECRETS_KEY");

	if (!secrets_open(out, &config.secrets_keys, fault))
		return false;
	if (path)
		secrets_follow(*out, path, read_keys);
	reload_install();
	return true;
}

static bool check_config(struct fault *fault)
{
	if (!*config.database_url)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_DATABASE_URL is empty: write "
			"postgresql://user:password@host:5432/database");
	if (!credentials_check(&config.admin_tokens, &config.service_tokens, fault))
		return false;
	if (config.http_threads < 1 || config.http_threads > 64 ||
		config.rpc_threads < 1 || config.rpc_threads > 64)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_HTTP_THREADS and TOCSIN_RPC_THREADS must be 1 to 64");
	if (config.lease_ms < 1 || config.lease_ms > RPC_LEASE_MAX_MS ||
		config.reconcile_ms < 1 || config.export_ms < 1000)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_LEASE must be from 1ms to 1h, "
			"TOCSIN_RECONCILE_INTERVAL more than 0, and TOCSIN_EXPORT_TIME "
			"1s or more");
	return true;
}

/* Waits for a database that is down; gives up on one that refuses. */
static bool prepare_database(struct db *db, struct fault *fault)
{
	while (!migrate(db, "config", config_migrations, fault)) {
		if (fault->kind != FAULT_RETRY || stop_requested())
			return false;
		log_fault(fault, "waiting for the database");
		clock_sleep_ms(RETRY_MS);
	}
	return true;
}

/* The same for a JetStream that is not there yet. */
static bool prepare_streams(struct bus *bus, struct fault *fault)
{
	static const char *const streams[] = {STREAM_AUDIT, BUCKET_ROUTES, NULL};

	while (!streams_ensure(bus, &config.streams, streams, fault)) {
		if (fault->kind != FAULT_RETRY || stop_requested())
			return false;
		log_fault(fault, "waiting for JetStream");
		clock_sleep_ms(RETRY_MS);
	}
	return true;
}

static bool serve(struct store *store, struct fault *fault)
{
	struct notices *notices AUTO(notices_close) = NULL;
	struct effective_cache *cache AUTO(effective_cache_close) = NULL;
	struct outbox *outbox AUTO(outbox_stop) = NULL;
	struct bus *answers AUTO(bus_close) = NULL;
	struct service_runner *service AUTO(service_stop) = NULL;
	struct http_server *http AUTO(http_server_stop) = NULL;

	if (!notices_open(&notices, config.database_url, fault) ||
		!effective_cache_open(&cache, (size_t)config.config_cache, fault))
		return false;
	store->notices = notices;
	store->cache = cache;
	if (!outbox_start(&outbox, store, fault))
		return false;
	store->outbox = outbox;
	/* Somebody waits for every answer; what goes over the other is published. */
	if (!bus_open_prompt(
		    &answers, &config.daemon, "tocsin-config-store rpc", fault))
		return false;
	store->answers = answers;
	if (!service_start(&service,
		    &(struct service){.verbs = rpc_verbs,
			    .threads = (int)config.rpc_threads,
			    .thread_open = store_thread_open,
			    .thread_close = store_thread_close,
			    .context = store},
		    answers, fault) ||
		!http_start(&http, store, fault))
		return false;
	reload_wait(store->secrets);
	return true;
}

/* Of what verified credentials of `org` rest on. */
static uint64_t generation(const void *context, const char *org)
{
	const struct store *store = context;

	return notices_generation(store->notices, org);
}

static bool work(struct fault *fault)
{
	/* Here to the end: of a stop that took too long a stream may be left. */
	static struct export_slots export_slots;
	struct secrets *secrets AUTO(secrets_close) = NULL;
	struct db *db AUTO(db_close) = NULL;
	struct bus *bus AUTO(bus_close) = NULL;
	struct publisher *publisher AUTO(publisher_close) = NULL;
	struct oidc *oidc AUTO(oidc_close) = NULL;
	struct verified *verified AUTO(verified_close) = NULL;
	struct jwt_keys jwt_keys;
	struct store store = {.config = &config,
		.jwt_keys = &jwt_keys,
		.export_slots = &export_slots};

	export_slots_init(&export_slots);
	if (!check_config(fault) ||
		!jwt_keys_read(&jwt_keys, &config.jwt_keys, fault) ||
		!oidc_open(&oidc, &config, fault) ||
		!verified_open(&verified, generation, &store, fault) ||
		!open_secrets(&secrets, fault) ||
		!db_open(&db, config.database_url, 0, fault) ||
		!bus_open(&bus, &config.daemon, "tocsin-config-store", fault) ||
		!prepare_streams(bus, fault) ||
		!publisher_open(&publisher, bus, IN_FLIGHT, fault) ||
		!prepare_database(db, fault))
		return false;
	store.oidc = oidc;
	store.verified = verified;
	store.secrets = secrets;
	store.bus = bus;
	store.publisher = publisher;
	return serve(&store, fault);
}

/* Being stopped while waiting for others is no failure. */
static bool run(struct fault *fault)
{
	return work(fault) || (fault->kind == FAULT_RETRY && stop_requested());
}

int main(int argc, char **argv)
{
	return daemon_main(
		&(struct daemon){.name = "config-store",
			.summary = "keeps organisations, configurations, tokens and "
				   "leases, and answers what has happened",
			.settings = settings,
			.config = &config,
			.log_level = (const char *const *)&config.daemon.log_level,
			.run = run},
		argc, argv);
}
