// SPDX-License-Identifier: Apache-2.0
#include "config-store/http.h"

#include <string.h>

#include "common/log.h"
#include "config-store/call.h"
#include "config-store/caller/authorize.h"
#include "config-store/routes.h"
#include "config-store/routing/outbox.h"

enum { ROUTES_MAX = 160, BODY_MAX = 16 << 10, RETRY_AFTER_S = 1 };

static void answer_refusal(struct http_request *request, const struct refusal *refusal,
	const struct fault *fault)
{
	static const struct http_answer_header challenge[] = {
		{"WWW-Authenticate", "Bearer"}, {NULL, NULL}};
	json_t *body AUTO(json_decref) =
		json_pack("{ss,ss}", "error", refusal->code, "message", fault->text);
	char *printed AUTO(free) = NULL;

	if (refusal->list &&
		json_object_set(body, refusal->list_name, refusal->list) < 0)
		log_line(
			LOG_WARNING, "no memory for a list", "error=%s", refusal->code);
	printed = json_print(body);
	if (!printed) {
		http_answer_error(request, refusal->status, refusal->code, "refused");
		return;
	}
	http_answer(request,
		&(struct http_answer){.status = refusal->status,
			.body = printed,
			.len = strlen(printed),
			.headers = refusal->status == 401 ? challenge : NULL});
}

static void answer_fault(struct http_request *request,
	const struct store_thread *thread, const struct fault *fault)
{
	if (fault->kind == FAULT_REJECT && thread->refusal.status) {
		answer_refusal(request, &thread->refusal, fault);
		return;
	}
	log_fault(fault, "%s %s request=%s", http_method(request),
		http_route_path(request), http_request_id(request));
	if (fault->kind == FAULT_RETRY)
		http_answer_unavailable(request, RETRY_AFTER_S, fault);
	else
		http_answer_error(request, 500, "internal",
			"this is a mistake of ours; the log has it under %s",
			http_request_id(request));
}

/*
 * A name that nobody reads is a mistake, and not always a harmless one: ?dry_rum=1 would
 * change things.
 */
static bool check_query(struct store_thread *thread, struct http_request *request,
	const struct route *route, struct fault *fault)
{
	const char *name = http_query_unknown(request, route->query);

	return !name ||
		refuse(thread, fault, 400, "unknown_parameter",
			"this call has no parameter '%.40s'%s%s", name,
			route->query ? "; it takes: " : ", and takes none",
			route->query ? route->query : "");
}

static void dispatch(void *context, struct http_request *request)
{
	const struct route *route = http_route_data(request);
	struct store_thread *thread = http_thread(request);
	struct call call = {request, thread};
	struct fault fault = {0};

	refusal_clear(thread);
	if (authorize(thread, request, route, &fault) &&
		check_query(thread, request, route, &fault)) {
		if (route->answer) {
			route->answer(context, request);
			return;
		}
		if (route->handle(&call, &fault))
			return;
	}
	answer_fault(request, thread, &fault);
}

/* In the I/O thread: what lies in memory is answered without a change of thread. */
static bool quick(void *context, struct http_request *request)
{
	const struct route *route = http_route_data(request);
	struct store_thread thread = {.store = context};
	struct call call = {request, &thread};

	return !http_query_unknown(request, route->query) &&
		authorize_remembered(&thread, request, route) && route->quick(&call);
}

static bool ready(void *context, struct fault *fault)
{
	const struct store *store = context;

	if (!bus_is_connected(store->bus) || !bus_is_connected(store->answers))
		return fault_set(fault, FAULT_RETRY, "there is no connection to NATS");
	return outbox_sees_database(store->outbox) ||
		fault_set(fault, FAULT_RETRY, "PostgreSQL does not answer");
}

bool http_start(struct http_server **out, struct store *store, struct fault *fault)
{
	/* Lives as long as the server, which is as long as the process. */
	static struct http_route table[ROUTES_MAX];
	const struct store_config *config = store->config;

	if (route_count >= ROUTES_MAX)
		return fault_set(
			fault, FAULT_FATAL, "%zu routes are too many", route_count);
	for (size_t i = 0; i < route_count; i++)
		table[i] = (struct http_route){
			.method = routes[i].method,
			.path = routes[i].path,
			.handle = dispatch,
			.quick = routes[i].quick ? quick : NULL,
			.data = &routes[i],
			.max_body = routes[i].max_body ? routes[i].max_body : BODY_MAX,
			.blocking = true,
		};
	return http_server_start(out,
		&(struct http_server_options){
			.listen = config->daemon.listen,
			.listen_file = config->daemon.listen_file,
			.routes = table,
			.context = store,
			.blocking_threads = (int)config->http_threads,
			.thread_open = store_thread_open,
			.thread_close = store_thread_close,
			.connections = 1000,
			.ready = ready,
		},
		fault);
}
