// SPDX-License-Identifier: Apache-2.0
#include "tests/support/store_twin.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

enum { STOP_MS = 20000, CALL_MS = 15000 };

static const char *const names[TWINS] = {"config-store-a", "config-store-b"};

static void address_file(const struct twins *twins, int which, char *out, size_t size)
{
	(void)snprintf(
		out, size, "%s/%s.address", twins->stack->directory, names[which]);
}

void twin_launch(struct twins *twins, int which)
{
	struct environment environment = {0};
	const char *arguments[] = {stack_daemon_path(CONFIG_STORE), NULL};
	char file[PATH_SIZE + 64];

	address_file(twins, which, file, sizeof(file));
	(void)unlink(file);
	stack_environment(twins->stack, CONFIG_STORE, &environment);
	environment_set(&environment, "TOCSIN_LISTEN_FILE=%s", file);
	process_start(&twins->stores[which],
		&(struct process_start){.name = names[which],
			.arguments = arguments,
			.environment = &environment,
			.directory = twins->stack->directory});
	environment_done(&environment);
}

static bool read_address(
	const struct twins *twins, int which, char address[ADDRESS_SIZE])
{
	char file[PATH_SIZE + 64];
	FILE *opened;
	bool got;

	address_file(twins, which, file, sizeof(file));
	opened = fopen(file, "re");
	if (!opened)
		return false;
	got = fgets(address, ADDRESS_SIZE, opened) != NULL;
	(void)fclose(opened);
	if (got)
		address[strcspn(address, "\n")] = '\0';
	return got && strchr(address, ':');
}

int twin_call(const struct twins *twins, int which, const char *line, const char *body,
	json_t **out)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	char address[ADDRESS_SIZE];

	if (out)
		*out = NULL;
	if (!read_address(twins, which, address))
		return 0;
	request_write(&exchange.request, line,
		"Content-Type: application/json\r\n"
		"Authorization: Bearer " ADMIN_TOKEN "\r\n",
		body ? body : "", body ? strlen(body) : 0);
	if (!exchange_run(&exchange, address, CALL_MS))
		return 0;
	if (out)
		*out = json_loads(exchange.body, JSON_DECODE_ANY, NULL);
	return exchange.status;
}

void twin_wait(struct twins *twins, int which)
{
	struct process *process = &twins->stores[which];

	cr_assert(WAIT_UNTIL(!process_is_alive(process) ||
				  twin_call(twins, which, "GET /ready", NULL, NULL) ==
					  200,
			  START_MS) &&
			process_is_alive(process),
		"%s does not come up; see its log", names[which]);
}

void twins_stop(struct twins *twins)
{
	for (int i = 0; i < TWINS; i++)
		if (twins->stores[i].pid > 0)
			cr_expect_eq(process_stop(&twins->stores[i], SIGTERM, STOP_MS),
				0, "%s", names[i]);
}
