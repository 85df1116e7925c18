// SPDX-License-Identifier: Apache-2.0
// Who an event would go to, over HTTP: for services, and for the admins of an
// organisation, who learn no more about others than that a value is taken.
#include <string.h>

#include "config-store/handlers.h"
#include "config-store/routing/lookup.h"

static bool wants_explanation(const struct call *call)
{
	const char *text = http_query(call->request, "explain");

	return text && (strcmp(text, "1") == 0 || strcmp(text, "true") == 0);
}

static bool read_identifiers(struct lookup *lookup, const struct call *call,
	json_t *body, struct fault *fault)
{
	json_t *identifiers = json_object_get(body, "identifiers"), *value;
	const char *type;

	if (!json_is_object(identifiers))
		return refuse(call->thread, fault, 400, "invalid_body",
			"'identifiers' must be an object such as "
			"{\"github_repo\": \"acme/shop\"}");
	json_object_foreach(identifiers, type, value)
	{
		if (!lookup_add(lookup, type, json_string_value(value), fault))
			return false;
	}
	return true;
}

static bool check_org(const struct call *call, const char *org, struct fault *fault)
{
	return !*org || id_is_name(org) ||
		refuse(call->thread, fault, 400, "invalid_id", "'org_id' is no id");
}

bool routing_lookup(struct call *call, struct fault *fault)
{
	struct lookup lookup AUTO(lookup_done) = {0};
	json_t *body AUTO(json_decref) = NULL;

	if (!call_body(call, &body, false, fault) ||
		!call_string(call, &lookup.org, body, "org_id", "", fault) ||
		!check_org(call, lookup.org, fault) ||
		!read_identifiers(&lookup, call, body, fault) ||
		!lookup_run(&lookup, call->thread, fault))
		return false;
	return call_answer(call, 200,
		lookup_print(&lookup, &call->thread->caller, wants_explanation(call)),
		fault);
}
