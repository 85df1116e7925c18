// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "agent-worker/slack_api.h"
#include "common/json.h"

Test(slack_answer, means_what_ok_and_429_say_and_nothing_else)
{
	static const struct {
		int status;
		long retry_after_ms;
		const char *body, *error;
		enum fault_kind kind;
		long wait_ms;
	} cases[] = {
		{200, -1, "{\"ok\":true,\"ts\":\"1.2\"}", "", FAULT_NONE, 0},
		{200, -1, "{\"ok\":false,\"error\":\"channel_not_found\"}",
			"channel_not_found", FAULT_REJECT, 0},
		{200, -1, "{\"ok\":false,\"error\":\"is_archived\"}", "is_archived",
			FAULT_REJECT, 0},
		{200, -1, "{\"ok\":false,\"error\":\"internal_error\"}",
			"internal_error", FAULT_RETRY, 0},
		{200, -1, "{\"ok\":false,\"error\":\"ratelimited\"}", "ratelimited",
			FAULT_RETRY, 0},
		{200, -1, "{\"ok\":false}", "unknown_error", FAULT_REJECT, 0},
		{200, -1, "{\"ok\":\"true\"}", "unknown_error", FAULT_REJECT, 0},
		{200, -1, "<html>", "", FAULT_RETRY, 0},
		{429, 30000, "", "", FAULT_RETRY, 30000},
		{429, -1, "", "", FAULT_RETRY, 1000},
		{500, -1, "{\"ok\":true}", "", FAULT_RETRY, 0},
		{404, -1, "{\"ok\":true}", "", FAULT_RETRY, 0},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct http_reply reply = {.status = cases[i].status,
			.body = (char *)(uintptr_t)cases[i].body,
			.len = strlen(cases[i].body),
			.retry_after_ms = cases[i].retry_after_ms};
		json_t *answer AUTO(json_decref) = NULL;
		char error[SLACK_ERROR_SIZE];
		struct fault fault = {0};
		bool good = slack_answer(
			&answer, error, "chat.postMessage", &reply, &fault);

		cr_expect_eq(good, cases[i].kind == FAULT_NONE, "case %zu", i);
		cr_expect_eq(fault.kind, cases[i].kind, "case %zu", i);
		cr_expect_eq(fault.retry_after_ms, cases[i].wait_ms, "case %zu", i);
		cr_expect_str_eq(error, cases[i].error, "case %zu", i);
	}
}
