// SPDX-License-Identifier: Apache-2.0
// May a configuration be stored? All that speaks against it at once, as a 422; as a 403
// when it is only that somebody above has locked what it changes.
#pragma once

#include "config-store/tree/tree.h"

/*
 * Checks what `node` of `tree` is to say from now on, and what then holds for it and
 * for everything below: policies of those above, and for teams what validate.h wants. What
 * was wrong with those below before is not held against it. Seals the secrets of
 * `wanted`. The tree is merged afterwards.
 */
NODISCARD bool config_check(struct store_thread *thread, struct tree *tree,
	struct tree_node *node, json_t *wanted, struct fault *fault);

/* What holds for each node at or below `node`, once the tree is merged. */
NODISCARD bool config_check_teams(struct store_thread *thread, struct tree *tree,
	const struct tree_node *node, json_t *problems, struct fault *fault);

/*
 * What holds for a node that has just been made, once the tree is merged. What a policy
 * requires of it may come later: with the first change of its configuration.
 */
NODISCARD bool config_check_created(struct store_thread *thread, struct tree *tree,
	const struct tree_node *node, struct fault *fault);
