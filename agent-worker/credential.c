// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/credential.h"

#include <string.h>

#include "common/json.h"

/* False also for what is no identifier at all. */
static bool is_same(enum identifier_type type, const char *claimed, const char *place)
{
	char left[IDENTIFIER_SIZE], right[IDENTIFIER_SIZE];
	struct fault fault = {0};

	return claimed && identifier_normalise(left, type, claimed, &fault) &&
		identifier_normalise(right, type, place, &fault) &&
		strcmp(left, right) == 0;
}

static bool claims(const json_t *config, enum identifier_type type, const char *place)
{
	const json_t *list = json_object_get(
		json_object_get(config, "routing"), identifier_kinds[type].config_key);
	const json_t *value;
	size_t i;

	json_array_foreach(list, i,
		value) if (is_same(type, json_string_value(value), place)) return true;
	return false;
}

bool credential_choose(const char **out, const json_t *config,
	const struct credential *credential, struct fault *fault)
{
	const char *own = json_string_or(config, credential->own, "");
	const char *own_path = credential->own + 1;

	if (!*own && !*credential->operators)
		return fault_set(fault, FAULT_REJECT, "no %s token: set %s or %s",
			credential->service, own_path, credential->setting);
	if (!*own && !claims(config, credential->type, credential->place))
		return fault_set(fault, FAULT_REJECT,
			"%.80s is not in this team's routing.%s, so %s is not used "
			"there: set "
			"%s of the team",
			credential->place,
			identifier_kinds[credential->type].config_key,
			credential->setting, own_path);
	*out = *own ? own : credential->operators;
	return true;
}
