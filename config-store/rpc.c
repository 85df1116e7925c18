// SPDX-License-Identifier: Apache-2.0
#include "config-store/rpc.h"

#include <string.h>

#include "config-store/config.h"
#include "config-store/config_view.h"
#include "config-store/nodes.h"
#include "config-store/scopes.h"
#include "config-store/tokens.h"

#define HANDLER(name)                                                     \
	static bool name(const struct service_call *call,                 \
		const ProtobufCMessage *request, ProtobufCMessage *reply, \
		struct fault *fault)

struct store_thread *rpc_thread(const struct service_call *call)
{
	struct store_thread *thread = call->thread;

	refusal_clear(thread);
	thread->caller = (struct caller){.kind = CALLER_ORG_ADMIN};
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

static bool copy_scopes(
	pb_auth_verify_reply *out, enum caller_kind kind, struct fault *fault)
{
	const char *const *scopes = scopes_of(kind);
	size_t count = 0;

	while (scopes[count])
		count++;
	out->scopes = calloc(count + 1, sizeof(*out->scopes));
	if (!out->scopes)
		return fault_set(fault, FAULT_RETRY, "no memory for a reply");
	for (; out->n_scopes < count; out->n_scopes++)
		if (!rpc_string(
			    &out->scopes[out->n_scopes], scopes[out->n_scopes], fault))
			return false;
	return true;
}

HANDLER(auth_verify)
{
	const pb_auth_verify_request *in = (const void *)request;
	pb_auth_verify_reply *out = (void *)reply;
	struct store_thread *thread = rpc_thread(call);
	struct caller caller;
	const char *why;

	return tokens_verify(&caller, &why, thread, in->token, fault) &&
		rpc_string(&out->kind, scopes_kind(caller.kind), fault) &&
		rpc_string(&out->org, caller.org, fault) &&
		rpc_string(&out->team, caller.team, fault) &&
		rpc_string(&out->subject, caller.subject, fault) &&
		rpc_string(&out->reason, why, fault) &&
		copy_scopes(out, caller.kind, fault);
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

	if (!json_parse_object(&document, in->patch_json, fault) ||
		!rpc_text(&actor, in->actor, RPC_NAME_MAX, fault) ||
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
	VERB("auth.verify", false, auth_verify, auth_verify),
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
	VERB("token.issue", true, token_issue, issue),
	VERB("token.revoke", true, token_revoke, revoke),
	{NULL},
};
