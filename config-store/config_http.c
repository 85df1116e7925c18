// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "config-store/config.h"
#include "config-store/handlers.h"

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
	json_t *config AUTO(json_decref) = NULL;
	int64_t version;

	return config_read(&config, &version, call->thread, call_segment(call, "org"),
		       call_segment(call, "node"), fault) &&
		answer_config(call, config, version, fault);
}

static bool write_config(
	struct call *call, struct config_change *change, struct fault *fault)
{
	change->org = call_segment(call, "org");
	change->node = call_segment(call, "node");
	change->if_match = http_header(call->request, "If-Match");
	change->actor = call->thread->caller.subject;
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
			"to "
			"merge, and it must be an object");
	change.document = config ? config : patch;
	change.is_patch = patch != NULL;
	return write_config(call, &change, fault);
}

bool config_patch(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	struct config_change change AUTO(config_change_done) = {.is_patch = true};

	if (!call_body(call, &body, false, fault))
		return false;
	change.document = body;
	return write_config(call, &change, fault);
}

bool config_get_effective(struct call *call, struct fault *fault)
{
	struct config_view view AUTO(config_view_done) = {
		.org = call_segment(call, "org"), .node = call_segment(call, "node")};

	return config_effective(call->thread, &view, fault) &&
		call_answer_tagged(call, view.document, text_string(&view.etag), fault);
}
