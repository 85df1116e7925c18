// SPDX-License-Identifier: Apache-2.0
// Finding the route of a request, and counting its answers without looking series up.
#include <stdio.h>
#include <string.h>

#include "common/http/http_private.h"

static struct metric requests_total = {METRIC_COUNTER, "tocsin_http_requests_total",
	"HTTP requests answered.", {"method", "path", "status"}};
static struct metric request_seconds = {METRIC_HISTOGRAM, "tocsin_http_request_seconds",
	"Time from a request's last byte to its answer.", {"path"}};

static const char unmatched_path[] = "unmatched";

static size_t table_len(const struct http_route *table)
{
	size_t len = 0;

	while (table && table[len].method)
		len++;
	return len;
}

static void add(
	struct http_routes *routes, const struct http_route *table, void *context)
{
	for (; table && table->method; table++) {
		struct http_own_route *own = &routes->list[routes->count++];

		own->route = *table;
		own->context = context;
		own->seconds = metric_with(&request_seconds, table->path, NULL, NULL);
	}
}

static bool check(const struct http_server_options *options, struct fault *fault)
{
	for (const struct http_route *route = options->routes; route && route->method;
		route++)
		if (route->blocking && options->blocking_threads < 1)
			return fault_set(fault, FAULT_FATAL,
				"route %s %s is blocking, and there are no threads for "
				"it",
				route->method, route->path);
	return true;
}

bool http_routes_init(struct http_routes *routes,
	const struct http_server_options *options, struct http_server *server,
	struct fault *fault)
{
	size_t count = table_len(options->routes) + table_len(http_builtin_routes);

	if (!check(options, fault))
		return false;
	routes->list = calloc(count + 1, sizeof(routes->list[0]));
	if (!routes->list)
		return fault_set(fault, FAULT_FATAL, "no memory for %zu routes", count);
	add(routes, options->routes, options->context);
	add(routes, http_builtin_routes, server);
	routes->unmatched.route.path = unmatched_path;
	routes->unmatched.seconds =
		metric_with(&request_seconds, unmatched_path, NULL, NULL);
	metric_link(&requests_total);
	return true;
}

void http_routes_done(struct http_routes *routes)
{
	free(routes->list);
	*routes = (struct http_routes){0};
}

static void add_method(char allow[64], const char *method)
{
	size_t len = strlen(allow);

	(void)snprintf(allow + len, 64 - len, "%s%s", len ? ", " : "", method);
	if (strcmp(method, "GET") == 0)
		add_method(allow, "HEAD");
}

struct http_own_route *http_routes_find(struct http_routes *routes, const char *method,
	const char *path, struct http_match *match, char allow[64])
{
	const char *served = strcmp(method, "HEAD") == 0 ? "GET" : method;

	allow[0] = '\0';
	for (size_t i = 0; i < routes->count; i++) {
		struct http_own_route *own = &routes->list[i];

		if (!http_path_match(own->route.path, path, match))
			continue;
		if (strcmp(own->route.method, served) == 0)
			return own;
		if (!strstr(allow, own->route.method))
			add_method(allow, own->route.method);
	}
	return NULL;
}

/* The method comes from outside, and may be any word. */
static const char *method_label(const char *method)
{
	static const char *const known[] = {
		"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};

	for (size_t i = 0; i < countof(known); i++)
		if (strcmp(method, known[i]) == 0)
			return known[i];
	return "other";
}

static struct metric_series *look_up(
	const struct http_own_route *own, const char *method, int status)
{
	char code[16];

	(void)snprintf(code, sizeof(code), "%d", status);
	return metric_with(
		&requests_total, method_label(method), own->route.path, code);
}

/* The first statuses of a route keep their series; there are few. */
static struct metric_series *counter(struct http_own_route *own, int status)
{
	for (size_t i = 0; i < HTTP_SERIES_CACHED; i++) {
		struct http_series *slot = &own->series[i];
		struct metric_series *series;
		int found = atomic_load_explicit(&slot->status, memory_order_relaxed);

		if (found == 0 &&
			atomic_compare_exchange_strong(&slot->status, &found, status))
			found = status;
		if (found != status)
			continue;
		series = atomic_load_explicit(&slot->counter, memory_order_acquire);
		if (series)
			return series;
		series = look_up(own, own->route.method, status);
		atomic_store_explicit(&slot->counter, series, memory_order_release);
		return series;
	}
	return look_up(own, own->route.method, status);
}

void http_routes_count(struct http_own_route *own, const char *method, int status,
	int64_t microseconds)
{
	bool usual = own->route.method && strcmp(own->route.method, method) == 0;

	metric_add(usual ? counter(own, status) : look_up(own, method, status), 1);
	metric_observe_us(own->seconds, microseconds);
}
