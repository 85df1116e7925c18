// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/inherit.h"

#include <stdint.h>

#include "config-store/config/defaults.h"
#include "config-store/config/merge.h"

json_t *inherit_base(const json_t *parent)
{
	json_t *base AUTO(json_decref) = NULL;

	if (!parent)
		return defaults_new();
	base = json_copy((json_t *)(uintptr_t)parent);
	if (!base || json_object_set_new(base, "routing", defaults_routing_new()) < 0)
		return NULL;
	return TAKE(base);
}

bool inherit_lay(json_t *base, const json_t *own)
{
	if (!merge_into(base, own))
		return false;
	(void)json_object_del(base, "policy"); /* -1: it has none */
	return true;
}
