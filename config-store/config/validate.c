// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/validate.h"

#include <stdint.h>
#include <string.h>

#include "common/ids.h"
#include "config-store/config/cron.h"
#include "config-store/config/merge.h"
#include "config-store/config/policy.h"
#include "config-store/config/problem.h"
#include "config-store/config/validate_private.h"
#include "config-store/secrets/secret_value.h"
#include "config-store/tree/identifiers.h"

struct check {
	const struct rule *rule;
	json_t *problems;
	struct text path;
};

static bool is_one_of(const char *words, const char *value)
{
	size_t len = strlen(value);

	for (const char *p = words; *p; p += strspn(p, " ")) {
		size_t word = strcspn(p, " ");

		if (word == len && memcmp(p, value, len) == 0)
			return true;
		p += word;
	}
	return false;
}

static bool is_web_url(const char *value)
{
	size_t scheme = strncmp(value, "http://", 7) == 0 ? 7
		: strncmp(value, "https://", 8) == 0      ? 8
							  : 0;

	return scheme > 0 && value[scheme] && value[scheme] != '/' &&
		!strpbrk(value, " \t\r\n");
}

static void complain(struct check *check, const char *what)
{
	(void)problem_add(check->problems, text_string(&check->path), "%s", what);
}

static void judge_range(struct check *check, const json_t *value, const char *what)
{
	const struct rule *rule = check->rule;
	double number = json_number_value(value);

	if (number < (double)rule->min || number > (double)rule->max)
		problem_add(check->problems, text_string(&check->path),
			"must be %s from %ld to %ld", what, rule->min, rule->max);
}

static void judge_names(struct check *check, const json_t *value)
{
	const char *key;
	json_t *ignored;

	json_object_foreach((json_t *)(uintptr_t)value, key, ignored)
	{
		size_t len = check->path.len;

		pointer_add(&check->path, key);
		if (!id_is_name(key))
			complain(check,
				"a name has 1 to 63 letters, digits, '-' or '_', and "
				"begins with a letter or digit");
		check->path.len = len;
		check->path.data[len] = '\0';
	}
}

/* A new secret, or one that is to be kept. */
static bool is_secret(const json_t *value)
{
	const json_t *secret = json_object_get(value, "$secret");

	return json_is_string(secret) || json_is_true(secret);
}

static void judge_cron(struct check *check, const char *string)
{
	struct fault fault = {0};

	if (!cron_check(string, &fault))
		complain(check, fault.text);
}

static void judge_string(struct check *check, const json_t *value)
{
	const struct rule *rule = check->rule;
	const char *string = json_string_value(value);

	if (!string && (rule->wanted == SECRET || rule->wanted == STRING) &&
		is_secret(value))
		return;
	if (!string)
		complain(check, "must be a string");
	else if (rule->wanted == ONE_OF && !is_one_of(rule->words, string))
		problem_add(check->problems, text_string(&check->path),
			"must be one of: %s", rule->words);
	else if (rule->wanted == WEB_URL && !is_web_url(string))
		complain(check, "must be a URL that begins with http:// or https://");
	else if (rule->wanted == CRON)
		judge_cron(check, string);
	else if (rule->wanted == TIME_ZONE && !zone_is_known(string))
		complain(check, "is no time zone; Europe/Berlin and UTC are");
}

static void judge(struct check *check, const json_t *value)
{
	switch (check->rule->wanted) {
	case NAMES:
	case OBJECT:
		if (!json_is_object(value) || secret_is_object(value))
			complain(check, "must be an object");
		else if (check->rule->wanted == NAMES)
			judge_names(check, value);
		return;
	case ARRAY:
		if (!json_is_array(value))
			complain(check, "must be an array");
		return;
	case BOOLEAN:
		if (!json_is_boolean(value))
			complain(check, "must be true or false");
		return;
	case INTEGER:
		if (!json_is_integer(value))
			complain(check, "must be a whole number");
		else
			judge_range(check, value, "a whole number");
		return;
	case NUMBER:
		if (!json_is_number(value))
			complain(check, "must be a number");
		else
			judge_range(check, value, "a number");
		return;
	case STRING:
	case SECRET:
	case ONE_OF:
	case WEB_URL:
	case CRON:
	case TIME_ZONE:
		judge_string(check, value);
		return;
	}
}

static void descend(struct check *check, const char *rest, const json_t *value);

static void enter(
	struct check *check, const char *key, const char *rest, const json_t *value)
{
	size_t len = check->path.len;

	pointer_add(&check->path, key);
	descend(check, rest, value);
	check->path.len = len;
	if (check->path.data)
		check->path.data[len] = '\0';
}

static void enter_all(struct check *check, const char *rest, const json_t *value)
{
	const char *key;
	json_t *element;
	char number[24];
	size_t index;

	json_object_foreach((json_t *)(uintptr_t)value, key, element)
		enter(check, key, rest, element);
	json_array_foreach(value, index, element)
	{
		(void)snprintf(number, sizeof(number), "%zu", index);
		enter(check, number, rest, element);
	}
}

/* `rest` is what of the rule's path is below `value`. */
static void descend(struct check *check, const char *rest, const json_t *value)
{
	char key[64];
	size_t len;

	if (!*rest) {
		judge(check, value);
		return;
	}
	len = strcspn(rest + 1, "/");
	(void)snprintf(key, sizeof(key), "%.*s", (int)len, rest + 1);
	rest += 1 + len;
	if (strcmp(key, "*") == 0)
		enter_all(check, rest, value);
	else if (json_object_get(value, key))
		enter(check, key, rest, json_object_get(value, key));
}

static void find_reserved(struct check *check, const json_t *value)
{
	const char *key;
	json_t *element;
	size_t index;

	if (json_object_get(value, "$encrypted"))
		complain(check, "the key $encrypted is the config store's own");
	json_object_foreach((json_t *)(uintptr_t)value, key, element)
	{
		size_t len = check->path.len;

		pointer_add(&check->path, key);
		find_reserved(check, element);
		check->path.len = len;
		check->path.data[len] = '\0';
	}
	json_array_foreach(value, index, element) find_reserved(check, element);
}

static void check_routing(const json_t *config, bool is_team, json_t *problems)
{
	json_t *list AUTO(json_decref) = identifiers_of(config, problems);

	if (!list)
		problem_add(problems, "/routing", "no memory to read it");
	else if (!is_team && json_array_size(list) > 0)
		problem_add(problems, "/routing",
			"only a team can claim identifiers; set them at the team");
}

void validate_own(const json_t *config, bool is_team, json_t *problems)
{
	struct check check = {.problems = problems};

	if (!json_is_object(config)) {
		problem_add(problems, "", "must be an object");
		return;
	}
	if (merge_depth(config) > CONFIG_MAX_DEPTH) {
		problem_add(problems, "", "is deeper than %d levels", CONFIG_MAX_DEPTH);
		return;
	}
	for (size_t i = 0; i < validate_rule_count; i++) {
		check.rule = &validate_rules[i];
		text_clear(&check.path);
		descend(&check, validate_rules[i].path, config);
	}
	text_clear(&check.path);
	find_reserved(&check, config);
	if (text_failed(&check.path))
		problem_add(problems, "", "no memory to check it");
	text_done(&check.path);
	check_routing(config, is_team, problems);
	policy_validate(config, problems);
}
