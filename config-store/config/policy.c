// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/policy.h"

#include <stdint.h>
#include <string.h>

#include "config-store/config/merge.h"
#include "config-store/config/policy_private.h"
#include "config-store/config/problem.h"

enum { CHANGES_MAX = 10 };

/* One entry of one rule of one node above, against the subject. */
struct test {
	const struct policy_subject *subject;
	const char *node; /* whose policy it is */
	enum policy_rule rule;
	const char *path;        /* what it is about */
	const json_t *parameter; /* the maximum, or what is allowed */
	json_t *problems;
};

/* `parameter` is NULL for rules that have none. False ends it. */
typedef bool (*visit_entry)(void *context, const char *path, const json_t *parameter);

static bool is_good(enum policy_rule rule, const char *path, const json_t *parameter)
{
	if (!path || !pointer_is_valid(path))
		return false;
	return rule == POLICY_MAX        ? json_is_number(parameter)
		: rule == POLICY_ALLOWED ? json_is_array(parameter)
					 : true;
}

/* What is malformed (stored before there were policies, say) decrees nothing. */
static bool for_entries(
	const json_t *own, enum policy_rule rule, visit_entry visit, void *context)
{
	const struct policy_kind *kind = &policy_rules[rule];
	json_t *section = json_object_get(json_object_get(own, "policy"), kind->name);
	const char *path;
	json_t *value;
	size_t i;

	if (kind->has_parameter)
		json_object_foreach(section, path, value)
		{
			if (is_good(rule, path, value) && !visit(context, path, value))
				return false;
		}
	else
		json_array_foreach(section, i, value)
		{
			path = json_string_value(value);
			if (is_good(rule, path, NULL) && !visit(context, path, NULL))
				return false;
		}
	return true;
}

bool policy_binds(const struct policy_subject *subject)
{
	for (size_t i = 0; i < subject->count; i++)
		if (json_object_size(json_object_get(subject->above[i].own, "policy")) >
			0)
			return true;
	return false;
}

/* `problem` may be NULL: it is only counted. */
static void blame(const struct test *test, json_t *problem)
{
	if (json_is_object(problem) &&
		json_object_set_new(problem, "policy",
			json_pack("{ss,ss,ss}", "node", test->node, "rule",
				policy_rules[test->rule].name, "path", test->path)) < 0)
		(void)json_object_set_new(problem, "policy", json_null());
}

static bool has_secret(const json_t *value)
{
	const char *key;
	json_t *member;
	size_t index;

	if (json_object_get(value, "$secret"))
		return true;
	json_object_foreach((json_t *)(uintptr_t)value, key, member)
	{
		if (has_secret(member))
			return true;
	}
	json_array_foreach(value, index, member)
	{
		if (has_secret(member))
			return true;
	}
	return false;
}

static void check_locked(const struct test *test)
{
	const struct policy_subject *subject = test->subject;
	const json_t *was = pointer_get(subject->inherited, test->path);
	const json_t *is = pointer_get(subject->effective, test->path);
	json_t *changes AUTO(json_decref) = NULL;
	const json_t *change;
	size_t i;

	if (has_secret(pointer_get(subject->own, test->path)))
		blame(test,
			problem_add(test->problems, test->path,
				"is locked by '%s': no secret can be set here",
				test->node));
	if (!was && !is)
		return;
	changes = merge_changes(was, is, CHANGES_MAX);
	if (!changes)
		(void)problem_add(test->problems, test->path, "no memory to check it");
	json_array_foreach(changes, i, change)
	{
		struct text path AUTO(text_done) = {0};

		text_add(&path, test->path);
		text_add(&path, json_string_value(change));
		blame(test,
			problem_add(test->problems, text_string(&path),
				"is locked by '%s' and must stay as it is inherited",
				test->node));
	}
}

static bool is_missing(const json_t *value)
{
	return !value || json_is_null(value) ||
		(json_is_string(value) && json_string_length(value) == 0);
}

