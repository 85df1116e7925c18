// SPDX-License-Identifier: Apache-2.0
// The ingress's admin paths: orders are published under an idempotency key, what became of
// them is read from the config store. All handlers run in threads of the pool.
#pragma once

#include <stdatomic.h>

#include "common/http/http_server.h"
#include "common/json.h"
#include "common/nats/publisher.h"
#include "ingress/admin_auth.h"
#include "ingress/admin_wait.h"
#include "ingress/admit.h"

struct admin {
	struct bus *bus;
	struct publisher *publisher; /* an ordinary one */
	struct admission *admission;
	struct admin_auth *auth;
	struct admin_waits *waits;
	int busy_most; /* of the pool's threads: the rest is for large bodies */
	atomic_int busy;
};

/* One path: `handle` is called with the caller known and allowed `scope`. */
struct admin_path {
	const char *method, *path, *scope;
	void (*handle)(struct admin *admin, struct http_request *request,
		const struct admin_caller *caller);
};

enum { ADMIN_PATHS = 8, ADMIN_BODY_MAX = 128 << 10 };

/* A route's data. */
struct admin_route {
	struct admin *admin;
	const struct admin_path *path;
};

/* Fills ADMIN_PATHS routes, which point into `own`, and returns what is behind them. */
struct http_route *admin_routes(struct http_route *routes,
	struct admin_route own[ADMIN_PATHS], struct admin *admin);

/* admin_body.c: what a request asks for. */
struct admin_order {
	const char *verb;       /* static: verb_word(), run, or what is only read */
	json_t *body;           /* without its key; owned */
	const char *org, *team; /* of body */
	char key[129];          /* "" when there is none */
	long wait_s;

	/* From admin_begin(). */
	char id[UUID_SIZE];
	bool is_first;
	char pool[16];
};

void admin_order_done(struct admin_order *order);
DEFINE_AUTO_DONE(struct admin_order, admin_order_done)

/*
 * Reads body, key and ?wait; checks org_id and team_node_id, and that the caller may touch
 * the organisation. False: the request has been answered.
 */
NODISCARD bool admin_order_read(struct admin_order *out, struct http_request *request,
	const struct admin_caller *caller);

/*
 * The field `name`; when the body lacks it, the query's, which the body then has. NULL
 * when there is none, or it is no string.
 */
const char *admin_order_field(
	struct admin_order *order, struct http_request *request, const char *name);

/* The id under which this request is known, however often it is sent. As above. */
NODISCARD bool admin_begin(struct admin *admin, struct admin_order *order,
	struct http_request *request, const struct admin_caller *caller);

/* admin_order.c, admin_run.c, admin_read.c, admin_schedules.c: the handlers. */
void admin_provision(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller);
void admin_deprovision(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller);
void admin_schedule(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller);
void admin_unschedule(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller);
void admin_run(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller);
void admin_show_provision(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller);
void admin_show_event(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller);
void admin_show_schedules(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller);

/* 503 with Retry-After. */
void admin_unavailable(struct http_request *request, const struct fault *fault);

/*
 * The end of an order that was published: waits for its end if that was asked for, and
 * answers 202 with `body` otherwise. Takes `body`.
 */
void admin_accept(struct admin *admin, struct http_request *request,
	const struct admin_question *question, long wait_s, json_t *body);
