// SPDX-License-Identifier: Apache-2.0
#include "common/nats/bus.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/nats/bus_private.h"
#include "common/nats/bus_url.h"
#include "common/stop.h"

DEFINE_AUTO(natsOptions, natsOptions_Destroy)

enum {
	RECONNECT_WAIT_MS = 250,
	RECONNECT_JITTER_MS = 250,
	PING_EVERY_MS = 5000,
	PINGS_UNANSWERED = 2,
	CONNECT_TIMEOUT_MS = 2000,
	CONNECT_POLL_MS = 20,
	WRITE_MS = 2000,
	CLOSE_FLUSH_MS = 2000,
	API_WAIT_MS = 5000,
};

/*
 * What callbacks have told. nats.c keeps the connection's lock while it reconnects, for
 * up to CONNECT_TIMEOUT_MS an attempt, so whoever must not wait must not ask it. Held by
 * the bus and, as they may come after bus_close(), by the callbacks until on_closed().
 */
struct link {
	atomic_bool gone;
	atomic_int holders;
};

struct bus {
	natsConnection *connection;
	jsCtx *js;
	struct link *link;
};

static void link_release(struct link *link)
{
	if (link && atomic_fetch_sub(&link->holders, 1) == 1)
		free(link);
}

static void on_closed(natsConnection *connection, void *context)
{
	(void)connection;
	link_release(context);
}

static void on_disconnected(natsConnection *connection, void *context)
{
	struct link *link = context;

	atomic_store(&link->gone, true);
	if (natsConnection_IsClosed(connection))
		return;
	log_line(LOG_WARNING, "nats disconnected, reconnecting", "%s", "");
}

static void on_reconnected(natsConnection *connection, void *context)
{
	char url[256] = "", shown[BUS_URLS_SIZE];
	struct link *link = context;

	atomic_store(&link->gone, false);
	(void)natsConnection_GetConnectedUrl(connection, url, sizeof(url));
	bus_urls_show(shown, url);
	log_line(LOG_INFO, "nats reconnected", "url=%s", log_quote(shown));
}

/* Without this callback natsConnection_Connect() blocks until there is a server, and a
 * stop is not noticed. */
static void on_connected(natsConnection *connection, void *context)
{
	struct link *link = context;

	(void)connection;
	atomic_store(&link->gone, false);
	log_line(LOG_INFO, "nats connected", "%s", "");
}

static void on_error(natsConnection *connection, natsSubscription *subscription,
	natsStatus status, void *context)
{
	(void)connection;
	(void)subscription;
	(void)context;
	log_line(LOG_WARNING, "nats error", "reason=%s",
		log_quote(natsStatus_GetText(status)));
}

bool bus_fault(struct fault *fault, natsStatus status, const char *what)
{
	const char *detail = nats_GetLastError(NULL);

	return fault_set(fault, FAULT_RETRY, "%s: %s%s%s", what,
		natsStatus_GetText(status), detail && *detail ? ": " : "",
		detail ? detail : "");
}

/* A comma-separated list is what nats.c itself does not take. */
static natsStatus set_servers(natsOptions *options, const char *urls)
{
	enum { SERVERS_MAX = 16 };
	char copy[1024], *rest = copy;
	const char *servers[SERVERS_MAX];
	int count = 0;

	if (snprintf(copy, sizeof(copy), "%s", urls) >= (int)sizeof(copy))
		return NATS_INVALID_ARG;
	for (char *url; (url = strsep(&rest, ",")) && count < SERVERS_MAX;)
		if (*url)
			servers[count++] = url;
	return natsOptions_SetServers(options, servers, count);
}

/*
 * Nothing is buffered while there is no server (a size of one byte): what cannot be
 * sent now must fail now, so that its owner can say so.
 */
static natsStatus set_reconnect(natsOptions *options, struct link *link)
{
	natsStatus status = natsOptions_SetMaxReconnect(options, -1);

	if (status == NATS_OK)
		status = natsOptions_SetReconnectWait(options, RECONNECT_WAIT_MS);
	if (status == NATS_OK)
		status = natsOptions_SetReconnectJitter(
			options, RECONNECT_JITTER_MS, RECONNECT_JITTER_MS);
	if (status == NATS_OK)
		status = natsOptions_SetReconnectBufSize(options, 1);
	if (status == NATS_OK)
		status = natsOptions_SetRetryOnFailedConnect(
			options, true, on_connected, link);
	if (status == NATS_OK)
		status = natsOptions_SetPingInterval(options, PING_EVERY_MS);
	if (status == NATS_OK)
		status = natsOptions_SetMaxPingsOut(options, PINGS_UNANSWERED);
	if (status == NATS_OK)
		status = natsOptions_SetTimeout(options, CONNECT_TIMEOUT_MS);
	/* Else a write to a server that hangs keeps the connection's lock for ever, and
	 * not even its pings find out. */
	if (status == NATS_OK)
		status = natsOptions_SetWriteDeadline(options, WRITE_MS);
	return status;
}

static natsStatus set_callbacks(natsOptions *options, struct link *link)
{
	natsStatus status =
		natsOptions_SetDisconnectedCB(options, on_disconnected, link);

	if (status == NATS_OK)
		status = natsOptions_SetReconnectedCB(options, on_reconnected, link);
	if (status == NATS_OK)
		status = natsOptions_SetClosedCB(options, on_closed, link);
	if (status == NATS_OK)
		status = natsOptions_SetErrorHandler(options, on_error, NULL);
	return status;
}

