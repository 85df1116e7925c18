// SPDX-License-Identifier: Apache-2.0
#include "ingress/admin.h"

#include <string.h>

#include "common/http/http_caller.h"

enum { RETRY_S = 2 };

#define API "/api/v1/admin"

static const struct admin_path paths[ADMIN_PATHS] = {
	{"POST", API "/agents/run", "runs:write", admin_run},
	{"GET", API "/events/{id}", "runs:read", admin_show_event},
	{"GET", API "/provision/runs/{id}", "config:read", admin_show_provision},
	{"POST", API "/provision/team", "config:write", admin_provision},
	{"DELETE", API "/provision/team", "config:write", admin_deprovision},
	{"POST", API "/schedules/team", "config:write", admin_schedule},
	{"DELETE", API "/schedules/team", "config:write", admin_unschedule},
	{"GET", API "/schedules/team", "config:read", admin_show_schedules},
};

void admin_unavailable(struct http_request *request, const struct fault *fault)
{
	http_answer_unavailable(request, RETRY_S, fault);
}

static void answer_unauthorized(struct http_request *request, const char *why)
{
	static const struct http_answer_header challenge[] = {
		{"WWW-Authenticate", "Bearer"}, {NULL, NULL}};
	json_t *body AUTO(json_decref) =
		json_pack("{s:s, s:s}", "error", "unauthorized", "message", why);
	char *text AUTO(free) = json_print(body);

	http_answer(request,
		&(struct http_answer){.status = 401,
			.body = text,
			.len = text ? strlen(text) : 0,
			.headers = challenge});
}

/* False: answered. A bad token counts against its client like a bad signature. */
static bool identify(
	struct admin_caller *out, struct admin *admin, struct http_request *request)
{
	const char *why, *token = http_credential(request, &why);
	struct fault fault = {0};
	struct limited limited;
	bool known = false;

	if (!token) {
		answer_unauthorized(request, why);
		return false;
	}
	if (admin_auth_verify(out, admin->auth, token, &known, &fault))
		return true;
	if (fault.kind == FAULT_RETRY)
		admin_unavailable(request, &fault);
	else if (known)
		http_answer_error(request, 403, "forbidden", "%s", fault.text);
	else if (admission_failed(admin->admission, request, &limited))
		answer_unauthorized(request, fault.text);
	else
		admission_answer(request, &limited);
	return false;
}

static void handle(struct admin *admin, struct http_request *request,
	const struct admin_path *path)
{
	struct admin_caller caller;

	if (!identify(&caller, admin, request))
		return;
	if (caller.read_only && strcmp(path->method, "GET") != 0)
		http_answer_error(request, 403, "forbidden", "the token may only read");
	else if (admin_caller_may(&caller, path->scope))
		path->handle(admin, request, &caller);
	else
		http_answer_error(request, 403, "forbidden",
			"the token lacks the scope %s", path->scope);
}

/* A config store that hangs must not take the threads that large bodies need. */
static void enter(void *context, struct http_request *request)
{
	const struct admin_route *own = http_route_data(request);
	const struct fault full = {
		.kind = FAULT_RETRY, .text = "too many admins at once"};

	(void)context;
	if (atomic_fetch_add(&own->admin->busy, 1) < own->admin->busy_most)
		handle(own->admin, request, own->path);
	else
		admin_unavailable(request, &full);
	atomic_fetch_sub(&own->admin->busy, 1);
}

struct http_route *admin_routes(struct http_route *routes,
	struct admin_route own[ADMIN_PATHS], struct admin *admin)
{
	for (size_t i = 0; i < ADMIN_PATHS; i++) {
		own[i] = (struct admin_route){admin, &paths[i]};
		*routes++ = (struct http_route){.method = paths[i].method,
			.path = paths[i].path,
			.handle = enter,
			.data = &own[i],
			.max_body = ADMIN_BODY_MAX,
			.blocking = true};
	}
	return routes;
}

void admin_accept(struct admin *admin, struct http_request *request,
	const struct admin_question *question, long wait_s, json_t *body)
{
	json_t *owned AUTO(json_decref) = body;
	char *text AUTO(free) = json_print(owned);
	const struct fault memory = {
		.kind = FAULT_RETRY, .text = "no memory for an answer"};

	if (text)
		admin_waits_add(admin->waits, request, question, wait_s, text);
	else
		admin_unavailable(request, &memory);
}
