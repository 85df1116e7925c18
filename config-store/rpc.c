// SPDX-License-Identifier: Apache-2.0
#include "config-store/rpc.h"

#include <string.h>

#include "config-store/caller/scopes.h"
#include "config-store/caller/verify.h"
#include "config-store/config/config.h"
#include "config-store/config/config_view.h"
#include "config-store/tokens/tokens.h"
#include "config-store/tree/nodes.h"

#define HANDLER(name)                                                     \
	static bool name(const struct service_call *call,                 \
		const ProtobufCMessage *request, ProtobufCMessage *reply, \
		struct fault *fault)

struct store_thread *rpc_thread(const struct service_call *call)
{
	struct store_thread *thread = call->thread;

	refusal_clear(thread);
	thread->caller = (struct caller){
		.kind = CALLER_ORG_ADMIN, .rights = RIGHT_ALL, .auth_kind = "rpc"};
	(void)snprintf(thread->caller.org, sizeof(thread->caller.org), "%s", call->org);
	return thread;
}

bool rpc_string(char **field, const char *value, struct fault *fault)
{
	char *copy = strdup(value);

	if (!copy)
		return fault_set(fault, FAULT_RETRY, "no memory for a reply");
	*field = copy;
	return true;
}

bool rpc_text(char **out, const char *value, size_t max, struct fault *fault)
{
	char *copy = store_text(value, max);

	if (!copy)
		return fault_set(fault, FAULT_RETRY, "no memory for a request");
	*out = copy;
	return true;
}

/* Appends to the reply's list, which has room. */
static bool add_scope(pb_auth_verify_reply *out, const char *scope, struct fault *fault)
{
	if (!rpc_string(&out->scopes[out->n_scopes], scope, fault))
		return false;
	out->n_scopes++;
	return true;
}

static bool copy_scopes(
	pb_auth_verify_reply *out, const struct caller *caller, struct fault *fault)
{
	json_t *names AUTO(json_decref) = scopes_json(
		caller->read_only ? caller->rights & ~RIGHT_WRITES : caller->rights);
	const json_t *name;
	size_t i;

	out->scopes = calloc(json_array_size(names) + 1, sizeof(*out->scopes));
	if (!names || !out->scopes)
		return fault_set(fault, FAULT_RETRY, "no memory for a reply");
	json_array_foreach(names, i,
		name) if (!add_scope(out, json_string_value(name), fault)) return false;
	return true;
}

HANDLER(auth_verify)
{
	const pb_auth_verify_request *in = (const void *)request;
	pb_auth_verify_reply *out = (void *)reply;
	struct verdict verdict;
	const struct caller *caller = &verdict.caller;

	if (!verify(&verdict, rpc_thread(call), in->token, fault))
		return false;
	out->expires_at_us = caller->expires_at_us;
	out->read_only = caller->read_only;
	return rpc_string(&out->kind, scopes_kind(caller->kind), fault) &&
		rpc_string(&out->org, caller->org, fault) &&
		rpc_string(&out->team, caller->team, fault) &&
		rpc_string(&out->subject, caller->subject, fault) &&
		rpc_string(&out->reason, verdict.why ? verdict.why : "", fault) &&
		rpc_string(&out->auth_kind, caller->auth_kind ? caller->auth_kind : "",
			fault) &&
		copy_scopes(out, caller, fault);
}

HANDLER(effective)
{
	pb_config_effective_reply *out = (void *)reply;
	json_t *document AUTO(json_decref) = NULL;
	char etag[ETAG_SIZE], *printed;

	(void)request;
	if (!config_revealed(&document, etag, rpc_thread(call),
		    (const char *const[]){call->org, call->team}, fault))
		return false;
	printed = json_print(document);
	if (!printed)
		return fault_set(fault, FAULT_RETRY, "no memory for a reply");
	out->config_json = printed;
	return rpc_string(&out->etag, etag, fault);
}

HANDLER(patch)
{
	const pb_config_patch_request *in = (const void *)request;
	pb_config_patch_reply *out = (void *)reply;
	struct config_change change AUTO(config_change_done) = {.org = call->org,
		.node = call->team,
		.kind = CONFIG_PATCH,
		.missing_ok = in->missing_ok};
	json_t *document AUTO(json_decref) = NULL;
	char *actor AUTO(free) = NULL, *reason AUTO(free) = NULL;

	if (!json_parse_object(&document, in->patch_json, fault)) {
		json_forget_quote(fault);
		return false;
	}
	if (!rpc_text(&actor, in->actor, RPC_NAME_MAX, fault) ||
		!rpc_text(&reason, in->reason, RPC_TEXT_MAX, fault))
		return false;
	change.document = document;
	change.actor = actor;
	change.reason = reason;
	if (!config_write(rpc_thread(call), &change, fault))
		return false;
	out->version = change.version;
	return true;
}

