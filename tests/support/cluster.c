// SPDX-License-Identifier: Apache-2.0
#include "tests/support/cluster.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/json.h"
#include "tests/support/place.h"
#include "tests/support/stack.h"

DEFINE_AUTO(jsAccountInfo, jsAccountInfo_Destroy)

enum { STOP_MS = 20000, ASK_MS = 3000, ARGUMENT_SIZE = PATH_SIZE + 16 };

#define NAME "nats-"

static void reserve(struct cluster_port *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	port->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)setsockopt(port->fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	cr_assert_eq(bind(port->fd, (struct sockaddr *)&address, len), 0);
	cr_assert_eq(getsockname(port->fd, (struct sockaddr *)&address, &len), 0);
	port->number = ntohs(address.sin_port);
}

static void list_urls(
	char out[CLUSTER_URLS_SIZE], const struct cluster *cluster, bool routes)
{
	size_t len = 0;

	for (int i = 0; i < CLUSTER_NODES; i++) {
		const struct cluster_node *node = &cluster->nodes[i];

		len += (size_t)snprintf(out + len, CLUSTER_URLS_SIZE - len,
			"%snats://127.0.0.1:%u", i ? "," : "",
			routes ? node->routes.number : node->clients.number);
	}
}

void cluster_node_start(struct cluster *cluster, int which)
{
	struct cluster_node *node = &cluster->nodes[which];
	char port[16], listen[64], routes[CLUSTER_URLS_SIZE], store[ARGUMENT_SIZE];
	const char *const arguments[] = {stack_nats_program(), "-a", "127.0.0.1", "-p",
		port, "-n", node->name, "-js", "-sd", store, "--cluster_name", "tests",
		"--cluster", listen, "--routes", routes, NULL};

	(void)snprintf(port, sizeof(port), "%u", node->clients.number);
	(void)snprintf(
		listen, sizeof(listen), "nats://127.0.0.1:%u", node->routes.number);
	(void)snprintf(store, sizeof(store), "%s/js-%d", cluster->directory, which);
	list_urls(routes, cluster, true);
	process_start(&node->process,
		&(struct process_start){.name = node->name,
			.arguments = arguments,
			.directory = cluster->directory});
}

void cluster_start(struct cluster *cluster, const char *directory)
{
	*cluster = (struct cluster){.directory = directory};
	for (int i = 0; i < CLUSTER_NODES; i++) {
		struct cluster_node *node = &cluster->nodes[i];

		(void)snprintf(node->name, sizeof(node->name), NAME "%d", i);
		reserve(&node->clients);
		reserve(&node->routes);
	}
	list_urls(cluster->urls, cluster, false);
	for (int i = 0; i < CLUSTER_NODES; i++)
		cluster_node_start(cluster, i);
}

/* Not at once: one that has no leader any more waits long for one before it goes. */
void cluster_stop(struct cluster *cluster)
{
	for (int i = 0; i < CLUSTER_NODES; i++)
		process_signal(&cluster->nodes[i].process, SIGTERM);
	for (int i = 0; i < CLUSTER_NODES; i++) {
		struct cluster_node *node = &cluster->nodes[i];

		(void)process_stop(&node->process, 0, STOP_MS);
		(void)close(node->clients.fd);
		(void)close(node->routes.fd);
	}
}

static bool has_leader(struct bus *bus)
{
	jsAccountInfo *info AUTO(jsAccountInfo_Destroy) = NULL;

	return js_GetAccountInfo(&info, bus_js(bus), NULL, NULL) == NATS_OK;
}

void cluster_connect(const struct cluster *cluster, struct bus **bus)
{
	static char none[] = "";
	char urls[CLUSTER_URLS_SIZE];
	const struct daemon_config config = {
		.nats_url = urls, .nats_credentials = none, .nats_ca_file = none};
	struct fault fault = {0};

	memcpy(urls, cluster->urls, sizeof(urls));
	cr_assert(bus_open(bus, &config, "test", &fault), "%s", fault.text);
	cr_assert(WAIT_UNTIL(has_leader(*bus), CLUSTER_WAIT_MS),
		"the cluster finds no leader");
}

/* Owned; NULL when there is no answer. nats.c 3.4 loses memory when it cannot read one, and
 * a lag below zero, which there is while leaders change, it cannot. */
static json_t *ask(struct bus *bus, const char *what, const char *stream)
{
	natsMsg *answer AUTO(natsMsg_Destroy) = NULL;
	struct fault fault = {0};
	json_t *json = NULL;
	char subject[128];

	(void)snprintf(subject, sizeof(subject), "$JS.API.STREAM.%s.%s", what, stream);
	if (natsConnection_RequestString(
		    &answer, bus_connection(bus), subject, "", ASK_MS) != NATS_OK ||
		!json_parse(&json, natsMsg_GetData(answer),
			(size_t)natsMsg_GetDataLength(answer), &fault))
		return NULL;
	return json;
}

int cluster_leader(struct bus *bus, const char *stream)
{
	json_t *info AUTO(json_decref) = ask(bus, "INFO", stream);
	const char *leader = json_string_or(info, "/cluster/leader", "");

	return strncmp(leader, NAME, strlen(NAME)) == 0 ? atoi(leader + strlen(NAME))
							: -1;
}

bool cluster_is_whole(struct bus *bus, const char *stream)
{
	json_t *info AUTO(json_decref) = ask(bus, "INFO", stream), *replica;
	const json_t *replicas = json_at(info, "/cluster/replicas");
	size_t i;

	if (!json_at(info, "/cluster/leader") ||
		json_array_size(replicas) != CLUSTER_NODES - 1)
		return false;
	json_array_foreach(
		replicas, i, replica) if (json_bool_or(replica, "/offline", false) ||
		!json_bool_or(replica, "/current", false) ||
		json_integer_or(replica, "/lag", 0) > 0) return false;
	return true;
}

/* Orders and answers may get lost while leaders change; what counts is who leads. */
static bool leads_another(struct bus *bus, const char *stream, int from)
{
	int now = cluster_leader(bus, stream);

	if (now == from)
		json_decref(ask(bus, "LEADER.STEPDOWN", stream));
	return now >= 0 && now != from;
}

void cluster_move_leader(struct bus *bus, const char *stream)
{
	int from = -1;

	cr_assert(
		WAIT_UNTIL((from = cluster_leader(bus, stream)) >= 0, CLUSTER_WAIT_MS),
		"%s has no leader", stream);
	cr_assert(WAIT_UNTIL(leads_another(bus, stream, from), CLUSTER_WAIT_MS),
		"%s stays where it is", stream);
}
