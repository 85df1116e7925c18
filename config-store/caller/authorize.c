// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/authorize.h"

#include <string.h>

#include "common/http/http_caller.h"
#include "config-store/caller/scopes.h"
#include "config-store/caller/verify.h"

static bool identify(
	struct store_thread *thread, struct http_request *request, struct fault *fault)
{
	const char *why, *text = http_credential(request, &why);
	struct verdict verdict;

	thread->caller = (struct caller){0};
	if (!text)
		return refuse(thread, fault, 401, "unauthorized", "%s", why);
	if (!verify(&verdict, thread, text, fault))
		return false;
	if (verdict.caller.kind == CALLER_NONE && verdict.forbidden)
		return refuse(thread, fault, 403, "forbidden",
			"nobody is let in by this token: %s", verdict.why);
	if (verdict.caller.kind == CALLER_NONE)
		return refuse(thread, fault, 401, "unauthorized",
			"the token is no good: %s", verdict.why);
	thread->caller = verdict.caller;
	return true;
}

/* The same answer whether the other organisation exists or not. */
static bool check_org(struct store_thread *thread, struct http_request *request,
	const struct route *route, struct fault *fault)
{
	return route->scope != SCOPE_ORG ||
		caller_sees(&thread->caller, http_segment(request, "org")) ||
		refuse(thread, fault, 403, "forbidden",
			"the token is of another organisation");
}

/* The segment for {name}; NULL when the route's path has no such place. */
static const char *placed(
	struct http_request *request, const struct route *route, const char *name)
{
	char placeholder[16];

	(void)snprintf(placeholder, sizeof(placeholder), "{%s}", name);
	return strstr(route->path, placeholder) ? http_segment(request, name) : NULL;
}

/* A team that may make a call about a team may make it about itself. */
static bool check_team(struct store_thread *thread, struct http_request *request,
	const struct route *route, struct fault *fault)
{
	static const char *const names[] = {"team", "node"};

	for (size_t i = 0; thread->caller.kind == CALLER_TEAM && i < countof(names);
		i++) {
		const char *asked = placed(request, route, names[i]);

		if (asked && strcmp(asked, thread->caller.team) != 0)
			return refuse(thread, fault, 403, "forbidden",
				"the token is of another team");
	}
	return true;
}

static bool check_rights(
	struct store_thread *thread, const struct route *route, struct fault *fault)
{
	unsigned needs = route->needs ? route->needs : RIGHT_ALL;
	char scopes[SCOPES_SIZE];

	if (needs & ~thread->caller.rights)
		return refuse(thread, fault, 403, "insufficient_scope",
			"this call needs the scope %s, which the token has not",
			scopes_text(scopes, needs));
	if (thread->caller.read_only && strcmp(route->method, "GET") != 0)
		return refuse(thread, fault, 403, "read_only",
			"the token is good for reading only");
	return true;
}

static bool check_scope(struct store_thread *thread, struct http_request *request,
	const struct route *route, struct fault *fault)
{
	if (!(route->callers & thread->caller.kind))
		return refuse(thread, fault, 403, "forbidden",
			"this call is not for this kind of token");
	return check_org(thread, request, route, fault) &&
		check_team(thread, request, route, fault) &&
		check_rights(thread, route, fault);
}

static bool check_ids(struct store_thread *thread, struct http_request *request,
	const struct route *route, struct fault *fault)
{
	static const char *const names[] = {"org", "node", "team"};

	for (size_t i = 0; i < countof(names); i++) {
		const char *id = placed(request, route, names[i]);

		if (id && !id_is_name(id))
			return refuse(thread, fault, 400, "invalid_id",
				"the %s in the path is no id: 1 to %d letters, digits, "
				"'-' or '_', a letter or digit first",
				names[i], NAME_MAX_LEN);
	}
	return true;
}

bool authorize(struct store_thread *thread, struct http_request *request,
	const struct route *route, struct fault *fault)
{
	return identify(thread, request, fault) &&
		check_scope(thread, request, route, fault) &&
		check_ids(thread, request, route, fault);
}

bool authorize_remembered(struct store_thread *thread, struct http_request *request,
	const struct route *route)
{
	const char *why, *text = http_credential(request, &why);
	struct fault fault = {0};
	bool good = text && verify_remembered(&thread->caller, thread->store, text) &&
		check_scope(thread, request, route, &fault) &&
		check_ids(thread, request, route, &fault);

	refusal_clear(thread);
	return good;
}
