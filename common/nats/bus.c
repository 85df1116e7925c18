// SPDX-License-Identifier: Apache-2.0
#include "common/nats/bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/nats/bus_link.h"
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
	REFUSED_MAX = 3,
};

struct bus {
	natsConnection *connection;
	jsCtx *js;
	struct link *link;
};

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
			options, true, link_on_connected, link);
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
		status = link_set_callbacks(options, link);
	if (status == NATS_OK)
		status = set_security(options, config);
	return status;
}

/* What a try to open has come to. */
enum outcome {
	OUTCOME_OPEN,
	OUTCOME_FAILED,
	OUTCOME_CLOSED, /* by nats.c, for good, although it was to reconnect for ever */
	OUTCOME_REFUSED, /* the same, because the server does not know us, it seems */
};

/*
 * Whoever is refused twice is not connected any more; nats.c then says that there is no
 * server, which it says of nothing else here. It closes, too, when a server has ended the
 * connection with an error that nats.c does not know.
 */
static enum outcome closed_because(
	struct bus *bus, const char *url, struct fault *fault)
{
	const char *why = NULL;
	natsStatus status = natsConnection_GetLastError(bus->connection, &why);

	if (status == NATS_CONNECTION_AUTH_FAILED || status == NATS_NOT_PERMITTED ||
		status == NATS_NO_SERVER) {
		(void)fault_set(fault, FAULT_FATAL,
			"%s refuses us: check TOCSIN_NATS_CREDENTIALS", url);
		return OUTCOME_REFUSED;
	}
	(void)fault_set(fault, FAULT_RETRY, "%s closed the connection: %s", url,
		why && *why ? why : natsStatus_GetText(status));
	return OUTCOME_CLOSED;
}

static enum outcome wait_for_server(
	struct bus *bus, const char *url, struct fault *fault)
{
	int64_t next_word = clock_mono_ms() + 1000;

	while (natsConnection_Status(bus->connection) != NATS_CONN_STATUS_CONNECTED) {
		if (natsConnection_IsClosed(bus->connection))
			return closed_because(bus, url, fault);
		if (stop_requested()) {
			(void)fault_set(
				fault, FAULT_RETRY, "stopped before %s answered", url);
			return OUTCOME_FAILED;
		}
		if (clock_mono_ms() >= next_word) {
			log_line(LOG_WARNING, "waiting for nats", "url=%s",
				log_quote(url));
			next_word += 10000;
		}
		clock_sleep_ms(CONNECT_POLL_MS);
	}
	return OUTCOME_OPEN;
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

/* What is to be opened. */
struct wanted {
	const struct daemon_config *config;
	const char *name;
	const struct bus_loop *loop; /* NULL: threads of nats.c */
	bool prompt;
	char url[BUS_URLS_SIZE]; /* as it is shown; open_bus() fills it in */
};

static natsStatus make_options(
	natsOptions **out, const struct wanted *wanted, struct link *link)
{
	natsStatus status = natsOptions_Create(out);

	if (status == NATS_OK)
		status = set_all(*out, wanted->config, wanted->name, link);
	if (status == NATS_OK && wanted->loop)
		status = set_loop(*out, wanted->loop);
	if (status == NATS_OK && wanted->prompt)
		status = natsOptions_SetSendAsap(*out, true);
	return status;
}

static bool connect_bus(
	struct bus *bus, const struct wanted *wanted, struct fault *fault)
{
	natsOptions *options AUTO(natsOptions_Destroy) = NULL;
	natsStatus status = make_options(&options, wanted, bus->link);

	if (status != NATS_OK)
		return fault_set(fault, FAULT_FATAL, "TOCSIN_NATS_URL=%s: %s",
			wanted->url, natsStatus_GetText(status));
	link_hold(bus->link);
	status = natsConnection_Connect(&bus->connection, options);
	if (!bus->connection)
		link_release(bus->link);
	return status == NATS_OK || status == NATS_NOT_YET_CONNECTED ||
		fault_set(fault, FAULT_FATAL, "TOCSIN_NATS_URL=%s: %s: %s", wanted->url,
			natsStatus_GetText(status), nats_GetLastError(NULL));
}

static bool open_jetstream(struct bus *bus, struct fault *fault)
{
	jsOptions api;
	natsStatus status;

	(void)jsOptions_Init(&api);
	api.Wait = API_WAIT_MS;
	status = natsConnection_JetStream(&bus->js, bus->connection, &api);
	return status == NATS_OK || bus_fault(fault, status, "JetStream context");
}

static enum outcome try_to_open(
	struct bus **out, const struct wanted *wanted, struct fault *fault)
{
	struct bus *bus AUTO(bus_close) = calloc(1, sizeof(*bus));
	enum outcome outcome;

	if (!bus || !link_new(&bus->link)) {
		(void)fault_set(fault, FAULT_FATAL, "no memory");
		return OUTCOME_FAILED;
	}
	if (!connect_bus(bus, wanted, fault))
		return OUTCOME_FAILED;
	outcome = wait_for_server(bus, wanted->url, fault);
	if (outcome != OUTCOME_OPEN)
		return outcome;
	if (!open_jetstream(bus, fault))
		return OUTCOME_FAILED;
	/* Who is closed from here on stops the process; who was just before does not. */
	link_needs(bus->link);
	if (natsConnection_IsClosed(bus->connection))
		return closed_because(bus, wanted->url, fault);
	*out = TAKE(bus);
	return OUTCOME_OPEN;
}

static bool open_bus(struct bus **out, struct wanted *wanted, struct fault *fault)
{
	enum outcome outcome;

	bus_urls_show(wanted->url, wanted->config->nats_url);
	if (!bus_urls_are_good(wanted->config->nats_url))
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_NATS_URL=%s: must be nats:// or tls:// addresses, "
			"separated by commas",
			wanted->url);
	for (int refused = 0;;) {
		outcome = try_to_open(out, wanted, fault);
		if (outcome == OUTCOME_OPEN)
			return true;
		refused = outcome == OUTCOME_REFUSED ? refused + 1 : 0;
		if (outcome == OUTCOME_FAILED || refused == REFUSED_MAX ||
			stop_requested())
			return false;
		log_fault(fault, "connecting to nats again");
		clock_sleep_ms(RECONNECT_WAIT_MS);
	}
}

bool bus_open(struct bus **out, const struct daemon_config *config, const char *name,
	struct fault *fault)
{
	return open_bus(out, &(struct wanted){config, name}, fault);
}

bool bus_open_prompt(struct bus **out, const struct daemon_config *config,
	const char *name, struct fault *fault)
{
	return open_bus(out, &(struct wanted){config, name, .prompt = true}, fault);
}

bool bus_open_loop(struct bus **out, const struct daemon_config *config,
	const char *name, const struct bus_loop *loop, struct fault *fault)
{
	return open_bus(out, &(struct wanted){config, name, .loop = loop}, fault);
}

void bus_close(struct bus *bus)
{
	if (!bus)
		return;
	jsCtx_Destroy(bus->js);
	if (bus->link)
		link_leaves(bus->link);
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
	return link_is_up(bus->link);
}

const char *bus_header(natsMsg *message, const char *name)
{
	const char *value;

	return natsMsgHeader_Get(message, name, &value) == NATS_OK && value ? value
									    : "";
}
