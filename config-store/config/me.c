// SPDX-License-Identifier: Apache-2.0
// What a token may ask about itself.
#include "common/clock.h"
#include "config-store/caller/scopes.h"
#include "config-store/handlers.h"
#include "config-store/tree/tree.h"

/* NULL for "". */
static const char *or_null(const char *string)
{
	return *string ? string : NULL;
}

/* What the predecessor's clients look for. */
static json_t *permissions_of(const struct caller *caller)
{
	if (caller->kind == CALLER_SERVICE)
		return json_pack("[s]", "internal:*");
	if (caller->kind != CALLER_TEAM)
		return scopes_json(caller->rights);
	if (caller->rights & RIGHT_CONFIG_WRITE && !caller->read_only)
		return json_pack("[ss]", "team:read", "team:write");
	return json_pack("[s]", "team:read");
}

static const char *role_of(enum caller_kind kind)
{
	if (kind & CALLER_ADMIN)
		return "admin";
	return kind == CALLER_TEAM ? "team" : "service";
}

bool me_show(struct call *call, struct fault *fault)
{
	const struct caller *caller = &call->thread->caller;
	bool writes = !caller->read_only && (caller->rights & RIGHT_CONFIG_WRITE);
	char expires[CLOCK_TEXT_SIZE];

	return call_answer(call, 200,
		json_pack("{ss,ss,ss,ss?,ss?,ss?,ss,sb,so,so,ss?}", "role",
			role_of(caller->kind), "auth_kind", caller->auth_kind, "kind",
			scopes_kind(caller->kind), "org_id", or_null(caller->org),
			"team_node_id", or_null(caller->team), "team_id",
			or_null(caller->team), "subject", caller->subject, "can_write",
			writes, "permissions", permissions_of(caller), "scopes",
			scopes_json(caller->rights), "expires_at",
			caller->expires_at_us
				? clock_text(caller->expires_at_us, expires)
				: NULL),
		fault);
}

static bool add_own(json_t *lineage, json_t *configs, const struct tree_node *node)
{
	return json_array_append_new(lineage,
		       json_pack("{ss,ss,ss,ss?}", "node_id", node->id, "node_type",
			       node->type, "name", node->name, "parent_id",
			       node->parent)) == 0 &&
		json_object_set(configs, node->id, node->own) == 0;
}

bool me_raw(struct call *call, struct fault *fault)
{
	const struct caller *caller = &call->thread->caller;
	struct tree *tree AUTO(tree_free) = NULL;
	json_t *lineage AUTO(json_decref) = json_array();
	json_t *configs AUTO(json_decref) = json_object();
	json_t *body AUTO(json_decref) = NULL;
	struct text etag AUTO(text_done) = {0};

	if (!tree_load(&tree, call->thread->db, caller->org, caller->team, TREE_PATH,
		    fault) ||
		!tree_merge(tree, TREE_REDACTED, NULL, fault))
		return false;
	for (size_t i = 0; i < tree->count; i++)
		if (!add_own(lineage, configs, &tree->nodes[i]))
			return fault_set(fault, FAULT_RETRY, "no memory");
	body = json_pack("{sO,sO}", "lineage", lineage, "configs", configs);
	if (!body || !tree_etag(&etag, tree))
		return fault_set(fault, FAULT_RETRY, "no memory");
	return call_answer_tagged(call, body, text_string(&etag), fault);
}
