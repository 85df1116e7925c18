// SPDX-License-Identifier: Apache-2.0
// Story: who loses the right to an export in the middle, or takes too long, gets no more of
// it, and sees so.
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/support/exports.h"
#include "tests/support/rows.h"

enum {
	SLOW = 2
		<< 20, /* bytes a second: what is not sent yet does not fit into buffers */
};

static char admin[1024], admin_line[256];

static void issue_admin(void)
{
	json_t *made AUTO(json_decref) = NULL;

	cr_assert_eq(stack_call(&exports_stack, ADMIN_TOKEN,
			     "POST /api/v1/admin/orgs/acme/admin-tokens", "", &made),
		201);
	(void)snprintf(admin, sizeof(admin), "%s", json_string_or(made, "/token", ""));
	(void)snprintf(admin_line, sizeof(admin_line),
		"DELETE /api/v1/admin/orgs/acme/admin-tokens/%s",
		json_string_or(made, "/token_id", ""));
}

static void revoke_admin(void)
{
	cr_assert_eq(
		stack_call(&exports_stack, ADMIN_TOKEN, admin_line, NULL, NULL), 204);
}

static void delete_brief(void)
{
	cr_assert_eq(stack_call(&exports_stack, ADMIN_TOKEN,
			     "DELETE /api/v1/admin/orgs/brief", NULL, NULL),
		204);
}

/* It began well, and does not look whole. */
static void expect_cut(struct exports_reader reader, const char *path)
{
	reader.take = exports_take_csv;
	reader.speed = SLOW;
	cr_expect_not(exports_fetch(&reader, path), "%s came whole", path);
	cr_expect_eq(reader.status, 200, "%s", path);
	cr_expect_gt(reader.rows, 0, "%s", path);
	cr_expect_gt(reader.last, 1, "%s: the oldest record did not come", path);
}

Test(export_ends, ends_when_its_caller_or_its_organisation_is_no_more, .timeout = 120)
{
	struct exports_reader again = {.token = admin};

	exports_start(60000, NULL);
	issue_admin();
	expect_cut((struct exports_reader){.token = admin, .once = revoke_admin},
		"/api/v1/admin/orgs/acme/audit/export?" RANGE);
	(void)exports_fetch(&again, "/api/v1/admin/orgs/acme/audit/export");
	cr_expect_eq(again.status, 401);
	cr_assert_eq(stack_call(&exports_stack, ADMIN_TOKEN, "POST /api/v1/admin/orgs",
			     "{\"org_id\":\"brief\"}", NULL),
		201);
	rows_add_records(&exports_stack, "brief", "sre", 60000);
	expect_cut((struct exports_reader){.once = delete_brief},
		"/api/v1/admin/orgs/brief/audit/export?" RANGE);
	again.token = NULL;
	cr_expect(exports_fetch(&again, "/api/v1/admin/orgs/brief/audit/export?" RANGE),
		"what is left of it is there for the super admin");
	cr_expect_eq(again.status, 200);
	exports_stop();
}

Test(export_ends, ends_when_its_time_is_over, .timeout = 120)
{
	exports_start(60000, "TOCSIN_EXPORT_TIME=1s");
	expect_cut((struct exports_reader){0},
		"/api/v1/admin/orgs/acme/audit/export?" RANGE);
	exports_stop();
}
