// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "config-store/config/config.h"
#include "config-store/config/history.h"
#include "config-store/config/merge.h"
#include "config-store/etag.h"
#include "config-store/secrets/secrets.h"

static bool no_memory(struct fault *fault)
{
	return fault_set(fault, FAULT_RETRY, "no memory for a configuration");
}

bool config_no_node(struct store_thread *thread, const char *org, const char *node,
	struct fault *fault)
{
	return refuse(thread, fault, 404, "no_such_node",
		"organisation '%s' has no node '%s'", org, node);
}

void config_plan_done(struct config_plan *plan)
{
	tree_free(plan->tree);
	json_decref(plan->before);
	json_decref(plan->wanted);
	*plan = (struct config_plan){0};
}

static bool check_version(struct store_thread *thread,
	const struct config_change *change, int64_t version, struct fault *fault)
{
	char tag[24];

	(void)snprintf(tag, sizeof(tag), "%lld", (long long)version);
	if (!change->if_match || !*change->if_match ||
		etag_listed(change->if_match, tag, false))
		return true;
	return refuse(thread, fault, 412, "version_mismatch",
		"%s/%s is at version %lld; read it again and repeat the change",
		change->org, change->node, (long long)version);
}

/* An old version comes back with its own secrets, not with those of now. */
static bool restore(struct config_plan *plan, struct store_thread *thread,
	const struct config_change *change, struct fault *fault)
{
	json_t *then AUTO(json_decref) = NULL;

	if (!history_document(&then, thread,
		    &(struct history_place){change->org, change->node},
		    change->restored, fault))
		return false;
	plan->wanted = json_deep_copy(then);
	if (!plan->wanted)
		return no_memory(fault);
	plan->node->kept = TAKE(then);
	return secrets_redact(plan->wanted, fault);
}

/* A patch would leave in the member what the document does not name. */
static json_t *with_member(json_t *base, const struct config_change *change)
{
	json_t *section = json_object_get(base, change->section);
	json_t *patch AUTO(json_decref) = NULL;

	if (json_object_del(section, change->member) == 0 &&
		json_object_size(section) == 0)
		(void)json_object_del(base, change->section);
	patch = change->document ? json_pack("{s:{s:O}}", change->section,
					   change->member, change->document)
				 : json_object();
	return patch ? merge_patch(base, patch) : NULL;
}

/* The document that is asked for, with placeholders where secrets are kept. */
static bool apply(struct config_plan *plan, const struct config_change *change,
	struct fault *fault)
{
	json_t *base AUTO(json_decref) = change->kind == CONFIG_REPLACE
		? json_object()
		: json_deep_copy(plan->node->own);

	if (!base)
		return no_memory(fault);
	if (!secrets_redact(base, fault))
		return false;
	plan->wanted = change->kind == CONFIG_MEMBER
		? with_member(base, change)
		: merge_patch(base, change->document);
	return plan->wanted || no_memory(fault);
}

bool config_plan(struct config_plan *out, struct store_thread *thread,
	struct config_change *change, struct fault *fault)
{
	struct config_plan plan AUTO(config_plan_done) = {0};

	if (!tree_load(&plan.tree, thread->db, change->org, change->node, TREE_BELOW,
		    fault))
		return false;
	plan.node = tree_find(plan.tree, change->node);
	if (!plan.node && !change->missing_ok)
		return config_no_node(thread, change->org, change->node, fault);
	if (plan.node) {
		if (!check_version(thread, change, plan.node->version, fault))
			return false;
		change->previous_version = plan.node->version;
		if (tree_is_team(plan.node))
			(void)snprintf(change->team, sizeof(change->team), "%s",
				plan.node->id);
		plan.before = json_deep_copy(plan.node->own);
		if (!plan.before)
			return no_memory(fault);
		if (!(change->kind == CONFIG_RESTORE
				    ? restore(&plan, thread, change, fault)
				    : apply(&plan, change, fault)))
			return false;
	}
	*out = plan;
	plan = (struct config_plan){0};
	return true;
}
