// SPDX-License-Identifier: Apache-2.0
// Talking to a stack: calls, deliveries, and questions about what came of them.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/support/stack.h"

enum { CALL_MS = 10000 };

int stack_call(const struct stack *stack, const char *token, const char *line,
	const char *body, json_t **out)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	char headers[4096] = "Content-Type: application/json\r\n";
	size_t len = strlen(headers);

	if (token)
		(void)snprintf(headers + len, sizeof(headers) - len,
			"Authorization: Bearer %s\r\n", token);
	request_write(&exchange.request, line, headers, body ? body : "",
		body ? strlen(body) : 0);
	(void)exchange_run(&exchange, stack->addresses[CONFIG_STORE], CALL_MS);
	if (out)
		*out = json_loads(exchange.body, JSON_DECODE_ANY, NULL);
	return exchange.status;
}

int stack_cli(
	const struct stack *stack, const char *const *words, char *out, size_t size)
{
	enum { WORDS_MAX = 24 };
	struct environment environment = {0};
	const char *arguments[WORDS_MAX];
	char program[PATH_SIZE];
	int status;

	(void)snprintf(
		program, sizeof(program), "%s/cli/tocsin", getenv("TOCSIN_BUILD_DIR"));
	arguments[0] = program;
	for (size_t i = 0; i + 2 < WORDS_MAX; i++) {
		arguments[i + 1] = words[i];
		if (!words[i])
			break;
	}
	arguments[WORDS_MAX - 1] = NULL;
	environment_set(&environment, "TOCSIN_CONFIG_URL=http://%s",
		stack->addresses[CONFIG_STORE]);
	environment_set(&environment, "TOCSIN_INGRESS_URL=http://%s",
		stack->addresses[INGRESS]);
	environment_set(&environment, "TOCSIN_ADMIN_TOKEN=%s", ADMIN_TOKEN);
	status = process_output(&(struct process_start){.name = "tocsin",
					.arguments = arguments,
					.environment = &environment,
					.directory = stack->directory},
		out, size);
	environment_done(&environment);
	return status;
}

json_t *stack_standin(const struct stack *stack)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	json_t *state;

	request_write(&exchange.request, "GET /_standin/state", "", "", 0);
	(void)exchange_run(&exchange, stack->standin_address, CALL_MS);
	state = json_loads(exchange.body, 0, NULL);
	cr_assert(state, "the stand-in does not tell its state");
	return state;
}

void stack_order(const struct stack *stack, const char *path, const char *body)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	char line[128];

	(void)snprintf(line, sizeof(line), "POST /_standin/%s", path);
	request_write(&exchange.request, line, "Content-Type: application/json\r\n",
		body, strlen(body));
	(void)exchange_run(&exchange, stack->standin_address, CALL_MS);
	cr_assert_eq(exchange.status, 200, "%s: %s", body, exchange.body);
}

static int send_one(const struct stack *stack, struct exchange *exchange, char *body,
	char *event_id)
{
	(void)exchange_run(exchange, stack->addresses[INGRESS], CALL_MS);
	if (event_id)
		(void)strcpy(event_id, event_of(exchange));
	free(body);
	return exchange->status;
}

int stack_send_github(const struct stack *stack, const char *event, const char *id,
	char *body, char *event_id)
{
	struct exchange exchange AUTO(exchange_done) = {0};

	github_write(&exchange,
		&(struct github_delivery){.event = event, .id = id, .body = body});
	return send_one(stack, &exchange, body, event_id);
}

int stack_send_slack(const struct stack *stack, char *body, char *event_id)
{
	struct exchange exchange AUTO(exchange_done) = {0};

	slack_write(&exchange, &(struct slack_delivery){.body = body});
	return send_one(stack, &exchange, body, event_id);
}

const char *stack_trail(const struct stack *stack, const char *event_id)
{
	return rows_of(stack->database,
		"SELECT coalesce(string_agg(action, ' ' ORDER BY at, sequence), '') "
		"FROM audit.record WHERE event_id = '%s'",
		event_id);
}

bool stack_wait_action(const struct stack *stack, const char *event_id,
	const char *action, long deadline_ms)
{
	return WAIT_UNTIL(number_of(stack->database,
				  "SELECT count(*) FROM audit.record WHERE event_id = "
				  "'%s' AND action = '%s'",
				  event_id, action) > 0,
		deadline_ms);
}

const char *stack_run_state(
	const struct stack *stack, const char *event_id, long deadline_ms)
{
	(void)WAIT_UNTIL(number_of(stack->database,
				 "SELECT count(*) FROM config.run r JOIN audit.record "
				 "a ON a.run_id = r.run_id WHERE r.event_id = '%s' AND "
				 "r.finished_at IS NOT NULL AND a.action = 'run.' || "
				 "r.state",
				 event_id) > 0,
		deadline_ms);
	return rows_of(stack->database,
		"SELECT state FROM config.run WHERE event_id = '%s'", event_id);
}

long stack_runs(const struct stack *stack, const char *event_id)
{
	return number_of(stack->database,
		"SELECT count(*) FROM config.run WHERE event_id = '%s'", event_id);
}

bool stack_trail_becomes(const struct stack *stack, const char *event_id,
	const char *expected, long deadline_ms)
{
	return WAIT_UNTIL(
		strcmp(stack_trail(stack, event_id), expected) == 0, deadline_ms);
}
