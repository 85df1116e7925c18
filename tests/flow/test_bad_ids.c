// SPDX-License-Identifier: Apache-2.0
// Story: no id that cannot be one is taken by the config store, neither in the path of any
// call of the table of routes nor in a body.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/flow/refusing.h"

/* As they stand in a path. */
static const char *const bad_ids[] = {"a.b", ".", "..", "%2e%2e", "a%20b", "*", "%2A",
	">", "%3E", "acme.*", "a%2Fb", "..%2Facme", "a%5Cb", "-a", "_a", "%00", "a%00",
	"acme%00x", "%", "%4", "%zz", "%ff", "%c0%af", "%e2%80%8b", "%C3%A9",
	"a%0d%0aX:1", "%22", "%27%3B--", "$system", "{org}", "a+b", "a;b"};

static void try_id(const struct route *route, int which, const char *id)
{
	static const int refused[REFUSING_STATUSES_MAX] = {400, 404, 414, 431};
	static char nothing[] = "{}";
	static const struct refusing_body empty = {"", nothing, sizeof(nothing) - 1};
	char line[REFUSING_LINE_SIZE];
	int status;

	if (!refusing_fill_line(line, route, which, id))
		return;
	status = refusing_send(route, line, &empty);
	cr_expect(refusing_is_one_of(status, refused) ||
			(refusing_is_for_others(route) && status == 403),
		"%s: %d", line, status);
}

Test(bad_ids, no_path_has_an_id_that_cannot_be_one, .timeout = 280)
{
	char too_long[65], far_too_long[4096];
	char *before AUTO(free) = NULL;

	refusing_start();
	before = refusing_contents();
	memset(too_long, 'a', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	memset(far_too_long, 'a', sizeof(far_too_long) - 1);
	far_too_long[sizeof(far_too_long) - 1] = '\0';
	for (size_t i = 0; i < route_count; i++)
		for (int which = 0; which < 3; which++) {
			for (size_t k = 0; k < countof(bad_ids); k++)
				try_id(&routes[i], which, bad_ids[k]);
			try_id(&routes[i], which, too_long);
			try_id(&routes[i], which, far_too_long);
		}
	refusing_expect_unchanged(before, "a bad id in a path");
	refusing_stop();
}

/* @ is a bad id. */
static const char *const naming[][2] = {
	{"POST /api/v1/admin/orgs", "{\"org_id\":\"@\"}"},
	{"POST /api/v1/admin/orgs/acme/nodes",
		"{\"node_id\":\"@\",\"node_type\":\"team\"}"},
	{"POST /api/v1/admin/orgs/acme/nodes",
		"{\"node_id\":\"new\",\"node_type\":\"team\",\"parent_id\":\"@\"}"},
	{"POST /api/v1/admin/orgs/acme/nodes",
		"{\"node_id\":\"new\",\"node_type\":\"@\"}"},
	{"POST /api/v1/admin/orgs/acme/teams/new", "{\"parent_id\":\"@\"}"},
	{"PATCH /api/v1/admin/orgs/acme/nodes/sre/config", "{\"agents\":{\"@\":{}}}"},
	{"PATCH /api/v1/admin/orgs/acme/nodes/sre/config", "{\"tools\":{\"@\":{}}}"},
	{"PATCH /api/v1/admin/orgs/acme/nodes/sre/config",
		"{\"schedules\":{\"@\":{}}}"},
};

Test(bad_ids, no_body_names_what_cannot_be_a_name, .timeout = 280)
{
	static const char *const ids[] = {"a.b", "a b", "*", ">", "a/b", "..",
		"\xC3\xA9", "a\\nb", "\\u0001", "-a", "a%2fb",
		"a123456789012345678901234567890123456789012345678901234567890123"};
	static const int refused[REFUSING_STATUSES_MAX] = {400, 404, 422};
	char *before AUTO(free) = NULL;

	refusing_start();
	before = refusing_contents();
	for (size_t i = 0; i < countof(naming); i++)
		for (size_t k = 0; k < countof(ids); k++) {
			struct text body AUTO(text_done) = {0};
			const char *at = strchr(naming[i][1], '@');
			int status;

			text_add_bytes(
				&body, naming[i][1], (size_t)(at - naming[i][1]));
			text_add(&body, ids[k]);
			text_add(&body, at + 1);
			status = stack_call(&refusing_stack, ADMIN_TOKEN, naming[i][0],
				text_string(&body), NULL);
			cr_expect(refusing_is_one_of(status, refused), "%s %s: %d",
				naming[i][0], text_string(&body), status);
		}
	refusing_expect_unchanged(before, "a bad id in a body");
	refusing_stop();
}
