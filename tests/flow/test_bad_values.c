// SPDX-License-Identifier: Apache-2.0
// Story: values that cannot be meant are refused by the config store with the path that they
// stand at, and nothing of them is stored.
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/flow/refusing.h"

#define CONFIG "/api/v1/admin/orgs/acme/nodes/sre/config"

static const struct {
	const char *line, *body;
	int status;
	const char *path; /* of the first error; NULL: it has no list */
} wrong[] = {
	{"POST /api/v1/admin/orgs", "{\"org_id\":5}", 400, NULL},
	{"POST /api/v1/admin/orgs", "{}", 400, NULL},
	{"POST /api/v1/admin/orgs", "{\"org_id\":\"new\",\"name\":[]}", 400, NULL},
	{"POST /api/v1/admin/orgs/acme/nodes", "{\"node_id\":\"n\",\"node_type\":{}}",
		400, NULL},
	{"POST /api/v1/admin/orgs/acme/teams/new", "{\"name\":7}", 400, NULL},
	{"POST /api/v1/admin/orgs/acme/teams/sre/tokens", "{\"label\":{}}", 400, NULL},
	{"PUT " CONFIG, "{}", 400, NULL},
	{"PUT " CONFIG, "{\"config\":null}", 400, NULL},
	{"PUT " CONFIG, "{\"config\":[]}", 400, NULL},
	{"PUT " CONFIG, "{\"patch\":\"x\"}", 400, NULL},
	{"PUT " CONFIG, "{\"config\":{},\"patch\":{}}", 400, NULL},
	{"PUT " CONFIG, "{\"config\":{},\"reason\":5}", 400, NULL},
	{"PUT " CONFIG, "{\"config\":{\"runtime\":5}}", 422, "/runtime"},
	{"PATCH " CONFIG, "{\"runtime\":{\"pool\":7}}", 422, "/runtime/pool"},
	{"PATCH " CONFIG, "{\"routing\":{\"services\":[5]}}", 422,
		"/routing/services/0"},
	{"PATCH " CONFIG, "{\"routing\":\"x\"}", 422, "/routing"},
	{"PATCH " CONFIG, "{\"agents\":{\"a/b\":{}}}", 422, "/agents/a~1b"},
	{"PATCH " CONFIG, "{\"schedules\":{\"s\":{\"cron\":\"always\"}}}", 422,
		"/schedules/s/cron"},
	{"PATCH " CONFIG, "{\"policy\":{\"lock\":[]}}", 422, "/policy/lock"},
	{"PATCH " CONFIG, "{\"integrations\":{\"slack\":{\"bot_token\":5}}}", 422,
		"/integrations/slack/bot_token"},
	{"PATCH " CONFIG, "{\"x\":{\"$encrypted\":\"v1:a\"}}", 422, "/x"},
	{"PATCH " CONFIG, "{\"entrance_agent\":\"gone\"}", 422, "/entrance_agent"},
};

Test(bad_values, what_is_wrong_is_named_by_its_path, .timeout = 280)
{
	char *before AUTO(free) = NULL;

	refusing_start();
	before = refusing_contents();
	for (size_t i = 0; i < countof(wrong); i++) {
		json_t *answer AUTO(json_decref) = NULL;
		int status = stack_call(&refusing_stack, ADMIN_TOKEN, wrong[i].line,
			wrong[i].body, &answer);

		cr_expect_eq(status, wrong[i].status, "%s %s: %d", wrong[i].line,
			wrong[i].body, status);
		cr_expect(*json_string_or(answer, "/message", ""));
		if (wrong[i].path)
			cr_expect_str_eq(json_string_or(answer, "/errors/0/path", "-"),
				wrong[i].path, "%s", wrong[i].body);
	}
	refusing_expect_unchanged(before, "what is wrong");
	refusing_stop();
}

/* Deeper than a configuration may be, and within what is parsed at all. */
Test(bad_values, a_deep_or_large_configuration_is_told_so, .timeout = 280)
{
	struct text deep AUTO(text_done) = {0}, large AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;
	char *before AUTO(free) = NULL;

	refusing_start();
	before = refusing_contents();
	for (int i = 0; i < 1000; i++)
		text_add(&deep, "{\"x\":");
	text_add(&deep, "1");
	for (int i = 0; i < 1000; i++)
		text_add(&deep, "}");
	cr_expect_eq(stack_call(&refusing_stack, ADMIN_TOKEN, "PATCH " CONFIG,
			     text_string(&deep), &answer),
		422);
	cr_expect_str_eq(json_string_or(answer, "/errors/0/path", "-"), "");
	text_add(&large, "{\"x\":\"");
	for (int i = 0; i < 300 << 10; i++)
		text_add_char(&large, 'x');
	text_add(&large, "\"}");
	cr_expect_eq(stack_call(&refusing_stack, ADMIN_TOKEN, "PATCH " CONFIG,
			     text_string(&large), NULL),
		422);
	refusing_expect_unchanged(before, "depth and size");
	refusing_stop();
}
