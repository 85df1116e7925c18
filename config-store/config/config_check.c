// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/config_check.h"

#include <assert.h>
#include <string.h>

#include "config-store/config/inherit.h"
#include "config-store/config/policy.h"
#include "config-store/config/problem.h"
#include "config-store/config/validate.h"
#include "config-store/tree/nodes.h"

static bool no_memory(struct fault *fault)
{
	return fault_set(fault, FAULT_RETRY, "no memory to check a configuration");
}

/* Nothing is wrong with it but that somebody above has locked what it changes. */
static bool is_only_locked(const json_t *problems)
{
	const json_t *problem;
	size_t i;

	json_array_foreach(problems, i, problem)
	{
		if (strcmp(json_string_or(problem, "/policy/rule", ""), "locked") !=
				0 ||
			json_object_get(problem, "node"))
			return false;
	}
	return json_array_size(problems) > 0;
}

static bool refuse_config(
	struct store_thread *thread, const json_t *problems, struct fault *fault)
{
	const json_t *first = json_array_get(problems, 0);
	const char *path = json_string_or(first, "/path", "");
	const char *node = json_string_or(first, "/node", "");
	bool locked = is_only_locked(problems);
	size_t count = problem_count(problems);
	char more[48] = "";

	if (count > 1)
		(void)snprintf(more, sizeof(more), " (and %zu more)", count - 1);
	(void)refuse(thread, fault, locked ? 403 : 422,
		locked ? "locked" : "invalid_config", "%s%s%s%s%s%s", node,
		*node ? ": " : "", path, *path ? ": " : "the configuration ",
		json_string_or(first, "/message", "cannot be checked without memory"),
		more);
	refuse_with_list(thread, "errors", json_deep_copy(problems));
	return false;
}

static bool check_size(const json_t *wanted, json_t *problems, struct fault *fault)
{
	char *printed AUTO(free) = json_print(wanted);

	if (!printed)
		return fault_set(fault, FAULT_RETRY, "no memory for a configuration");
	if (strlen(printed) > CONFIG_MAX_BYTES)
		(void)problem_add(problems, "", "has %zu bytes; %d are the most",
			strlen(printed), CONFIG_MAX_BYTES);
	return true;
}

static bool check_policies(struct tree *tree, const struct tree_node *node,
	bool is_complete, json_t *problems)
{
	struct policy_level above[NODE_DEPTH_MAX + 1];
	const struct tree_node *parent = tree_find(tree, node->parent);
	struct policy_subject subject = {
		.own = node->own,
		.effective = node->effective,
		.is_complete = is_complete,
	};
	json_t *inherited AUTO(json_decref) = NULL;

	for (const struct tree_node *up = parent; up; up = tree_find(tree, up->parent))
		subject.count++;
	assert(subject.count <= countof(above));
	for (size_t i = subject.count; i > 0; i--) {
		above[i - 1] = (struct policy_level){parent->id, parent->own};
		parent = tree_find(tree, parent->parent);
	}
	subject.above = above;
	if (!policy_binds(&subject))
		return true;
	parent = tree_find(tree, node->parent);
	subject.inherited = inherited = inherit_base(parent->effective);
	if (!inherited)
		return false;
	policy_check(&subject, problems);
	return true;
}

/* What is wrong with one node of a merged tree; NULL when memory runs out. */
static json_t *judge(struct tree *tree, const struct tree_node *node, bool is_new)
{
	json_t *problems AUTO(json_decref) = json_array();
	bool is_team = tree_is_team(node);

	if (!problems || !check_policies(tree, node, is_team && !is_new, problems))
		return NULL;
	if (is_team)
		validate_effective(node->effective, problems);
	return TAKE(problems);
}

/* True for `node` and what is below it: the others of the tree are above. */
static bool is_meant(const struct tree_node *one, const struct tree_node *node)
{
	return one == node || one->depth > node->depth;
}

