// SPDX-License-Identifier: Apache-2.0
// The shape of a policy. What is unknown is refused: a misspelt lock must not look like
// one.
#include <stdint.h>
#include <string.h>

#include "config-store/config/pointer.h"
#include "config-store/config/policy.h"
#include "config-store/config/policy_private.h"
#include "config-store/config/problem.h"

const struct policy_kind policy_rules[POLICY_RULES] = {
	[POLICY_LOCKED] = {"locked", false},
	[POLICY_REQUIRED] = {"required", false},
	[POLICY_MAX] = {"max_values", true},
	[POLICY_ALLOWED] = {"allowed_values", true},
};

static void check_pointer(const char *at, const char *pointer, json_t *problems)
{
	if (strlen(pointer) > POLICY_POINTER_MAX)
		(void)problem_add(
			problems, at, "has over %d bytes", POLICY_POINTER_MAX);
	else if (!*pointer || !pointer_is_valid(pointer))
		(void)problem_add(problems, at,
			"must be a JSON pointer such as /runtime/max_turns");
	else if (pointer_covers("/policy", pointer))
		(void)problem_add(problems, at,
			"a policy is about values; policies themselves only add up");
}

static void check_pointers(const char *at, const json_t *list, json_t *problems)
{
	const json_t *pointer;
	char path[96];
	size_t i;

	json_array_foreach(list, i, pointer)
	{
		(void)snprintf(path, sizeof(path), "%s/%zu", at, i);
		if (json_is_string(pointer))
			check_pointer(path, json_string_value(pointer), problems);
		else
			(void)problem_add(problems, path, "must be a string");
	}
}

static void check_parameters(
	enum policy_rule rule, const char *at, const json_t *map, json_t *problems)
{
	const char *pointer;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)map, pointer, value)
	{
		struct text path AUTO(text_done) = {0};

		text_add(&path, at);
		pointer_add(&path, pointer);
		check_pointer(text_string(&path), pointer, problems);
		if (rule == POLICY_MAX && !json_is_number(value))
			(void)problem_add(
				problems, text_string(&path), "must be a number");
		if (rule == POLICY_ALLOWED && json_array_size(value) == 0)
			(void)problem_add(problems, text_string(&path),
				"must be an array of at least one value");
	}
}

static void check_section(
	enum policy_rule rule, const json_t *section, json_t *problems)
{
	const struct policy_kind *kind = &policy_rules[rule];
	char at[64];

	(void)snprintf(at, sizeof(at), "/policy/%s", kind->name);
	if (kind->has_parameter ? !json_is_object(section) : !json_is_array(section))
		(void)problem_add(problems, at, "must be an %s of JSON pointers",
			kind->has_parameter ? "object" : "array");
	else if (json_array_size(section) + json_object_size(section) >
		POLICY_ENTRIES_MAX)
		(void)problem_add(
			problems, at, "has over %d entries", POLICY_ENTRIES_MAX);
	else if (kind->has_parameter)
		check_parameters(rule, at, section, problems);
	else
		check_pointers(at, section, problems);
}

static bool find_rule(enum policy_rule *out, const char *name)
{
	for (int rule = 0; rule < POLICY_RULES; rule++)
		if (strcmp(policy_rules[rule].name, name) == 0) {
			*out = (enum policy_rule)rule;
			return true;
		}
	return false;
}

void policy_validate(const json_t *config, json_t *problems)
{
	json_t *policy = json_object_get(config, "policy");
	enum policy_rule rule;
	const char *name;
	json_t *section;

	if (policy && !json_is_object(policy))
		(void)problem_add(problems, "/policy", "must be an object");
	json_object_foreach(policy, name, section)
	{
		struct text path AUTO(text_done) = {0};

		pointer_add(&path, "policy");
		pointer_add(&path, name);
		if (find_rule(&rule, name))
			check_section(rule, section, problems);
		else
			(void)problem_add(problems, text_string(&path),
				"is no rule; there are: locked, required, max_values, "
				"allowed_values");
	}
}
