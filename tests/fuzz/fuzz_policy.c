// SPDX-License-Identifier: Apache-2.0
// [above, below]: whatever the two nodes say, a good policy of the one is held against
// the other without harm, an unchanged node breaks no lock, and everything is explained.
#include <assert.h>
#include <stdint.h>

#include "config-store/config/explain.h"
#include "config-store/config/inherit.h"
#include "config-store/config/merge.h"
#include "config-store/config/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t judged(struct policy_subject *subject, const json_t *own)
{
	json_t *problems AUTO(json_decref) = json_array();
	json_t *effective AUTO(json_decref) = json_deep_copy(subject->inherited);

	assert(inherit_lay(effective, own));
	subject->own = own;
	subject->effective = effective;
	policy_check(subject, problems);
	return json_array_size(problems);
}

static void explain(const struct policy_level levels[2], const json_t *inherited)
{
	json_t *effective AUTO(json_decref) = json_deep_copy(inherited);
	json_t *values AUTO(json_decref) = NULL;
	const json_t *one;
	size_t i;

	assert(inherit_lay(effective, levels[1].own));
	values = explain_values(&(struct explain_subject){levels, 2, effective}, "");
	assert(values);
	json_array_foreach(values, i, one)
	{
		assert(json_equal(json_object_get(one, "value"),
			pointer_get(effective, json_string_or(one, "/path", "?"))));
	}
}

static void use(const json_t *above, const json_t *below)
{
	const struct policy_level levels[2] = {{"acme", above}, {"sre", below}};
	json_t *nothing AUTO(json_decref) = json_object();
	json_t *base AUTO(json_decref) = inherit_base(NULL);
	json_t *inherited AUTO(json_decref) = NULL;
	json_t *problems AUTO(json_decref) = json_array();
	struct policy_subject subject = {.above = levels, .count = 1};

	assert(base && inherit_lay(base, above));
	inherited = inherit_base(base);
	subject.inherited = inherited;
	explain(levels, inherited);
	policy_validate(above, problems);
	(void)judged(&subject, below);
	if (json_array_size(problems) == 0 &&
		json_object_size(json_at(above, "/policy/max_values")) == 0 &&
		json_object_size(json_at(above, "/policy/allowed_values")) == 0)
		assert(judged(&subject, nothing) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	json_t *input AUTO(json_decref) = NULL;
	json_t *above AUTO(json_decref) = NULL, *below AUTO(json_decref) = NULL;
	struct fault fault = {0};

	if (!json_parse(&input, data, len, &fault) || !json_is_array(input) ||
		merge_depth(input) > CONFIG_MAX_DEPTH)
		return 0;
	above = merge_patch(NULL, json_array_get(input, 0));
	below = merge_patch(NULL, json_array_get(input, 1));
	if (json_is_object(above) && json_is_object(below))
		use(above, below);
	return 0;
}