static natsStatus set_security(natsOptions *options, const struct daemon_config *config)
{
	natsStatus status = NATS_OK;

	if (*config->nats_credentials)
		status = natsOptions_SetUserCredentialsFromFiles(
			options, config->nats_credentials, NULL);
	if (status == NATS_OK && *config->nats_ca_file) {
		status = natsOptions_SetSecure(options, true);
		if (status == NATS_OK)
			status = natsOptions_LoadCATrustedCertificates(
				options, config->nats_ca_file);
	}
	return status;
}

static natsStatus set_all(natsOptions *options, const struct daemon_config *config,
	const char *name, struct link *link)
{
	natsStatus status = set_servers(options, config->nats_url);

	if (status == NATS_OK)
		status = natsOptions_SetName(options, name);
	if (status == NATS_OK)
		status = set_reconnect(options, link);
	if (status == NATS_OK)
		status = set_callbacks(options, link);
	if (status == NATS_OK)
		status = set_security(options, config);
	return status;
}

static bool wait_for_server(struct bus *bus, const char *url, struct fault *fault)
{
	int64_t next_word = clock_mono_ms() + 1000;

	while (natsConnection_Status(bus->connection) != NATS_CONN_STATUS_CONNECTED) {
		if (stop_requested())
			return fault_set(
				fault, FAULT_RETRY, "stopped before %s answered", url);
		if (natsConnection_IsClosed(bus->connection))
			return fault_set(fault, FAULT_FATAL,
				"%s refuses us: check TOCSIN_NATS_CREDENTIALS", url);
		if (clock_mono_ms() >= next_word) {
			log_line(LOG_WARNING, "waiting for nats", "url=%s",
				log_quote(url));
			next_word += 10000;
		}
		clock_sleep_ms(CONNECT_POLL_MS);
	}
	return true;
}

/*
 * SendAsap means no flusher thread: with a loop nats.c then only says that it has
 * something to write, at once instead of a millisecond later.
 */
static natsStatus set_loop(natsOptions *options, const struct bus_loop *loop)
{
	natsStatus status = natsOptions_SetEventLoop(options, loop->context,
		loop->attach, loop->read, loop->write, loop->detach);

	return status == NATS_OK ? natsOptions_SetSendAsap(options, true) : status;
}

static bool open_bus(struct bus **out, const struct daemon_config *config,
	const char *name, const struct bus_loop *loop, bool prompt, struct fault *fault)
{
	natsOptions *options AUTO(natsOptions_Destroy) = NULL;
	struct bus *bus AUTO(bus_close) = calloc(1, sizeof(*bus));
	char shown[BUS_URLS_SIZE];
	jsOptions api;
	natsStatus status;

	if (bus)
		bus->link = calloc(1, sizeof(*bus->link));
	if (!bus || !bus->link)
		return fault_set(fault, FAULT_FATAL, "no memory");
	bus->link->holders = 1;
	bus_urls_show(shown, config->nats_url);
	if (!bus_urls_are_good(config->nats_url))
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_NATS_URL=%s: must be nats:// or tls:// addresses, "
			"separated by commas",
			shown);
	status = natsOptions_Create(&options);
	if (status == NATS_OK)
		status = set_all(options, config, name, bus->link);
	if (status == NATS_OK && loop)
		status = set_loop(options, loop);
	if (status == NATS_OK && prompt)
		status = natsOptions_SetSendAsap(options, true);
	if (status != NATS_OK)
		return fault_set(fault, FAULT_FATAL, "TOCSIN_NATS_URL=%s: %s", shown,
			natsStatus_GetText(status));
	bus->link->holders = 2;
	status = natsConnection_Connect(&bus->connection, options);
	if (!bus->connection)
		link_release(bus->link);
	if (status != NATS_OK && status != NATS_NOT_YET_CONNECTED)
		return fault_set(fault, FAULT_FATAL, "TOCSIN_NATS_URL=%s: %s: %s",
			shown, natsStatus_GetText(status), nats_GetLastError(NULL));
	if (!wait_for_server(bus, shown, fault))
		return false;
	(void)jsOptions_Init(&api);
	api.Wait = API_WAIT_MS;
	status = natsConnection_JetStream(&bus->js, bus->connection, &api);
	if (status != NATS_OK)
		return bus_fault(fault, status, "JetStream context");
	*out = TAKE(bus);
	return true;
}

bool bus_open(struct bus **out, const struct daemon_config *config, const char *name,
	struct fault *fault)
{
	return open_bus(out, config, name, NULL, false, fault);
}

bool bus_open_prompt(struct bus **out, const struct daemon_config *config,
	const char *name, struct fault *fault)
{
	return open_bus(out, config, name, NULL, true, fault);
}

bool bus_open_loop(struct bus **out, const struct daemon_config *config,
	const char *name, const struct bus_loop *loop, struct fault *fault)
{
	return open_bus(out, config, name, loop, false, fault);
}

void bus_close(struct bus *bus)
{
	if (!bus)
		return;
	jsCtx_Destroy(bus->js);
	if (bus->connection) {
		/* What cannot be flushed was never promised to anybody. */
		if (bus_is_connected(bus))
			(void)natsConnection_FlushTimeout(
				bus->connection, CLOSE_FLUSH_MS);
		natsConnection_Close(bus->connection);
		natsConnection_Destroy(bus->connection);
	}
	link_release(bus->link);
	free(bus);
}

natsConnection *bus_connection(struct bus *bus)
{
	return bus->connection;
}

jsCtx *bus_js(struct bus *bus)
{
	return bus->js;
}

bool bus_is_connected(struct bus *bus)
{
	return !atomic_load_explicit(&bus->link->gone, memory_order_acquire);
}

const char *bus_header(natsMsg *message, const char *name)
{
	const char *value;

	return natsMsgHeader_Get(message, name, &value) == NATS_OK && value ? value
									    : "";
}
