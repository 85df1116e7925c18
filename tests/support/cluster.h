// SPDX-License-Identifier: Apache-2.0
// Three nats-servers that are one JetStream cluster, each of which can be killed and started
// again at the same place.
#pragma once

#include "common/nats/bus.h"
#include "tests/support/process.h"

enum { CLUSTER_NODES = 3, CLUSTER_URLS_SIZE = 128, CLUSTER_WAIT_MS = 60000 };

/*
 * A port of a node. It is bound as long as the cluster is there, so that no other process
 * is given it while the node is down; nats-server, too, sets SO_REUSEADDR, and may have it.
 */
struct cluster_port {
	int fd;
	unsigned number;
};

struct cluster_node {
	struct process process;
	char name[16];
	struct cluster_port clients, routes;
};

struct cluster {
	const char *directory; /* borrowed: logs and stores */
	struct cluster_node nodes[CLUSTER_NODES];
	char urls[CLUSTER_URLS_SIZE]; /* as in TOCSIN_NATS_URL */
};

/* Starts all nodes, and does not wait for them to find each other. */
void cluster_start(struct cluster *cluster, const char *directory);
void cluster_stop(struct cluster *cluster);

void cluster_node_start(struct cluster *cluster, int node);

/* Connects, and waits until JetStream answers, which needs a leader. */
void cluster_connect(const struct cluster *cluster, struct bus **bus);

/* The node that leads a stream; -1 when there is none just now. */
int cluster_leader(struct bus *bus, const char *stream);

/* True when every replica of a stream is there and has all that its leader has. */
bool cluster_is_whole(struct bus *bus, const char *stream);

/* Makes another node lead a stream, and waits until it does. */
void cluster_move_leader(struct bus *bus, const char *stream);
