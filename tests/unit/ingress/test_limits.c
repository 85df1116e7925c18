// SPDX-License-Identifier: Apache-2.0
#include "ingress/limits.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { SECOND = 1000000 };

static const struct gcra slow = {.each_us = 60 * SECOND, .burst = 20};

static int take_many(struct limits *limits, const char *whom, int count)
{
	int granted = 0;

	for (int i = 0; i < count; i++)
		granted += limits_take(limits, &slow, "github", whom, SECOND).granted;
	return granted;
}

Test(limits, count_each_name_by_itself)
{
	struct limits *limits AUTO(limits_free) = NULL;
	struct fault fault = {0};

	cr_assert(limits_new(&limits, &fault));
	cr_expect_eq(take_many(limits, "acme/shop", 30), 20);
	cr_expect_eq(take_many(limits, "acme/pay", 30), 20);
	cr_expect_eq(take_many(limits, "acme/shop", 30), 0);
	cr_expect(limits_take(limits, &slow, "githubacme", "/shop", SECOND).granted,
		"names run into each other");
}

/* A million strangers, each heard once, do not make us forget who is at his limit. */
Test(limits, a_flood_of_others_does_not_reset_who_is_limited)
{
	struct limits *limits AUTO(limits_free) = NULL;
	struct fault fault = {0};
	int forgotten = 0;
	char name[32];

	cr_assert(limits_new(&limits, &fault));
	for (int i = 0; i < 50; i++) {
		(void)snprintf(name, sizeof(name), "noisy-%d", i);
		cr_expect_eq(take_many(limits, name, 30), 20);
	}
	for (int i = 0; i < 300000; i++) {
		(void)snprintf(name, sizeof(name), "stranger-%d", i);
		(void)take_many(limits, name, 1);
	}
	for (int i = 0; i < 50; i++) {
		(void)snprintf(name, sizeof(name), "noisy-%d", i);
		forgotten += take_many(limits, name, 1);
	}
	cr_expect_eq(forgotten, 0);
}

Test(limits, are_read_as_they_are_written)
{
	struct limit_rules rules;
	struct fault fault = {0};
	struct gcra rule;

	cr_assert(limit_rules_parse(
		&rules, "github=100/s:1000, slack=10/m,*=50/s:500,grafana=0", &fault));
	rule = limit_rule_of(&rules, "github");
	cr_expect(rule.each_us == 10000 && rule.burst == 1000);
	rule = limit_rule_of(&rules, "slack");
	cr_expect(rule.each_us == 6 * SECOND && rule.burst == 1);
	rule = limit_rule_of(&rules, "pagerduty");
	cr_expect(rule.each_us == 20000 && rule.burst == 500);
	cr_expect_eq(limit_rule_of(&rules, "grafana").each_us, 0);
	cr_assert(limit_rules_parse(&rules, "", &fault));
	cr_expect_eq(limit_rule_of(&rules, "github").each_us, 0);
	cr_assert(limit_rule_parse(&rule, "1/s", &fault));
	cr_expect_eq(rule.burst, 10);
}

Test(limits, that_are_unclear_are_refused_by_name)
{
	static const char *const bad[] = {"github", "github=", "=1/s", "github=1",
		"github=1/d", "github=-1/s", "github=0/s",
		"github=1/s:", "github=1/s:0", "github=1/s:5x", "github= 1/s",
		"github=2000000/s", "github=99999999999/s", "github=1/s 5"};

	for (size_t i = 0; i < countof(bad); i++) {
		struct limit_rules rules;
		struct fault fault = {0};

		cr_expect_not(limit_rules_parse(&rules, bad[i], &fault), "%s", bad[i]);
		cr_expect_eq(fault.kind, FAULT_REJECT);
		cr_expect_neq(fault.text[0], '\0');
	}
}
