// SPDX-License-Identifier: Apache-2.0
// What a change would do. It goes the way of the change itself as far as nothing is
// written: the same plan, the same checks, and a look at who has the identifiers.
#include <string.h>

#include "config-store/config/config.h"
#include "config-store/config/config_check.h"
#include "config-store/config/config_diff.h"
#include "config-store/tree/identifiers.h"

enum { TEAMS_MAX = 100 };

static bool no_memory(struct fault *fault)
{
	return fault_set(fault, FAULT_RETRY, "no memory for a trial");
}

struct trial {
	struct tree *before, *after; /* sealed, and then merged */
	json_t *diff, *teams, *problems, *clashes;
	long teams_changed;
};

static void trial_done(struct trial *trial)
{
	tree_free(trial->before);
	tree_free(trial->after);
	json_decref(trial->diff);
	json_decref(trial->teams);
	json_decref(trial->problems);
	json_decref(trial->clashes);
}
DEFINE_AUTO_DONE(struct trial, trial_done)

/* What the write would be refused for is what the trial tells; the rest is a failure. */
static bool keep_refusal(
	struct trial *trial, struct store_thread *thread, struct fault *fault)
{
	struct refusal *refusal = &thread->refusal;

	if (fault->kind != FAULT_REJECT || !refusal->list)
		return false;
	if (strcmp(refusal->list_name, "clashes") == 0) {
		json_t *problem = json_pack(
			"{ss,ss}", "path", "/routing", "message", fault->text);

		if (json_array_append_new(trial->problems, problem) < 0)
			return no_memory(fault);
		json_decref(trial->clashes);
		trial->clashes = json_incref(refusal->list);
	} else if (json_array_extend(trial->problems, refusal->list) < 0)
		return no_memory(fault);
	refusal_clear(thread);
	*fault = (struct fault){0};
	return true;
}

static bool check(struct trial *trial, struct store_thread *thread,
	const struct config_change *change, struct config_plan *plan,
	struct fault *fault)
{
	json_t *ignored AUTO(json_decref) =
		json_array(); /* config_check() tells them */
	json_t *claims AUTO(json_decref) = NULL;

	if (!config_check(thread, plan->tree, plan->node, plan->wanted, fault) &&
		!keep_refusal(trial, thread, fault))
		return false;
	if (!*change->team)
		return true;
	claims = identifiers_of(plan->wanted, ignored);
	if (!claims || !ignored)
		return no_memory(fault);
	return identifiers_free(thread, change->org, change->team, claims, fault) ||
		keep_refusal(trial, thread, fault);
}

static bool add_team(struct trial *trial, const struct tree_node *before,
	const struct tree_node *after, struct fault *fault)
{
	json_t *diff AUTO(json_decref) = NULL;

	if (!tree_is_team(after) || json_equal(before->effective, after->effective))
		return true;
	trial->teams_changed++;
	if (trial->teams_changed > TEAMS_MAX)
		return true;
	return config_diff_make(&diff, before->effective, after->effective, fault) &&
		(json_array_append_new(trial->teams,
			 json_pack("{ss,sO}", "team_id", after->id, "diff", diff)) ==
				0 ||
			no_memory(fault));
}

/* Every team of the tree is at or below the node, or unchanged. */
static bool compare_teams(
	struct trial *trial, struct config_plan *plan, struct fault *fault)
{
	struct tree_node *changed;

	if (!tree_copy(&trial->before, plan->tree, fault) ||
		!tree_copy(&trial->after, plan->tree, fault))
		return false;
	changed = tree_find(trial->after, plan->node->id);
	json_decref(changed->own);
	changed->own = json_incref(plan->wanted);
	if (!tree_merge(trial->before, TREE_SEALED, NULL, fault) ||
		!tree_merge(trial->after, TREE_SEALED, NULL, fault))
		return false;
	for (size_t i = 0; i < trial->after->count; i++)
		if (!add_team(trial, &trial->before->nodes[i], &trial->after->nodes[i],
			    fault))
			return false;
	return true;
}

/* What is no object, or too deep, has no effect that could be told. */
static bool has_shape(const struct trial *trial)
{
	const char *path = json_string_at(trial->problems, "/0/path");

	return !path || *path;
}

static bool describe(json_t **out, const struct trial *trial,
	struct config_change *change, const struct config_plan *plan,
	struct fault *fault)
{
	change->changed = !json_equal(plan->before, plan->wanted);
	change->version = change->previous_version + change->changed;
	*out = json_pack("{sb,sb,sb,sI,sI,sO?,sO,sI,sO,sO}", "dry_run", 1, "valid",
		json_array_size(trial->problems) == 0, "changed", change->changed,
		"previous_version", (json_int_t)change->previous_version, "version",
		(json_int_t)change->version, "diff", trial->diff, "teams", trial->teams,
		"teams_changed", (json_int_t)trial->teams_changed, "problems",
		trial->problems, "clashes", trial->clashes);
	return *out || no_memory(fault);
}

bool config_dry_run(json_t **out, struct store_thread *thread,
	struct config_change *change, struct fault *fault)
{
	struct config_plan plan AUTO(config_plan_done) = {0};
	struct trial trial AUTO(trial_done) = {.problems = json_array(),
		.clashes = json_array(),
		.teams = json_array()};

	if (!trial.problems || !trial.clashes || !trial.teams)
		return no_memory(fault);
	if (!config_plan(&plan, thread, change, fault))
		return false;
	if (!plan.node)
		return config_no_node(thread, change->org, change->node, fault);
	return check(&trial, thread, change, &plan, fault) &&
		(!has_shape(&trial) ||
			(config_diff_make(
				 &trial.diff, plan.before, plan.wanted, fault) &&
				compare_teams(&trial, &plan, fault))) &&
		describe(out, &trial, change, &plan, fault);
}
