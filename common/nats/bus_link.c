// SPDX-License-Identifier: Apache-2.0
#include "common/nats/bus_link.h"

#include <stdatomic.h>

#include "common/log.h"
#include "common/nats/bus_url.h"
#include "common/stop.h"

struct link {
	atomic_bool gone, needed;
	atomic_int holders;
};

bool link_new(struct link **out)
{
	*out = calloc(1, sizeof(**out));
	if (*out)
		atomic_init(&(*out)->holders, 1);
	return *out != NULL;
}

void link_hold(struct link *link)
{
	atomic_fetch_add(&link->holders, 1);
}

void link_release(struct link *link)
{
	if (link && atomic_fetch_sub(&link->holders, 1) == 1)
		free(link);
}

void link_needs(struct link *link)
{
	atomic_store(&link->needed, true);
}

void link_leaves(struct link *link)
{
	atomic_store(&link->needed, false);
}

bool link_is_up(const struct link *link)
{
	return !atomic_load_explicit(&link->gone, memory_order_acquire);
}

static void on_closed(natsConnection *connection, void *context)
{
	struct link *link = context;
	const char *why = NULL;
	natsStatus status;

	atomic_store(&link->gone, true);
	if (atomic_load(&link->needed)) {
		status = natsConnection_GetLastError(connection, &why);
		log_line(LOG_ERROR, "nats closed the connection for good", "reason=%s",
			log_quote(why && *why ? why : natsStatus_GetText(status)));
		stop_request_failed();
	}
	link_release(link);
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

void link_on_connected(natsConnection *connection, void *context)
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

natsStatus link_set_callbacks(natsOptions *options, struct link *link)
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
