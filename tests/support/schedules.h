// SPDX-License-Identifier: Apache-2.0
// Orders about the schedules of acme's team shop over the ingress, and what they lead to.
// One stack for the whole process: each test of a story runs in a process of its own.
#pragma once

#include "tests/support/orders.h"

enum { SOON_MS = 20000, LATE_MS = 90000 };
enum { LINE_SIZE = 512 };

#define SET "POST /api/v1/admin/schedules/team"
#define DELETE "DELETE /api/v1/admin/schedules/team"
#define LIST "GET /api/v1/admin/schedules/team?org_id=acme&team_node_id=shop"
#define SHOP "\"org_id\":\"acme\",\"team_node_id\":\"shop\""
#define NIGHTLY                                                                 \
	"{" SHOP ",\"name\":\"nightly\",\"cron\":\"@daily\",\"message\":\"all " \
	"well?\"}"

#define ITEM(name, own, enabled, message)                             \
	"{\"agent\":null,\"cron\":\"@daily\",\"enabled\":" enabled    \
	",\"message\":" message ",\"name\":\"" name "\",\"own\":" own \
	",\"time_zone\":\"UTC\"}"

#define KEYED(message)                                                              \
	"{" SHOP ",\"name\":\"nightly\",\"cron\":\"@daily\",\"message\":\"" message \
	"\"}"

extern struct stack schedules_stack;
extern struct order_admin schedules_admin;

/* Up, with the provisioner, and with an admin of acme. */
void schedules_start(void);

/* An order that is waited for, which must end in `state`; the answer is owned. */
json_t *schedules_carry_out(const struct order *order, const char *state);

/* The admin's orders, which must succeed; the answer is owned. */
json_t *schedules_set(const char *body);
json_t *schedules_delete(const char *name);

/* The team's schedules, printed. */
void schedules_expect_list(const char *expected);

/* Of the team's configuration. */
long schedules_versions(void);

/* Whether what the step has said about itself has `what` as true. */
bool schedules_result_says(const json_t *answer, const char *what);
