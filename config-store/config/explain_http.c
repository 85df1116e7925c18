// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/explain.h"
#include "config-store/config/pointer.h"
#include "config-store/handlers.h"
#include "config-store/tree/nodes.h"
#include "config-store/tree/tree.h"

static json_t *lineage_of(const struct tree *tree)
{
	json_t *lineage AUTO(json_decref) = json_array();

	for (size_t i = 0; i < tree->count; i++)
		if (json_array_append_new(lineage, json_string(tree->nodes[i].id)) < 0)
			return NULL;
	return TAKE(lineage);
}

/* `tree` is a merged path. NULL when memory runs out. */
static json_t *explanation(const struct tree *tree, const char *path)
{
	struct policy_level levels[NODE_DEPTH_MAX + 1];
	const struct tree_node *last = &tree->nodes[tree->count - 1];
	const struct explain_subject subject = {levels, tree->count, last->effective};

	for (size_t i = 0; i < tree->count; i++)
		levels[i] =
			(struct policy_level){tree->nodes[i].id, tree->nodes[i].own};
	return json_pack("{ss,ss,so,so,so}", "org_id", tree->org, "node_id", last->id,
		"lineage", lineage_of(tree), "values", explain_values(&subject, path),
		"policy", policy_describe(levels, tree->count - 1, last->effective));
}

static bool explain(
	struct call *call, const char *org, const char *node, struct fault *fault)
{
	struct tree *tree AUTO(tree_free) = NULL;
	struct text etag AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;
	const char *path = http_query(call->request, "path");

	if (path && !pointer_is_valid(path))
		return refuse(call->thread, fault, 400, "invalid_path",
			"path must be a JSON pointer such as /agents/triage");
	if (!tree_load(&tree, call->thread->db, org, node, TREE_PATH, fault))
		return false;
	if (tree->count == 0)
		return refuse(call->thread, fault, 404, "no_such_node",
			"organisation '%s' has no node '%s'", org, node);
	if (!tree_merge(tree, TREE_REDACTED, NULL, fault))
		return false;
	answer = explanation(tree, path ? path : "");
	if (!answer || !tree_etag(&etag, tree))
		return fault_set(fault, FAULT_RETRY, "no memory for an explanation");
	return call_answer_tagged(call, answer, text_string(&etag), fault);
}

bool config_get_explain(struct call *call, struct fault *fault)
{
	return explain(
		call, call_segment(call, "org"), call_segment(call, "node"), fault);
}

bool me_explain(struct call *call, struct fault *fault)
{
	const struct caller *caller = &call->thread->caller;

	return explain(call, caller->org, caller->team, fault);
}
