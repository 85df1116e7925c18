// SPDX-License-Identifier: Apache-2.0
#include "tests/support/store_only.h"

#include <criterion/criterion.h>
#include <signal.h>

#include "tests/support/place.h"
#include "tests/support/postgres.h"

enum { WAIT_MS = 20000 };

void store_only_start(
	struct stack *stack, struct bus **bus, const struct stack_options *options)
{
	static char nothing[] = "";
	struct fault fault = {0};

	*stack = (struct stack){.directory = place_of_test(), .options = options};
	postgres_database(stack->database, sizeof(stack->database));
	stack_nats_start(stack);
	stack_daemon_start(stack, CONFIG_STORE);
	cr_assert(bus_open(bus,
			  &(struct daemon_config){.nats_url = stack->nats_url,
				  .nats_credentials = nothing,
				  .nats_ca_file = nothing},
			  "test", &fault),
		"%s", fault.text);
	cr_assert_eq(stack_call(stack, ADMIN_TOKEN, "POST /api/v1/admin/orgs",
			     "{\"org_id\":\"acme\"}", NULL),
		201);
	cr_assert_eq(stack_call(stack, ADMIN_TOKEN,
			     "POST /api/v1/admin/orgs/acme/teams/sre", "", NULL),
		201);
}

void store_only_stop(struct stack *stack, struct bus *bus)
{
	bus_close(bus);
	cr_expect_eq(process_stop(&stack->daemons[CONFIG_STORE], SIGTERM, WAIT_MS), 0);
	stack_nats_stop(stack);
}

int store_only_patch(struct stack *stack, const char *body)
{
	return stack_call(stack, ADMIN_TOKEN,
		"PATCH /api/v1/admin/orgs/acme/nodes/sre/config", body, NULL);
}