static void check_required(const struct test *test)
{
	if (test->subject->is_complete &&
		is_missing(pointer_get(test->subject->effective, test->path)))
		blame(test,
			problem_add(test->problems, test->path,
				"is missing, and '%s' requires it", test->node));
}

static void check_max(const struct test *test)
{
	const json_t *value = pointer_get(test->subject->effective, test->path);
	char *most AUTO(free) = NULL;

	if (!value || json_is_null(value) ||
		(json_is_number(value) &&
			json_number_value(value) <= json_number_value(test->parameter)))
		return;
	most = json_print(test->parameter);
	blame(test,
		problem_add(test->problems, test->path,
			"must be a number of at most %s, as '%s' has decreed",
			most ? most : "its maximum", test->node));
}

static void check_allowed(const struct test *test)
{
	const json_t *value = pointer_get(test->subject->effective, test->path);
	char *allowed AUTO(free) = NULL;
	const json_t *one;
	size_t i;

	if (!value || json_is_null(value))
		return;
	json_array_foreach(test->parameter, i, one)
	{
		if (json_equal(one, value) ||
			(json_is_number(one) && json_is_number(value) &&
				json_number_value(one) == json_number_value(value)))
			return;
	}
	allowed = json_print(test->parameter);
	blame(test,
		problem_add(test->problems, test->path,
			"must be one of %.200s, as '%s' has decreed",
			allowed ? allowed : "what is allowed", test->node));
}

static bool check_entry(void *context, const char *path, const json_t *parameter)
{
	static void (*const checks[POLICY_RULES])(const struct test *test) = {
		[POLICY_LOCKED] = check_locked,
		[POLICY_REQUIRED] = check_required,
		[POLICY_MAX] = check_max,
		[POLICY_ALLOWED] = check_allowed,
	};
	struct test *test = context;

	test->path = path;
	test->parameter = parameter;
	checks[test->rule](test);
	return true;
}

void policy_check(const struct policy_subject *subject, json_t *problems)
{
	struct test test = {.subject = subject, .problems = problems};

	for (size_t i = 0; i < subject->count; i++)
		for (int rule = 0; rule < POLICY_RULES; rule++) {
			test.node = subject->above[i].node;
			test.rule = (enum policy_rule)rule;
			(void)for_entries(
				subject->above[i].own, test.rule, check_entry, &test);
		}
}

/* One rule of one node, for people. */
struct telling {
	enum policy_rule rule;
	const char *node;
	const json_t *effective;
	json_t *list;
};

static bool tell_entry(void *context, const char *path, const json_t *parameter)
{
	const struct telling *telling = context;
	json_t *entry AUTO(json_decref) =
		json_pack("{ss,ss}", "path", path, "node", telling->node);

	if (!entry)
		return false;
	if (telling->rule == POLICY_REQUIRED &&
		json_object_set_new(entry, "missing",
			json_boolean(
				is_missing(pointer_get(telling->effective, path)))) < 0)
		return false;
	if (parameter &&
		json_object_set_new(entry, "value", json_deep_copy(parameter)) < 0)
		return false;
	return json_array_append(telling->list, entry) == 0;
}

json_t *policy_describe(
	const struct policy_level *above, size_t count, const json_t *effective)
{
	json_t *all AUTO(json_decref) = json_object();

	for (int rule = 0; rule < POLICY_RULES; rule++) {
		struct telling telling = {.rule = (enum policy_rule)rule,
			.effective = effective,
			.list = json_array()};

		if (json_object_set_new(all, policy_rules[rule].name, telling.list) < 0)
			return NULL;
		for (size_t i = 0; i < count; i++) {
			telling.node = above[i].node;
			if (!for_entries(
				    above[i].own, telling.rule, tell_entry, &telling))
				return NULL;
		}
	}
	return TAKE(all);
}