HANDLER(ensure)
{
	const pb_node_ensure_request *in = (const void *)request;
	pb_node_ensure_reply *out = (void *)reply;
	char *name AUTO(free) = NULL, *actor AUTO(free) = NULL;
	struct node_wish wish = {.org = call->org,
		.node = call->team,
		.parent = in->parent,
		.type = "team",
		.existing_ok = true};

	if (*in->parent && !id_is_name(in->parent))
		return fault_set(
			fault, FAULT_REJECT, "the parent '%.80s' is no id", in->parent);
	if (!rpc_text(&name, in->name, NODE_LABEL_MAX, fault) ||
		!rpc_text(&actor, in->actor, RPC_NAME_MAX, fault))
		return false;
	wish.name = name;
	wish.actor = actor;
	if (!nodes_create(rpc_thread(call), &wish, fault))
		return false;
	out->created = wish.created;
	return true;
}

HANDLER(delete_node)
{
	const pb_node_delete_request *in = (const void *)request;
	pb_node_delete_reply *out = (void *)reply;
	char *actor AUTO(free) = NULL;
	struct node_end end = {.org = call->org,
		.node = call->team,
		.type = "team",
		.missing_ok = true};

	if (!rpc_text(&actor, in->actor, RPC_NAME_MAX, fault))
		return false;
	end.actor = actor;
	if (!nodes_delete(rpc_thread(call), &end, fault))
		return false;
	out->deleted = end.deleted;
	return true;
}

HANDLER(issue)
{
	const pb_token_issue_request *in = (const void *)request;
	pb_token_issue_reply *out = (void *)reply;
	char *label AUTO(free) = NULL, *actor AUTO(free) = NULL, *key AUTO(free) = NULL;
	struct token_wish wish = {.org = call->org, .team = call->team};

	if (!*in->idempotency_key)
		return fault_set(fault, FAULT_REJECT, "idempotency_key is missing");
	if (!rpc_text(&label, in->label, TOKEN_LABEL_MAX, fault) ||
		!rpc_text(&actor, in->actor, RPC_NAME_MAX, fault) ||
		!rpc_text(&key, in->idempotency_key, RPC_NAME_MAX, fault))
		return false;
	wish.label = label;
	wish.actor = actor;
	wish.idempotency_key = key;
	if (!tokens_issue(rpc_thread(call), &wish, fault))
		return false;
	out->created = wish.created;
	return rpc_string(&out->token_id, wish.id, fault);
}

HANDLER(revoke)
{
	const pb_token_revoke_request *in = (const void *)request;
	pb_token_revoke_reply *out = (void *)reply;
	char *actor AUTO(free) = NULL;
	int revoked;

	if (!rpc_text(&actor, in->actor, RPC_NAME_MAX, fault) ||
		!tokens_revoke_reserved(&revoked, rpc_thread(call),
			&(struct token_choice){call->org, call->team, NULL, actor},
			fault))
		return false;
	out->revoked = revoked;
	return true;
}

#define VERB(name, has_tenant, message, handle)                                 \
	{                                                                       \
		name, has_tenant, &tocsin__v1__##message##_request__descriptor, \
			&tocsin__v1__##message##_reply__descriptor, handle      \
	}

const struct service_verb rpc_verbs[] = {
	VERB("admin.read", false, admin_read, admin_read),
	VERB("auth.verify", false, auth_verify, auth_verify),
	VERB("command.begin", true, command_begin, command_begin),
	VERB("config.effective", true, config_effective, effective),
	VERB("config.patch", true, config_patch, patch),
	VERB("node.delete", true, node_delete, delete_node),
	VERB("node.ensure", true, node_ensure, ensure),
	VERB("provision.begin", true, provision_begin, provision_begin),
	VERB("provision.record", true, provision_record, provision_record),
	VERB("routing.lookup", false, routing_lookup, lookup_rpc),
	VERB("run.claim", true, run_claim, lease_claim),
	VERB("run.finish", true, run_finish, lease_finish),
	VERB("run.renew", true, run_renew, lease_renew),
	VERB("schedule.list", true, schedule_list, schedule_list),
	VERB("schedule.remove", true, schedule_remove, schedule_remove),
	VERB("schedule.set", true, schedule_set, schedule_set),
	VERB("token.issue", true, token_issue, issue),
	VERB("token.revoke", true, token_revoke, revoke),
	{NULL},
};
