// SPDX-License-Identifier: Apache-2.0
#include "tests/support/stack.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

enum { STOP_MS = 15000, READY_MS = 2000 };

static const struct {
	const char *program, *name;
} programs[] = {
	[CONFIG_STORE] = {"tocsin-config-store", "config-store"},
	[ROUTER] = {"tocsin-router", "router"},
	[AGENT_WORKER] = {"tocsin-agent-worker", "agent-worker"},
	[AGENT_WORKER_2] = {"tocsin-agent-worker", "agent-worker-2"},
	[AUDIT_SINK] = {"tocsin-audit-sink", "audit-sink"},
	[PROVISIONER] = {"tocsin-provisioner", "provisioner"},
	[INGRESS] = {"tocsin-ingress", "ingress"},
};

static const char *build_path(const char *program)
{
	static char path[PATH_SIZE];
	const char *build = getenv("TOCSIN_BUILD_DIR");

	cr_assert(build, "TOCSIN_BUILD_DIR is not set; run this through meson test");
	(void)snprintf(path, sizeof(path), "%s/%s", build, program);
	return path;
}

const char *stack_daemon_path(enum stack_daemon which)
{
	return build_path(programs[which].program);
}

static void listen_file(
	const struct stack *stack, const char *name, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/%s.address", stack->directory, name);
}

static bool read_address(const struct stack *stack, const char *name, char *out)
{
	char path[PATH_SIZE + 64];
	FILE *file;
	bool got;

	listen_file(stack, name, path, sizeof(path));
	file = fopen(path, "re");
	if (!file)
		return false;
	got = fgets(out, ADDRESS_SIZE, file) != NULL;
	(void)fclose(file);
	if (got)
		out[strcspn(out, "\n")] = '\0';
	return got && strchr(out, ':');
}

void stack_environment(const struct stack *stack, enum stack_daemon which,
	struct environment *environment)
{
	char file[PATH_SIZE + 64];
	const char *const *more = stack->options->settings;

	listen_file(stack, programs[which].name, file, sizeof(file));
	environment_set(environment, "TOCSIN_LISTEN=127.0.0.1:0");
	environment_set(environment, "TOCSIN_LISTEN_FILE=%s", file);
	environment_set(environment, "TOCSIN_NATS_URL=%s", stack->nats_url);
	environment_set(environment, "TOCSIN_LOG_LEVEL=debug");
	environment_set(environment, "TOCSIN_ACK_WAIT=3s");
	environment_set(environment, "TOCSIN_LEASE=3s");
	environment_set(environment, "TOCSIN_DATABASE_URL=%s", stack->database);
	environment_set(environment, "TOCSIN_ADMIN_TOKEN=%s", ADMIN_TOKEN);
	environment_set(environment, "TOCSIN_GITHUB_WEBHOOK_SECRET=%s\n%s",
		GITHUB_SECRET, GITHUB_NEXT_SECRET);
	environment_set(environment, "TOCSIN_SLACK_SIGNING_SECRET=%s", SLACK_SECRET);
	environment_set(environment, "TOCSIN_SLACK_API_URL=http://%s/slack/api",
		stack->standin_address);
	environment_set(environment, "TOCSIN_SLACK_BOT_TOKEN=xoxb-standin");
	environment_set(environment, "TOCSIN_GITHUB_API_URL=http://%s/github",
		stack->standin_address);
	environment_set(environment, "TOCSIN_GITHUB_TOKEN=ghs_standin");
	environment_set(environment, "TOCSIN_MODEL_URL=http://%s/model/v1",
		stack->standin_address);
	environment_set(environment, "TOCSIN_MODEL_API_KEY=sk-standin");
	environment_set(environment, "TOCSIN_MODEL_NAME=standin-1");
	environment_set(environment, "TOCSIN_EGRESS_ALLOW=127.0.0.1");
	/* Tests send from one address, as fast as they can. */
	environment_set(environment, "TOCSIN_INGRESS_LIMITS=*=0");
	environment_set(environment, "TOCSIN_INGRESS_LIMIT_FAILED=0");
	for (; more && *more; more++)
		environment_set(environment, "%s", *more);
}