/* {node: what is wrong with it} of all below `node`. NULL when memory runs out. */
static json_t *judge_below(struct tree *tree, const struct tree_node *node)
{
	json_t *known AUTO(json_decref) = json_object();

	for (size_t i = 0; i < tree->count; i++) {
		const struct tree_node *one = &tree->nodes[i];

		if (one != node && is_meant(one, node) &&
			json_object_set_new(known, one->id, judge(tree, one, false)) <
				0)
			return NULL;
	}
	return TAKE(known);
}

/* Appends what is wrong at and below `node`, but for what is `known` of those below. */
static bool judge_all(struct tree *tree, const struct tree_node *node,
	const json_t *known, json_t *problems)
{
	for (size_t i = 0; i < tree->count; i++) {
		const struct tree_node *one = &tree->nodes[i];
		json_t *found AUTO(json_decref) = NULL;

		if (!is_meant(one, node))
			continue;
		found = judge(tree, one, false);
		if (!found ||
			!problem_move(problems, found, json_object_get(known, one->id),
				one == node ? NULL : one->id))
			return false;
	}
	return true;
}

bool config_check_teams(struct store_thread *thread, struct tree *tree,
	const struct tree_node *node, json_t *problems, struct fault *fault)
{
	if (!judge_all(tree, node, NULL, problems))
		return no_memory(fault);
	return json_array_size(problems) == 0 || refuse_config(thread, problems, fault);
}

bool config_check_created(struct store_thread *thread, struct tree *tree,
	const struct tree_node *node, struct fault *fault)
{
	json_t *problems AUTO(json_decref) = judge(tree, node, true);

	if (!problems)
		return no_memory(fault);
	return json_array_size(problems) == 0 || refuse_config(thread, problems, fault);
}

/* Puts `own` in the place of what `node` says, merges, and gives back what it said. */
static bool say(
	struct tree *tree, struct tree_node *node, json_t **own, struct fault *fault)
{
	json_t *said = node->own;

	node->own = *own;
	*own = said;
	return tree_merge(tree, TREE_REDACTED, NULL, fault);
}

/*
 * What was wrong with those below before does not stand in the way: it must be possible
 * to change an organisation of which one team lacks something. `before` is what `node`
 * said.
 */
static bool check_below(struct store_thread *thread, struct tree *tree,
	struct tree_node *node, json_t **before, json_t *problems, struct fault *fault)
{
	json_t *found AUTO(json_decref) = json_array();
	json_t *known AUTO(json_decref) = NULL;

	if (!judge_all(tree, node, NULL, found))
		return no_memory(fault);
	if (json_array_size(found) > 0) {
		if (!say(tree, node, before, fault))
			return false;
		known = judge_below(tree, node);
		if (!say(tree, node, before, fault))
			return false;
		if (!known || !judge_all(tree, node, known, problems))
			return no_memory(fault);
	}
	return json_array_size(problems) == 0 || refuse_config(thread, problems, fault);
}

bool config_check(struct store_thread *thread, struct tree *tree,
	struct tree_node *node, json_t *wanted, struct fault *fault)
{
	const struct secrets_place place = {tree->org, node->id};
	json_t *problems AUTO(json_decref) = json_array();
	json_t *before AUTO(json_decref) = NULL;

	if (!check_size(wanted, problems, fault))
		return false;
	validate_own(wanted, tree_is_team(node), problems);
	/* What is too deep or no object is not worth a closer look. */
	if (json_string_at(problems, "/0/path") &&
		!*json_string_at(problems, "/0/path"))
		return refuse_config(thread, problems, fault);
	if (!secrets_seal(thread->store->secrets, &place, wanted,
		    node->kept ? node->kept : node->own, problems, fault))
		return false;
	before = json_deep_copy(wanted);
	if (!before)
		return no_memory(fault);
	return say(tree, node, &before, fault) &&
		check_below(thread, tree, node, &before, problems, fault);
}
