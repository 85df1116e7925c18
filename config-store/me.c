// SPDX-License-Identifier: Apache-2.0
// What a token may ask about itself.
#include "config-store/handlers.h"
#include "config-store/scopes.h"
#include "config-store/tree.h"

/* NULL for "". */
static const char *or_null(const char *string)
{
	return *string ? string : NULL;
}

bool me_show(struct call *call, struct fault *fault)
{
	const struct caller *caller = &call->thread->caller;
	json_t *list = json_array();

	for (const char *const *scope = scopes_of(caller->kind); *scope; scope++)
		if (json_array_append_new(list, json_string(*scope)) < 0)
			return fault_set(fault, FAULT_RETRY, "no memory");
	return call_answer(call, 200,
		json_pack("{ss,ss?,ss?,ss,so}", "kind", scopes_kind(caller->kind),
			"org_id", or_null(caller->org), "team_id",
			or_null(caller->team), "subject", caller->subject, "scopes",
			list),
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
