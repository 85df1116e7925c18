// SPDX-License-Identifier: Apache-2.0
// Story: a team reads its configuration again and again and is answered from memory; and
// yet it sees every change at once, and nothing any more when its token is revoked.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "tests/support/store_only.h"

#define EFFECTIVE "GET /api/v1/config/me/effective"

enum { OFTEN = 20 };

static const struct stack_options options = {0};
static struct stack stack;
static struct bus *bus;

/* A new token of acme/sre: its id and itself. */
static void issue(char id[40], char token[128])
{
	json_t *made AUTO(json_decref) = NULL;

	cr_assert_eq(
		stack_call(&stack, ADMIN_TOKEN,
			"POST /api/v1/admin/orgs/acme/teams/sre/tokens", "{}", &made),
		201);
	(void)snprintf(id, 40, "%s", json_string_or(made, "/token_id", ""));
	(void)snprintf(token, 128, "%s", json_string_or(made, "/token", ""));
}

static void expect_limit(const char *token, long limit)
{
	for (int i = 0; i < OFTEN; i++) {
		json_t *config AUTO(json_decref) = NULL;

		cr_assert_eq(stack_call(&stack, token, EFFECTIVE, "", &config), 200);
		cr_assert_eq(
			json_integer_or(config, "/runtime/max_concurrent_runs", -1),
			limit);
	}
}

static void patch_limit(long limit)
{
	char body[80];

	(void)snprintf(body, sizeof(body),
		"{\"runtime\":{\"max_concurrent_runs\":%ld}}", limit);
	cr_assert_eq(store_only_patch(&stack, body), 200);
}

Test(quick, what_is_remembered_is_never_old)
{
	char id[40], token[128], line[128], other_id[40], other[128];

	store_only_start(&stack, &bus, &options);
	issue(id, token);
	issue(other_id, other);
	expect_limit(token, 5);
	for (long limit = 6; limit < 12; limit++) {
		patch_limit(limit);
		expect_limit(token, limit);
		expect_limit(other, limit);
	}
	cr_expect_eq(stack_call(&stack, token,
			     "GET /api/v1/admin/orgs/acme/nodes/sre/config/effective",
			     "", NULL),
		403);
	(void)snprintf(line, sizeof(line),
		"DELETE /api/v1/admin/orgs/acme/teams/sre/tokens/%s", id);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, line, "", NULL), 204);
	cr_expect_eq(stack_call(&stack, token, EFFECTIVE, "", NULL), 401);
	expect_limit(other, 11);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN,
			     "DELETE /api/v1/admin/orgs/acme/teams/sre", "", NULL),
		204);
	cr_expect_eq(stack_call(&stack, other, EFFECTIVE, "", NULL), 401);
	store_only_stop(&stack, bus);
}
