// SPDX-License-Identifier: Apache-2.0
// What the config store is asked for, step by step. All of it may be asked for twice.
#include "provisioner/steps.h"

#include "common/wire.h"

bool step_give(json_t **result, json_t *made, struct fault *fault)
{
	*result = made;
	return made || fault_set(fault, FAULT_RETRY, "out of memory");
}

static char *actor(const struct order *order)
{
	return order->command->actor;
}

static bool make_node(void *context, json_t **result, struct fault *fault)
{
	const struct order *order = context;
	pb_node_ensure_reply *reply AUTO(pb_node_ensure_reply_free) = NULL;
	pb_node_ensure_request request;

	pb_node_ensure_request_init(&request);
	request.name = wire_string(json_string_or(order->payload, "/name", ""));
	request.parent = wire_string(json_string_or(order->payload, "/parent_id", ""));
	request.actor = actor(order);
	return ORDER_ASK(order, "node.ensure", &request, node_ensure, &reply, fault) &&
		step_give(result, json_pack("{s:b}", "created", (int)reply->created),
			fault);
}

/* The team stays, with its configuration, unless the payload says otherwise. */
static bool undo_node(void *context, json_t **result, struct fault *fault)
{
	const struct order *order = context;
	pb_node_delete_reply *reply AUTO(pb_node_delete_reply_free) = NULL;
	pb_node_delete_request request;

	if (!json_bool_or(order->payload, "/delete_node", false))
		return step_give(result, json_pack("{s:b}", "kept", 1), fault);

	pb_node_delete_request_init(&request);
	request.actor = actor(order);
	return ORDER_ASK(order, "node.delete", &request, node_delete, &reply, fault) &&
		step_give(result, json_pack("{s:b}", "deleted", (int)reply->deleted),
			fault);
}

static bool patch(const struct order *order, const json_t *change, const char *reason,
	bool missing_ok, json_t **result, struct fault *fault)
{
	char *patch_json AUTO(free) = json_print(change);
	pb_config_patch_reply *reply AUTO(pb_config_patch_reply_free) = NULL;
	pb_config_patch_request request;

	if (!patch_json)
		return fault_set(fault, FAULT_RETRY, "out of memory");
	pb_config_patch_request_init(&request);
	request.patch_json = patch_json;
	request.actor = actor(order);
	request.reason = wire_string(reason);
	request.missing_ok = missing_ok;
	return ORDER_ASK(
		       order, "config.patch", &request, config_patch, &reply, fault) &&
		step_give(result,
			json_pack("{s:I}", "version", (json_int_t)reply->version),
			fault);
}

/* What the payload does not name stays as it is, so provisioning again wipes nothing.
 */
static bool make_routing(void *context, json_t **result, struct fault *fault)
{
	const struct order *order = context;
	json_t *channels = json_object_get(order->payload, "slack_channel_ids");
	json_t *repositories = json_object_get(order->payload, "github_repos");
	json_t *change AUTO(json_decref) = NULL;

	if (!channels && !repositories)
		return step_give(result, json_pack("{s:b}", "unchanged", 1), fault);
	change = json_pack("{s:{s:O*, s:O*}}", "routing", "slack_channel_ids", channels,
		"github_repos", repositories);
	return patch(order, change, "provision", false, result, fault);
}

/* Frees every identifier of the team: nothing is routed to it any more. */
static bool undo_routing(void *context, json_t **result, struct fault *fault)
{
	const struct order *order = context;
	json_t *change AUTO(json_decref) = json_pack("{s:n}", "routing");

	return patch(order, change, "deprovision", true, result, fault);
}

static bool make_token(void *context, json_t **result, struct fault *fault)
{
	const struct order *order = context;
	pb_token_issue_reply *reply AUTO(pb_token_issue_reply_free) = NULL;
	pb_token_issue_request request;

	pb_token_issue_request_init(&request);
	request.idempotency_key = wire_string(order_key(order));
	request.label = wire_string("provisioned");
	request.actor = actor(order);
	return ORDER_ASK(order, "token.issue", &request, token_issue, &reply, fault) &&
		step_give(result,
			json_pack("{s:s, s:b}", "token_id", reply->token_id, "created",
				(int)reply->created),
			fault);
}

static bool undo_token(void *context, json_t **result, struct fault *fault)
{
	const struct order *order = context;
	pb_token_revoke_reply *reply AUTO(pb_token_revoke_reply_free) = NULL;
	pb_token_revoke_request request;

	pb_token_revoke_request_init(&request);
	request.actor = actor(order);
	return ORDER_ASK(
		       order, "token.revoke", &request, token_revoke, &reply, fault) &&
		step_give(result, json_pack("{s:i}", "revoked", (int)reply->revoked),
			fault);
}

const struct saga_step steps[] = {
	{"node", make_node, undo_node},
	{"routing", make_routing, undo_routing},
	{"token", make_token, undo_token},
	{0},
};
