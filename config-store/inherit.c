// SPDX-License-Identifier: Apache-2.0
#include "config-store/inherit.h"

#include "config-store/defaults.h"
#include "config-store/merge.h"

json_t *inherit_base(const json_t *parent)
{
	json_t *defaults AUTO(json_decref) = defaults_new();
	json_t *base AUTO(json_decref) = NULL;

	if (!parent || !defaults)
		return TAKE(defaults);
	base = json_deep_copy(parent);
	if (!base ||
		json_object_set(base, "routing", json_object_get(defaults, "routing")) <
			0)
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
