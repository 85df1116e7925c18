// SPDX-License-Identifier: Apache-2.0
// May a configuration be stored? All that speaks against it at once, as a 422.
#pragma once

#include "config-store/tree.h"

/*
 * Checks what `node` of `tree` is to say from now on, and what then holds for it and
 * for every team below; seals the secrets of `wanted`. The tree is merged afterwards.
 */
NODISCARD bool config_check(struct store_thread *thread, struct tree *tree,
	struct tree_node *node, json_t *wanted, struct fault *fault);

/* What holds for each team at or below `node`, once the tree is merged. */
NODISCARD bool config_check_teams(struct store_thread *thread, const struct tree *tree,
	const struct tree_node *node, json_t *problems, struct fault *fault);
