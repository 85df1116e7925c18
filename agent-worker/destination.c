// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/destination.h"

#include <string.h>

const struct destination_type *destination_find(const char *name)
{
	static const struct destination_type *const types[] = {
		&destination_github_issue,
		&destination_github_pr,
		&destination_log,
		&destination_slack,
		&destination_webhook,
	};

	for (size_t i = 0; i < countof(types); i++)
		if (strcmp(types[i]->name, name) == 0)
			return types[i];
	return NULL;
}