void stack_daemon_launch(struct stack *stack, enum stack_daemon which)
{
	struct environment environment = {0};
	char file[PATH_SIZE + 64];
	const char *arguments[] = {stack_daemon_path(which), NULL};

	listen_file(stack, programs[which].name, file, sizeof(file));
	(void)unlink(file);
	stack_environment(stack, which, &environment);
	process_start(&stack->daemons[which],
		&(struct process_start){.name = programs[which].name,
			.arguments = arguments,
			.environment = &environment,
			.directory = stack->directory});
	environment_done(&environment);
}

static bool is_ready(const char *address)
{
	struct exchange exchange AUTO(exchange_done) = {0};

	request_write(&exchange.request, "GET /ready", "", "", 0);
	return exchange_run(&exchange, address, READY_MS) && exchange.status == 200;
}

void stack_daemon_wait(struct stack *stack, enum stack_daemon which)
{
	struct process *process = &stack->daemons[which];
	char *address = stack->addresses[which];

	cr_assert(WAIT_UNTIL(!process_is_alive(process) ||
				  (read_address(stack, programs[which].name, address) &&
					  is_ready(address)),
			  START_MS) &&
			process_is_alive(process),
		"%s does not come up; see its log", programs[which].name);
}

void stack_daemon_start(struct stack *stack, enum stack_daemon which)
{
	stack_daemon_launch(stack, which);
	stack_daemon_wait(stack, which);
}

static void start_standin(struct stack *stack)
{
	char program[PATH_SIZE], file[PATH_SIZE + 64];
	const char *arguments[32] = {
		program, "--listen", "127.0.0.1:0", "--listen-file", file, "--print"};
	size_t count = 6;
	const char *const *more = stack->options->standin;

	(void)snprintf(program, sizeof(program), "%s",
		build_path("tests/standin/tocsin-standin"));
	listen_file(stack, "standin", file, sizeof(file));
	for (; more && *more && count < countof(arguments) - 1; more++)
		arguments[count++] = *more;
	process_start(&stack->standin,
		&(struct process_start){.name = "standin",
			.arguments = arguments,
			.directory = stack->directory});
	cr_assert(WAIT_UNTIL(read_address(stack, "standin", stack->standin_address),
			  START_MS),
		"the stand-in does not come up");
}

static bool is_wanted(const struct stack *stack, int which)
{
	if (stack->options->doors_only)
		return which == INGRESS || which == AUDIT_SINK;
	return which == AGENT_WORKER_2 ? stack->options->two_workers
		: which == PROVISIONER ? stack->options->provisioner
				       : true;
}

void stack_start(struct stack *stack, const struct stack_options *options)
{
	static const struct stack_options none;

	*stack = (struct stack){
		.directory = place_of_test(), .options = options ? options : &none};
	postgres_database(stack->database, sizeof(stack->database));
	stack_nats_start(stack);
	start_standin(stack);
	for (int i = 0; i < STACK_DAEMONS; i++)
		if (is_wanted(stack, i))
			stack_daemon_launch(stack, i);
	for (int i = 0; i < STACK_DAEMONS; i++)
		if (is_wanted(stack, i))
			stack_daemon_wait(stack, i);
	if (!stack->options->doors_only)
		stack_organisations(stack);
}

void stack_stop(struct stack *stack)
{
	for (int i = 0; i < STACK_DAEMONS; i++)
		process_signal(&stack->daemons[i], SIGTERM);
	for (int i = STACK_DAEMONS - 1; i >= 0; i--) {
		int status;

		if (stack->daemons[i].pid == 0)
			continue;
		status = process_stop(&stack->daemons[i], 0, STOP_MS);
		cr_expect_eq(
			status, 0, "%s ended with status %d", programs[i].name, status);
	}
	cr_expect_eq(process_stop(&stack->standin, SIGTERM, STOP_MS), 0);
	stack_nats_stop(stack);
}
