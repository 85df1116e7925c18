// SPDX-License-Identifier: Apache-2.0
// A node's configuration over HTTP: for admins by the node's path, for a team its own.
#include <string.h>

#include "config-store/config/config.h"
#include "config-store/config/config_view.h"
#include "config-store/handlers.h"

struct place {
	const char *org, *node;
};

/* The node of the path, or the caller's own. */
static struct place place_of(const struct call *call)
{
	const struct caller *caller = &call->thread->caller;

	if (strstr(http_route_path(call->request), "{node}"))
		return (struct place){
			call_segment(call, "org"), call_segment(call, "node")};
	return (struct place){caller->org, caller->team};
}

static bool answer_config(
	struct call *call, const json_t *config, int64_t version, struct fault *fault)
{
	json_t *body AUTO(json_decref) =
		json_pack("{sO,sI}", "config", config, "version", (json_int_t)version);
	char etag[24];

	(void)snprintf(etag, sizeof(etag), "%lld", (long long)version);
	return call_answer_tagged(call, body, etag, fault);
}

bool config_get(struct call *call, struct fault *fault)
{
	const struct place place = place_of(call);
	json_t *config AUTO(json_decref) = NULL;
	int64_t version;

	return config_read(
		       &config, &version, call->thread, place.org, place.node, fault) &&
		answer_config(call, config, version, fault);
}

bool config_get_effective(struct call *call, struct fault *fault)
{
	const struct place place = place_of(call);
	struct effective *effective AUTO(effective_release) = NULL;

	return config_effective(
		       &effective, call->thread, place.org, place.node, fault) &&
		call_answer_text(
			call, effective->text, effective->len, effective->etag, fault);
}

bool config_get_effective_quick(struct call *call)
{
	const struct place place = place_of(call);
	struct effective *effective AUTO(effective_release) =
		config_remembered(call->thread->store, place.org, place.node);
	struct fault ignored = {0}; /* no memory, which the slow way meets and says */

	return effective &&
		call_answer_text(call, effective->text, effective->len, effective->etag,
			&ignored);
}

/* It is kept as text: what PostgreSQL would not take is the caller's mistake. */
static bool check_reason(struct call *call, const char *reason, struct fault *fault)
{
	enum { REASON_MAX = 500 };
	size_t len = reason ? strlen(reason) : 0;

	return (len <= REASON_MAX && text_is_utf8(reason ? reason : "", len)) ||
		refuse(call->thread, fault, 400, "invalid_reason",
			"the reason must be UTF-8 of at most %d bytes", REASON_MAX);
}

static bool write_config(
	struct call *call, struct config_change *change, struct fault *fault)
{
	const struct place place = place_of(call);
	json_t *trial;
	bool dry;

	if (!call_switch(call, &dry, "dry_run", fault) ||
		!check_reason(call, change->reason, fault))
		return false;
	change->org = place.org;
	change->node = place.node;
	change->if_match = http_header(call->request, "If-Match");
	change->actor = call->thread->caller.subject;
	if (dry)
		return config_dry_run(&trial, call->thread, change, fault) &&
			call_answer(call, 200, trial, fault);
	return config_write(call->thread, change, fault) &&
		answer_config(call, change->config, change->version, fault);
}

bool config_put(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	struct config_change change AUTO(config_change_done) = {0};
	const json_t *config, *patch;

	if (!call_body(call, &body, false, fault) ||
		!call_string(call, &change.reason, body, "reason", NULL, fault))
		return false;
	config = json_object_get(body, "config");
	patch = json_object_get(body, "patch");
	if (!config == !patch || !json_is_object(config ? config : patch))
		return refuse(call->thread, fault, 400, "invalid_body",
			"the body must have either 'config', to replace, or 'patch', "
			"to merge, and it must be an object");
	change.document = config ? config : patch;
	change.kind = patch ? CONFIG_PATCH : CONFIG_REPLACE;
	return write_config(call, &change, fault);
}

bool config_patch(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	struct config_change change AUTO(config_change_done) = {
		.kind = CONFIG_PATCH, .reason = http_query(call->request, "reason")};

	if (!call_body(call, &body, false, fault))
		return false;
	change.document = body;
	return write_config(call, &change, fault);
}

bool config_rollback(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	struct text reason AUTO(text_done) = {0};
	struct config_change change AUTO(config_change_done) = {.kind = CONFIG_RESTORE};
	const json_t *version;
	const char *why;

	if (!call_body(call, &body, false, fault) ||
		!call_string(call, &why, body, "reason", "", fault))
		return false;
	version = json_object_get(body, "version");
	if (!json_is_integer(version) || json_integer_value(version) < 0)
		return refuse(call->thread, fault, 400, "invalid_body",
			"'version' must be the number of the version to go back to");
	change.restored = json_integer_value(version);
	text_printf(&reason, "back to version %lld%s%s", (long long)change.restored,
		*why ? ": " : "", why);
	if (text_failed(&reason))
		return fault_set(fault, FAULT_RETRY, "no memory for a reason");
	change.reason = text_string(&reason);
	return write_config(call, &change, fault);
}
