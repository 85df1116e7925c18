// SPDX-License-Identifier: Apache-2.0
#include "config-store/authorize.h"

#include <string.h>

#include "config-store/tokens.h"

/* The bearer token, else X-Admin-Token, else NULL. */
static const char *credential(struct http_request *request)
{
	static const char scheme[] = "bearer ";
	const char *authorization = http_header(request, "Authorization");

	if (!authorization)
		return http_header(request, "X-Admin-Token");
	if (strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
		return NULL;
	authorization += sizeof(scheme) - 1;
	return authorization + strspn(authorization, " ");
}

static bool identify(
	struct store_thread *thread, struct http_request *request, struct fault *fault)
{
	const char *text = credential(request), *why;

	thread->caller = (struct caller){0};
	if (!text || !*text)
		return refuse(thread, fault, 401, "unauthorized",
			"no token; send Authorization: Bearer <token>");
	if (!tokens_verify(&thread->caller, &why, thread, text, fault))
		return false;
	return thread->caller.kind != CALLER_NONE ||
		refuse(thread, fault, 401, "unauthorized", "the token is no good: %s",
			why);
}

static bool check_scope(struct store_thread *thread, struct http_request *request,
	const struct route *route, struct fault *fault)
{
	if (!(route->callers & thread->caller.kind))
		return refuse(thread, fault, 403, "forbidden",
			"this call is not for this kind of token");
	if (route->scope == SCOPE_ORG &&
		!caller_sees(&thread->caller, http_segment(request, "org")))
		return refuse(thread, fault, 403, "forbidden",
			"the token is of another organisation");
	return true;
}

static bool check_ids(struct store_thread *thread, struct http_request *request,
	const struct route *route, struct fault *fault)
{
	static const char *const names[] = {"org", "node", "team"};
	char placeholder[16];

	for (size_t i = 0; i < countof(names); i++) {
		(void)snprintf(placeholder, sizeof(placeholder), "{%s}", names[i]);
		if (strstr(route->path, placeholder) &&
			!id_is_name(http_segment(request, names[i])))
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
