// SPDX-License-Identifier: Apache-2.0
#include "config-store/config_check.h"

#include <string.h>

#include "config-store/problem.h"
#include "config-store/validate.h"

static bool refuse_config(
	struct store_thread *thread, const json_t *problems, struct fault *fault)
{
	const json_t *first = json_array_get(problems, 0);
	const char *path = json_string_or(first, "/path", "");

	(void)refuse(thread, fault, 422, "invalid_config", "%s%s%s%s", path,
		*path ? ": " : "the configuration ",
		json_string_or(first, "/message", "cannot be checked without memory"),
		json_array_size(problems) > 1 ? " (and more)" : "");
	refuse_with_list(thread, "errors", json_deep_copy(problems));
	return false;
}

static bool check_size(const json_t *wanted, json_t *problems, struct fault *fault)
{
	char *printed AUTO(free) = json_print(wanted);

	if (!printed)
		return fault_set(fault, FAULT_RETRY, "no memory for a configuration");
	if (strlen(printed) > CONFIG_MAX_BYTES)
		problem_add(problems, "", "has %zu bytes; %d are the most",
			strlen(printed), CONFIG_MAX_BYTES);
	return true;
}

/* Says for which team the problems from `from` on are. */
static bool name_team(
	json_t *problems, size_t from, const char *team, struct fault *fault)
{
	for (; from < json_array_size(problems); from++)
		if (json_object_set_new(json_array_get(problems, from), "node",
			    json_string(team)) < 0)
			return fault_set(fault, FAULT_RETRY, "no memory");
	return true;
}

bool config_check_teams(struct store_thread *thread, const struct tree *tree,
	const struct tree_node *node, json_t *problems, struct fault *fault)
{
	for (size_t i = 0; i < tree->count; i++) {
		const struct tree_node *team = &tree->nodes[i];
		size_t known = json_array_size(problems);

		if (team->depth < node->depth || !tree_is_team(team))
			continue;
		validate_effective(team->effective, problems);
		if (team != node && !name_team(problems, known, team->id, fault))
			return false;
	}
	return json_array_size(problems) == 0 || refuse_config(thread, problems, fault);
}

bool config_check(struct store_thread *thread, struct tree *tree,
	struct tree_node *node, json_t *wanted, struct fault *fault)
{
	const struct secrets_place place = {tree->org, node->id};
	json_t *problems AUTO(json_decref) = json_array();
	json_t *sealed AUTO(json_decref) = node->own; /* as it was */

	node->own = NULL;
	if (!check_size(wanted, problems, fault))
		return false;
	validate_own(wanted, tree_is_team(node), problems);
	/* What is too deep or no object is not worth a closer look. */
	if (json_string_at(problems, "/0/path") &&
		!*json_string_at(problems, "/0/path"))
		return refuse_config(thread, problems, fault);
	if (!secrets_seal(thread->store->secrets, &place, wanted,
		    node->kept ? node->kept : sealed, problems, fault))
		return false;
	node->own = json_deep_copy(wanted);
	if (!node->own)
		return fault_set(fault, FAULT_RETRY, "no memory for a configuration");
	return tree_merge(tree, TREE_REDACTED, NULL, fault) &&
		config_check_teams(thread, tree, node, problems, fault);
}
